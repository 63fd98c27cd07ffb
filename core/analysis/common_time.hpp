// One line of time for the nodes of a gathered trace, as its tables `clock` have it; a node that is
// not aligned is placed by its UTC. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/record/tables.hpp"

namespace joulepath::analysis {

/// To be added to a moment of a node's clock for the reference's: between rows on straight lines,
/// beyond them as the nearest. No rows: 0.
std::int64_t clock_offset_ns(const std::vector<record::ClockRow>& clock, std::int64_t t_ns);

/// Nodes are added in the order of the trace.
class CommonTime {
 public:
  void add(const record::NodeTables& node);
  /// A moment of a node's monotonic clock, since the first node's start.
  [[nodiscard]] std::int64_t since_start_ns(std::size_t node, std::int64_t t_ns) const;

 private:
  struct Node {
    std::vector<record::ClockRow> clock;
    std::int64_t to_start_ns = 0;  ///< from the clock that its offsets lead to
  };
  std::vector<Node> nodes_;
  std::optional<std::int64_t> first_utc_ns_;
  /// Of the reference's clock: all that are aligned with it share it.
  std::optional<std::int64_t> aligned_to_start_ns_;
};

}  // namespace joulepath::analysis
