// The straight line from one node's clock to another's by when both left the same collectives:
// nobody leaves before the last has come, and all leave soon after, however long each had waited.
// Robust: a few late leaves do not bend it. An estimate, no bound. Pure.
#pragma once

#include <span>

namespace joulepath::analysis {

/// When one clock showed `at_ns` the other one was `ahead_ns` further; in fact by at least `lo_ns`
/// and at most `hi_ns`.
struct ExitPoint {
  double at_ns = 0;
  double ahead_ns = 0;
  double lo_ns = 0;
  double hi_ns = 0;
};

struct ExitLine {
  double offset_ns = 0;    ///< at 0
  double slope = 0;        ///< ns per ns
  double noise_ns = 0;     ///< median distance of a point
  double slope_error = 0;  ///< surely not exceeded by a clock that keeps to a straight line

  [[nodiscard]] double at(double at_ns) const { return offset_ns + slope * at_ns; }
};

/// At least one point; rising.
ExitLine exit_line(std::span<const ExitPoint> points);

}  // namespace joulepath::analysis
