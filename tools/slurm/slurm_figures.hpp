// A job's steps as Joulepath and as Slurm itself saw them, side by side.
#pragma once

#include <string>

#include "core/base/result.hpp"

namespace joulepath::tools {

/// A table of the steps of `job` whose traces are at `output` (as the setting; empty: here), with
/// Slurm's figure of each from sacct, or of the whole job from scontrol where there is no
/// accounting, and why the two differ. kUsage: no job number; kNotFound: no trace of it.
base::Result<std::string> job_table(const std::string& job, const std::string& output);

}  // namespace joulepath::tools
