// Adds up the time of takers by group: of each kind, how long each of its groups took part.
// Keeps its scratch memory between calls.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/analysis/slot_table.hpp"

namespace joulepath::analysis {

/// Time of one group in an interval, in ns summed over lanes.
struct GroupTime {
  std::uint32_t group = 0;
  double ns = 0.0;
};

class GroupTimes {
 public:
  void add(const Slot& slot, double ns) {
    for (std::size_t kind = 0; kind < kGroupKinds; ++kind) add(kind, slot.groups[kind], ns);
  }
  void add(std::size_t kind, std::uint32_t group, double ns);
  /// Appends what was added, those of one kind together, and begins anew.
  void move_to(std::vector<GroupTime>& times);

 private:
  static constexpr std::uint32_t kNowhere = 0xffffffffu;
  std::array<std::vector<GroupTime>, kGroupKinds> kinds_;
  std::vector<std::uint32_t> place_;  ///< by group, in its kind's list
};

}  // namespace joulepath::analysis
