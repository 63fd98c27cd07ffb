// How far shares may be off because part of an interval's energy was taken off as that of
// programs which are not the job's: those may have used nothing, or more than was taken off.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/analysis/group_times.hpp"
#include "core/analysis/share_bounds.hpp"

namespace joulepath::analysis {

class OthersDoubt {
 public:
  /// An interval in which `groups` took part (a group may be named several times): `taken` units
  /// were taken off it, and others used `most` at most.
  void add(std::span<const GroupTime> groups, double taken, double most) {
    ++interval_;
    for (const GroupTime& time : groups) {
      if (doubts_.size() <= time.group) doubts_.resize(time.group + 1u);
      Doubt& doubt = doubts_[time.group];
      if (doubt.last_interval == interval_) continue;
      doubt.last_interval = interval_;
      doubt.up += taken;
      doubt.down += std::max(most - taken, 0.0);
    }
  }
  /// Widens the bounds, and has no share pass for more than an estimate by weight.
  void apply(std::vector<GroupBounds>& bounds) const {
    for (std::size_t group = 0; group < std::min(bounds.size(), doubts_.size()); ++group) {
      const Doubt& doubt = doubts_[group];
      if (doubt.last_interval == 0) continue;
      bounds[group].lo = std::max(bounds[group].lo - doubt.down, 0.0);
      bounds[group].hi += doubt.up;
      bounds[group].fitted = false;
    }
  }

 private:
  struct Doubt {
    double up = 0.0;
    double down = 0.0;
    std::uint64_t last_interval = 0;
  };
  std::vector<Doubt> doubts_;  ///< by group
  std::uint64_t interval_ = 0;
};

}  // namespace joulepath::analysis
