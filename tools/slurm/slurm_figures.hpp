// A job's steps as Joulepath and as Slurm itself saw them, side by side.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace joulepath::tools {

/// Joules by step ("12.0") out of sacct's lines "JobID|ConsumedEnergyRaw"; steps without a figure
/// (0, or none) are left out.
std::map<std::string, double> accounted_joules(std::string_view lines);

/// Joules of `job` out of "energy=1234" or "energy=1.20K" in the lines of `scontrol -o show job`:
/// its own, or the sum of the parts of a heterogeneous job. Nothing where one of these has none.
std::optional<double> shown_joules(std::string_view lines, const std::string& job);

/// A table of the steps of `job` whose traces are at `output` (as the setting; empty: here), with
/// Slurm's figure of each from sacct, or of the whole job from scontrol where there is no
/// accounting, and why the two differ. kUsage: no job number; kNotFound: no trace of it.
base::Result<std::string> job_table(const std::string& job, const std::string& output);

}  // namespace joulepath::tools
