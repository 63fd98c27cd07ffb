// The recorded steps of a Slurm job, with what each used.
#pragma once

#include <string>
#include <vector>

#include "core/analysis/summary.hpp"
#include "core/base/result.hpp"

namespace joulepath::tools {

struct RecordedStep {
  std::string name;  ///< "12.0", "12.0.r1", "12.mpirun-7"
  analysis::Summary summary;
  bool complete = true;  ///< no recorder of it was killed or still writes
  bool alone = true;     ///< the only piece of the step: false where its nodes were not joined
};

/// Those of `job` whose traces are at `output` (as the setting; empty: here); a step whose nodes'
/// files were not joined has an entry for each piece. kUsage: no job number; kNotFound: no trace.
base::Result<std::vector<RecordedStep>> recorded_steps(const std::string& job,
                                                       const std::string& output);

}  // namespace joulepath::tools
