// What most intervals of a window are like, and which are not: those lack a look at the
// lanes in between, or their ends are known much worse. Values only.
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "core/analysis/joined_intervals.hpp"

namespace joulepath::analysis {

/// Times the usual width from which on an end is known badly.
inline constexpr double kWorseThanUsual = 4.0;

/// Not of an empty one; leaves the values in another order.
double middle_of(std::vector<double>& values);

class UsualInterval {
 public:
  /// At least one interval.
  explicit UsualInterval(std::span<const JoinedInterval> intervals);

  [[nodiscard]] bool holds(const EnergyInterval& interval) const;
  /// Of an end, in lengths of an interval.
  [[nodiscard]] double relative_width() const {
    return length_ns_ > 0.0 ? width_ns_ / length_ns_ : 1.0;
  }
  /// Over all usual ones: furthest that an end may lie from the look at the lanes.
  [[nodiscard]] double furthest_ns() const { return furthest_ns_; }
  /// Units per ns, over one usual interval.
  [[nodiscard]] double lowest_power() const;

 private:
  double width_ns_ = 0.0;
  double length_ns_ = 0.0;
  double furthest_ns_ = 0.0;
  double lowest_ = std::numeric_limits<double>::infinity();
};

}  // namespace joulepath::analysis
