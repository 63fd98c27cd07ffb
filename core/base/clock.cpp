#include "core/base/clock.hpp"

#include "core/base/clock_ns.hpp"

namespace joulepath::base {

std::int64_t SystemClock::monotonic_ns() const noexcept {
  return clock_ns(CLOCK_MONOTONIC);
}

std::int64_t utc_ns() noexcept {
  return clock_ns(CLOCK_REALTIME);
}

}  // namespace joulepath::base
