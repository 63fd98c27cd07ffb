// Time as the recorder and the sensors see it: CLOCK_MONOTONIC in nanoseconds, the
// one clock that every process of a node shares. Injected, so that tests own time.
#pragma once

#include <cstdint>

namespace joulepath::base {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Nanoseconds since an arbitrary start of this boot; never goes back.
  [[nodiscard]] virtual std::int64_t monotonic_ns() const noexcept = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t monotonic_ns() const noexcept override;
};

/// Nanoseconds since 1970-01-01 UTC.
[[nodiscard]] std::int64_t utc_ns() noexcept;

}  // namespace joulepath::base
