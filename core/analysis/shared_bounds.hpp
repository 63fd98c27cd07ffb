// Bounds of what groups used of a device that several processes use at the same time: an
// interval in which only members of a group were busy is theirs, one in which none was is not,
// and of any other each may have used all or nothing. Where it is not told who was busy, nothing
// is anybody's for certain: a process may use a GPU before MPI_Init, unseen. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/analysis/scope_window.hpp"
#include "core/analysis/share_bounds.hpp"
#include "core/analysis/slot_table.hpp"

namespace joulepath::analysis {

class SharedBounds {
 public:
  /// An interval whose takers got `units`; `others_units` went to processes that are not the
  /// job's, by an estimate. `told`: it is known who was busy: takers without busy time were not.
  void add(std::span<const WindowTaker> takers, const SlotTable& slots, std::uint64_t units,
           std::uint64_t others_units, bool told);
  /// Several processes were busy in some interval, or others may have been: else what a
  /// device gave is its only user's, and other bounds hold.
  [[nodiscard]] bool several() const { return several_; }
  /// Replaces the bounds of active groups.
  void apply(std::vector<GroupBounds>& bounds) const;

 private:
  std::vector<double> lo_;  ///< by group
  std::vector<double> hi_;
  std::vector<std::uint32_t> members_;  ///< of an interval's takers; scratch
  bool several_ = false;
};

}  // namespace joulepath::analysis
