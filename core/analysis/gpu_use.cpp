#include "core/analysis/gpu_use.hpp"

#include <algorithm>
#include <limits>

namespace joulepath::analysis {

using record::gpu_of;
using record::may_use;

std::vector<std::string> gpus_with_signals(const record::NodeTables& node) {
  std::vector<std::string> gpus;
  for (const auto& row : node.sensors)
    if (row.signal.readable && row.signal.counted && !gpu_of(row.signal).empty())
      gpus.emplace_back(gpu_of(row.signal));
  std::sort(gpus.begin(), gpus.end());
  gpus.erase(std::unique(gpus.begin(), gpus.end()), gpus.end());
  return gpus;
}

bool is_shared(const record::NodeTables& node, std::string_view gpu) {
  std::vector<const record::ProcessRow*> users;
  for (const auto& process : node.processes)
    if (may_use(process, gpu)) users.push_back(&process);
  std::sort(users.begin(), users.end(),
            [](const auto* a, const auto* b) { return a->first_ns < b->first_ns; });
  std::int64_t until_ns = std::numeric_limits<std::int64_t>::min();
  for (const auto* user : users) {
    if (user->first_ns <= until_ns) return true;
    until_ns = std::max(until_ns, user->last_ns);
  }
  return false;
}

void leave_out_others_gpus(record::NodeTables& node) {
  if (node.processes.empty()) return;
  for (auto& row : node.sensors) {
    record::Signal& signal = row.signal;
    const std::string_view gpu = gpu_of(signal);
    if (!signal.counted || gpu.empty()) continue;
    if (std::any_of(node.processes.begin(), node.processes.end(),
                    [&](const auto& process) { return may_use(process, gpu); }))
      continue;
    signal.counted = false;
    signal.reason = kOthersGpu;
  }
}

}  // namespace joulepath::analysis
