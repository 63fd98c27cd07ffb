// Converts a channel's ticks to nanoseconds of CLOCK_MONOTONIC. The rate is measured
// once; the offset follows, so that time stamps stay true over days. Durations are
// converted by the fixed rate: its error (a few ppm) is far below that of any counter.
#pragma once

#include <cstdint>

#include "core/base/tick_counter.hpp"

namespace joulepath::record {

/// The two clocks, read together.
struct TickPair {
  std::uint64_t ticks = 0;
  std::int64_t ns = 0;
};

/// Reads both clocks as closely as the machine allows (best of a few tries).
TickPair read_tick_pair(base::TickKind kind) noexcept;

class TickScale {
 public:
  /// From two pairs, the further apart the better; equal pairs mean 1 tick = 1 ns.
  TickScale(TickPair earlier, TickPair later);
  /// Ticks that are nanoseconds already.
  static TickScale identity();

  void anchor(TickPair now) { anchor_ = now; }
  [[nodiscard]] std::uint64_t duration_ns(std::uint64_t ticks) const;
  [[nodiscard]] std::int64_t at_ns(std::uint64_t ticks) const;
  [[nodiscard]] double ns_per_tick() const { return ns_per_tick_; }

 private:
  TickScale() = default;
  TickPair anchor_;
  double ns_per_tick_ = 1.0;
  /// Nanoseconds per tick in units of 2^-32, so that long durations keep their ns.
  std::uint64_t fixed_ = std::uint64_t{1} << 32;
};

}  // namespace joulepath::record
