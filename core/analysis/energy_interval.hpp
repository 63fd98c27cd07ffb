// Energy between two readings of one counter, and the ticks whose activity took it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/analysis/power_fit.hpp"

namespace joulepath::analysis {

struct EnergyInterval {
  std::uint64_t begin = 0;  ///< first tick
  std::uint64_t end = 0;    ///< behind the last
  std::uint64_t units = 0;
  double length_ns = 0.0;  ///< between the middles of what is known of both ends
  EndError begin_error;
  EndError end_error;
  bool ends_at_edge = false;  ///< an update of the counter was seen there

  /// Furthest that one of its ends may lie from the look at the lanes.
  [[nodiscard]] double furthest_ns() const {
    return std::max(begin_error.furthest_ns(), end_error.furthest_ns());
  }
};

}  // namespace joulepath::analysis
