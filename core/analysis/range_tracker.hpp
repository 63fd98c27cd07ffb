// What is certain about a group's share of one counter, whatever the split inside a
// tick: at least the energy of the intervals in which it was the sole taker, at most
// that of all intervals in which it took part. Integer units, exact.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/analysis/apportion.hpp"
#include "core/analysis/slot_table.hpp"

namespace joulepath::analysis {

/// A run is a stretch of consecutive intervals; each of its two ends is uncertain by
/// one update of the counter.
struct GroupRange {
  std::uint64_t sole = 0;   ///< units
  std::uint64_t joint = 0;  ///< units
  std::uint32_t sole_runs = 0;
  std::uint32_t joint_runs = 0;
  std::uint64_t last_sole = 0;  ///< number of the interval, from 1
  std::uint64_t last_joint = 0;
};

/// The distinct groups among an interval's takers.
struct GroupPresence {
  std::vector<std::uint32_t> groups;
  std::vector<std::uint32_t> sole;  ///< those alone of their kind
};

/// Finds the distinct groups; keeps its scratch memory between calls.
class PresenceFinder {
 public:
  void find(std::span<const Taker> takers, const SlotTable& slots, GroupPresence& presence);

 private:
  std::vector<std::uint64_t> seen_;  ///< by group: the call that saw it last
  std::uint64_t call_ = 0;
};

class RangeTracker {
 public:
  /// One interval in which `units` were used while `presence` took part.
  void add(std::uint64_t units, const GroupPresence& presence, std::size_t group_count);
  /// An interval that nobody took part in, or whose energy is lost.
  void skip() { ++interval_; }
  [[nodiscard]] std::vector<GroupRange> ranges(std::size_t group_count) const;

 private:
  std::vector<GroupRange> ranges_;
  std::uint64_t interval_ = 0;
};

}  // namespace joulepath::analysis
