// What a collective that nobody leaves before the last has come tells of the order of moments on
// the nodes' clocks.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "core/analysis/clock_alignment.hpp"

namespace joulepath::analysis {

/// A node's processes in it.
struct NodePassage {
  std::int64_t last_begin_ns = std::numeric_limits<std::int64_t>::min();
  std::int64_t first_end_ns = std::numeric_limits<std::int64_t>::max();
};

/// Of many nodes each is compared with its neighbours and the first only.
inline void add_passage(const std::map<std::uint32_t, NodePassage>& nodes,
                        std::vector<ClockOrder>& orders) {
  const auto add = [&](const auto& a, const auto& b) {
    if (b.second.first_end_ns != std::numeric_limits<std::int64_t>::max())
      orders.push_back({a.first, b.first, a.second.last_begin_ns, b.second.first_end_ns});
  };
  const auto both = [&](const auto& a, const auto& b) {
    add(a, b);
    add(b, a);
  };
  for (auto node = nodes.begin(); node != nodes.end(); ++node) {
    const auto next = std::next(node);
    if (next != nodes.end()) both(*node, *next);
    if (node != nodes.begin() && std::prev(node) != nodes.begin()) both(*nodes.begin(), *node);
  }
}

}  // namespace joulepath::analysis
