// Which ranks of a job the nodes of a trace have, and which are missing. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/record/tables.hpp"

namespace joulepath::trace {

/// Of one node, or of several added up.
struct NodeRanks {
  std::size_t processes = 0;
  std::int32_t world = 0;
  std::set<std::int32_t> ranks;

  void add(const NodeRanks& other);
};
NodeRanks ranks_of(const std::vector<record::ProcessRow>& processes);

/// "4-7,9 of 16"; empty: none. Processes that never learned their rank may be those that seem to
/// be missing.
std::string missing_ranks(const NodeRanks& nodes);

}  // namespace joulepath::trace
