// What is certain of a group's share in a package whose cores have counters of their own: the
// energy of a core that only members of the group may run on is theirs; of one that others may
// run on as well they had all or nothing, or any part; the rest is shared by presence, which is
// how static energy is shared. In time without readings of cores a group may have had all or
// nothing. Units are the package's.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/analysis/core_split.hpp"
#include "core/analysis/energy_interval.hpp"
#include "core/analysis/lane_cores.hpp"
#include "core/analysis/scope_window.hpp"
#include "core/analysis/share_bounds.hpp"
#include "core/analysis/slot_table.hpp"

namespace joulepath::analysis {

class CoreBounds {
 public:
  CoreBounds(const SlotTable& slots, const LaneCores& lanes) : slots_(slots), lanes_(lanes) {}

  /// One window after the other. `end_units`: what one end of a run of stretches may be off.
  void add(ScopeWindow& window, const CoreSplit& split, std::span<const EnergyInterval> intervals,
           double end_units);
  /// Energy of which no more is known.
  void add_unknown(std::span<const WindowTaker> takers, std::uint64_t units);
  /// Narrows the bounds of active groups.
  void apply(std::vector<GroupBounds>& bounds) const;

 private:
  /// Of the lanes of a stretch that are in a group.
  struct Presence {
    double least = 0.0;  ///< part of all lanes' time, over its ticks
    double most = 0.0;
    std::uint64_t ticks = 0;
  };
  struct Group {
    double lo = 0.0;
    double hi = 0.0;
    std::uint64_t last_end = 0;  ///< of its last stretch that was whole, if it was `certain`
    bool certain = false;
  };
  void add_part(ScopeWindow& window, const CoreSplit::Part& part, int package, double end_units);
  [[nodiscard]] std::vector<Presence> presence(ScopeWindow& window, const CoreSplit::Part& part);

  const SlotTable& slots_;
  const LaneCores& lanes_;
  std::vector<Group> groups_;
  bool any_ = false;
};

}  // namespace joulepath::analysis
