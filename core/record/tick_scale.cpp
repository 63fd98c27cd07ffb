#include "core/record/tick_scale.hpp"

#include <cmath>

namespace joulepath::record {
namespace {

__extension__ using Wide = unsigned __int128;

}  // namespace

TickPair read_tick_pair(base::TickKind kind) noexcept {
  TickPair best;
  std::uint64_t best_gap = ~std::uint64_t{0};
  for (int attempt = 0; attempt < 5; ++attempt) {
    const std::uint64_t before = base::read_ticks(kind);
    const std::uint64_t ns = base::monotonic_ticks();
    const std::uint64_t after = base::read_ticks(kind);
    if (after - before >= best_gap) continue;
    best_gap = after - before;
    best = {before + best_gap / 2, static_cast<std::int64_t>(ns)};
  }
  return best;
}

TickScale::TickScale(TickPair earlier, TickPair later) : anchor_(later) {
  if (later.ticks <= earlier.ticks || later.ns <= earlier.ns) return;
  ns_per_tick_ =
      static_cast<double>(later.ns - earlier.ns) / static_cast<double>(later.ticks - earlier.ticks);
  fixed_ = static_cast<std::uint64_t>(std::llround(std::ldexp(ns_per_tick_, 32)));
}

TickScale TickScale::identity() {
  return {};
}

std::uint64_t TickScale::duration_ns(std::uint64_t ticks) const {
  return static_cast<std::uint64_t>((Wide{ticks} * fixed_) >> 32);
}

std::int64_t TickScale::at_ns(std::uint64_t ticks) const {
  if (ticks >= anchor_.ticks)
    return anchor_.ns + static_cast<std::int64_t>(duration_ns(ticks - anchor_.ticks));
  return anchor_.ns - static_cast<std::int64_t>(duration_ns(anchor_.ticks - ticks));
}

}  // namespace joulepath::record
