// Whether a launcher of parallel programs (mpirun, mpiexec, srun) started this process as one of
// several, by its environment: no MPI is asked, and none is linked. What a launcher set for a
// program reaches all that this program starts, too: the environment of the parent tells them
// apart.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace joulepath::tools {

struct TeamPlace {
  int rank = 0;
  int size = 1;
  std::string launch;  ///< of this start, equal for all of its processes on all nodes; may be empty
};

/// The value of an environment variable; none: it is not set.
using Variables = std::function<std::optional<std::string>(std::string_view name)>;

/// None where it is the only one. `parent`: the environment of the process that started this one;
/// variables of a parent that cannot be read are not set.
std::optional<TeamPlace> launch_place(const Variables& own, const Variables& parent);

Variables own_variables();
/// As /proc shows them.
Variables parent_variables();

}  // namespace joulepath::tools
