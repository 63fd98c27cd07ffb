#include "tools/recorder/slurm_job.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "core/base/file.hpp"

namespace joulepath::tools {
namespace {

struct Fact {
  const char* key;
  const char* variable;
};
constexpr Fact kFacts[] = {{"slurm.job_id", "SLURM_JOB_ID"},
                           {"slurm.step_id", "SLURM_STEP_ID"},
                           {"slurm.job_name", "SLURM_JOB_NAME"},
                           {"slurm.account", "SLURM_JOB_ACCOUNT"},
                           {"slurm.user", "SLURM_JOB_USER"},
                           {"slurm.partition", "SLURM_JOB_PARTITION"},
                           {"slurm.cluster", "SLURM_CLUSTER_NAME"},
                           {"slurm.nodes", "SLURM_JOB_NODELIST"},
                           {"slurm.step_nodes", "SLURM_STEP_NODELIST"},
                           {"slurm.array_job_id", "SLURM_ARRAY_JOB_ID"},
                           {"slurm.array_task_id", "SLURM_ARRAY_TASK_ID"},
                           {"slurm.het_job_id", "SLURM_HET_JOB_ID"},
                           {"slurm.restart_count", "SLURM_RESTART_COUNT"}};

const char* known(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace

std::optional<std::string> slurm_trace_name(std::string_view session) {
  if (!session.starts_with(kSlurmSession)) return std::nullopt;
  const char* again = known("SLURM_RESTART_COUNT");
  const auto restarts = base::parse_u64(again != nullptr ? again : "0").value_or(0);
  return fmt::format("joulepath-{}{}.h5", session.substr(kSlurmSession.size()),
                     restarts == 0 ? std::string() : fmt::format(".r{}", restarts));
}

std::vector<record::MetaRow> slurm_facts() {
  std::vector<record::MetaRow> rows;
  if (known("SLURM_JOB_ID") == nullptr) return rows;
  for (const Fact& fact : kFacts)
    if (const char* value = known(fact.variable)) rows.push_back({fact.key, value});
  return rows;
}

}  // namespace joulepath::tools
