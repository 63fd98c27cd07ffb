// The comment of a Slurm job, in which it may have its total: squeue and scontrol show it, and
// sacct where the site stores it. It is the user's: whoever owns the job may write anything there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace joulepath::tools {

/// A job as squeue names it.
struct JobComment {
  std::string id;    ///< for scontrol: "12", "12_3" of an array, "12+0" of a heterogeneous job
  std::string text;  ///< empty: none
};

/// `job`'s out of the lines of `squeue -h -t all -o "%A %i %k"`; nothing if it is not there, or if
/// a comment of several lines makes that uncertain.
std::optional<JobComment> comment_of(std::string_view lines, const std::string& job);

/// `before` with our part, `ours`, in place of an earlier one, or behind what the user wrote.
std::string with_our_part(std::string_view before, std::string_view ours);

/// Sets the comment to the sum of all steps of `job` whose traces are at `output` (as the
/// setting), by Slurm's squeue and scontrol; where there is none, nothing is done. kNotFound: no
/// such job or no such program; kIo: Slurm refused, as `what` says.
base::Status write_comment(const std::string& job, const std::string& output);

}  // namespace joulepath::tools
