#include "tools/team/launch_place.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/base/file.hpp"

namespace joulepath::tools {
namespace {

/// How a launcher tells a process its number, and of how many; and what else differs between two
/// starts by it.
struct Numbering {
  const char* rank;
  const char* size;
  std::array<const char*, 2> launch;
  bool same_on_nodes;  ///< what is in `launch`
};
/// The innermost comes first: mpirun in a step of Slurm's hands on what the step has.
constexpr std::array kNumberings{
    // Open MPI, and PRRTE.
    Numbering{"OMPI_COMM_WORLD_RANK",
              "OMPI_COMM_WORLD_SIZE",
              {"OMPI_MCA_ess_base_jobid", "PMIX_NAMESPACE"},
              true},
    // MPICH, Intel MPI, srun --mpi=pmi2.
    Numbering{"PMI_RANK", "PMI_SIZE", {"PMI_FD", "PMI_PORT"}, false},
    // A batch script has SLURM_PROCID too, but is no task of a step.
    Numbering{"SLURM_PROCID", "SLURM_STEP_NUM_TASKS", {"SLURM_JOB_ID", "SLURM_STEP_ID"}, true},
};

std::optional<int> number(const std::optional<std::string>& text) {
  constexpr std::uint64_t kMost = 1u << 24;
  const auto value = text ? base::parse_u64(*text) : std::nullopt;
  if (!value || *value > kMost) return std::nullopt;
  return static_cast<int>(*value);
}

/// Empty: the launcher gives no name that is equal on all nodes.
std::string name_of(const Numbering& numbering, const Variables& own) {
  std::string name;
  if (!numbering.same_on_nodes) return name;
  for (const char* part : numbering.launch) name += own(part).value_or("") + "/";
  return name;
}

/// The parent is a process of the same start, and this one is something that it runs.
bool inherited(const Numbering& numbering, const Variables& own, const Variables& parent) {
  const auto same = [&](const char* name) { return own(name) == parent(name); };
  return same(numbering.rank) && same(numbering.size) &&
         std::all_of(numbering.launch.begin(), numbering.launch.end(), same);
}

}  // namespace

std::optional<TeamPlace> launch_place(const Variables& own, const Variables& parent) {
  for (const Numbering& numbering : kNumberings) {
    const auto rank = number(own(numbering.rank));
    const auto size = number(own(numbering.size));
    if (!rank || !size || *rank >= *size) continue;
    if (inherited(numbering, own, parent)) continue;
    if (*size < 2) return std::nullopt;
    return TeamPlace{*rank, *size, name_of(numbering, own)};
  }
  return std::nullopt;
}

Variables own_variables() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Variables parent_variables() {
  constexpr std::size_t kMost = std::size_t{16} << 20;
  const auto text = base::read_file("/proc/" + std::to_string(::getppid()) + "/environ", kMost);
  return [text = text ? *text : std::string()](std::string_view name) {
    std::optional<std::string> value;
    for (std::string_view rest = text; !rest.empty() && !value;) {
      const std::string_view entry = rest.substr(0, rest.find('\0'));
      rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
      if (entry.starts_with(name) && entry.substr(name.size()).starts_with('='))
        value = std::string(entry.substr(name.size() + 1));
    }
    return value;
  };
}

}  // namespace joulepath::tools
