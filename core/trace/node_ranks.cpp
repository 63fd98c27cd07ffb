#include "core/trace/node_ranks.hpp"

#include <algorithm>
#include <vector>

#include "core/base/number_list.hpp"

namespace joulepath::trace {

void NodeRanks::add(const NodeRanks& other) {
  processes += other.processes;
  world = std::max(world, other.world);
  ranks.insert(other.ranks.begin(), other.ranks.end());
}

NodeRanks ranks_of(const std::vector<record::ProcessRow>& processes) {
  NodeRanks found;
  found.processes = processes.size();
  for (const record::ProcessRow& process : processes) {
    found.world = std::max(found.world, process.world_size);
    if (process.rank >= 0) found.ranks.insert(process.rank);
  }
  return found;
}

std::string missing_ranks(const NodeRanks& nodes) {
  const std::int32_t world = nodes.world;
  if (world <= 0 || nodes.processes >= static_cast<std::size_t>(world)) return {};
  std::vector<std::int32_t> missing;
  for (std::int32_t rank = 0; rank < world; ++rank)
    if (!nodes.ranks.contains(rank)) missing.push_back(rank);
  if (missing.empty()) return {};
  return base::number_list(missing) + " of " + std::to_string(world);
}

}  // namespace joulepath::trace
