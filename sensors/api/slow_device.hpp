// Devices behind a vendor's library, whose calls may take milliseconds or hang. They are
// read on a thread of their own (background_source.hpp), never on the recorder's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sensors/api/gpu_users.hpp"

namespace joulepath::sensors {

class SlowDevice {
 public:
  virtual ~SlowDevice() = default;

  struct Read {
    std::uint64_t raw = 0;
    int sys_errno = 0;  ///< 0: raw is good
    /// When the device took the value, by a clock of its own that runs at the rate of
    /// CLOCK_MONOTONIC; 0: it does not say.
    std::int64_t device_ns = 0;
  };
  /// Reads signal number `signal` now. Called by one thread at a time, not always the same.
  /// Never allocates.
  virtual Read read(std::size_t signal) noexcept = 0;
  /// Who is on the GPU that signal number `signal` is of. False: the driver does not tell.
  /// Called as read() is, but may allocate.
  virtual bool users(std::size_t /*signal*/, std::vector<GpuUser>& /*users*/) { return false; }
};

}  // namespace joulepath::sensors
