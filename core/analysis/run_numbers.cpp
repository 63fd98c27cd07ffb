#include "core/analysis/run_numbers.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace joulepath::analysis {
namespace {

struct Run {
  std::int32_t world_size = -1;
  std::set<std::int32_t> ranks;
  std::map<std::size_t, std::int64_t> end_ns;  ///< of the last of its processes, by node

  [[nodiscard]] bool takes(const ProcessLife& process) const {
    if (ranks.contains(process.rank)) return false;
    if (world_size >= 0 && process.world_size >= 0 && world_size != process.world_size)
      return false;
    const auto end = end_ns.find(process.node);
    return end == end_ns.end() || process.first_ns <= end->second;
  }
  void join(const ProcessLife& process) {
    ranks.insert(process.rank);
    if (process.world_size >= 0) world_size = process.world_size;
    auto [end, added] = end_ns.try_emplace(process.node, process.last_ns);
    if (!added) end->second = std::max(end->second, process.last_ns);
  }
};

}  // namespace

std::vector<int> number_runs(std::span<const ProcessLife> processes) {
  std::vector<std::size_t> order(processes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return processes[a].first_utc_ns < processes[b].first_utc_ns;
  });
  std::vector<Run> runs;
  std::vector<int> numbers(processes.size(), 0);
  for (const std::size_t index : order) {
    const ProcessLife& process = processes[index];
    if (process.rank < 0) continue;
    auto run = std::find_if(runs.begin(), runs.end(),
                            [&](const Run& known) { return known.takes(process); });
    if (run == runs.end()) run = runs.insert(run, Run{});
    run->join(process);
    numbers[index] = static_cast<int>(run - runs.begin()) + 1;
  }
  return numbers;
}

}  // namespace joulepath::analysis
