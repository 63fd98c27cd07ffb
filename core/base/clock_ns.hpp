// One of the system's clocks in nanoseconds. Header-only and free of the C++ library, because
// the shim uses it. Any thread.
#pragma once

#include <cstdint>
#include <ctime>

namespace joulepath::base {

/// 0 where there is no such clock: that of a process or thread which has gone.
inline std::int64_t clock_ns(clockid_t clock) noexcept {
  timespec now{};
  if (clock_gettime(clock, &now) != 0) return 0;
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

}  // namespace joulepath::base
