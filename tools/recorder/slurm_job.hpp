// What a recorder in a Slurm job knows of it from its environment (sbatch(1), srun(1)): for the
// trace's name and its table meta. The values are the job's own, so they are as true as its user.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/record/tables.hpp"

namespace joulepath::tools {

/// How the sessions of a Slurm job begin.
inline constexpr std::string_view kSlurmSession = "slurm-";

/// "joulepath-12.0.h5" for the session "slurm-12.0"; of a job that was requeued once,
/// "joulepath-12.0.r1.h5". Nothing for other sessions.
std::optional<std::string> slurm_trace_name(std::string_view session);

/// Rows "slurm.job_id" and so on, of what is known; none outside of a job.
std::vector<record::MetaRow> slurm_facts();

}  // namespace joulepath::tools
