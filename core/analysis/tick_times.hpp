// How long the ticks took that an analysis still keeps one by one. Pure.
#pragma once

#include <cstdint>
#include <span>

namespace joulepath::analysis {

struct TickTimes {
  std::uint64_t first = 0;               ///< tick that is kept first
  std::span<const std::int64_t> end_ns;  ///< when each of them ended

  /// Of a tick that is kept. How long the first of them took is not known any more: 1 ns, so that
  /// an interval of that tick alone has a length.
  [[nodiscard]] double length_ns(std::uint64_t tick) const {
    const std::uint64_t at = tick - first;
    return at == 0 ? 1.0 : static_cast<double>(end_ns[at] - end_ns[at - 1]);
  }
};

}  // namespace joulepath::analysis
