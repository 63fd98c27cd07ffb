#include "sensors/api/device_time.hpp"

#include <algorithm>
#include <cstdlib>

namespace joulepath::sensors {

/// Values may be some 100 ms old, and that may change: over a second the rates of the same
/// clock differ by less than a quarter, those of stamps in another unit by nine tenths.
bool DeviceTime::keeps_time() const {
  constexpr std::int64_t kLeast_ns = 1'000'000'000;
  const Seen& newest = seen_[(next_ + kKept - 1) % kKept];
  const Seen& oldest = seen_[count_ < kKept ? 0 : next_];
  const std::int64_t ours_ns = newest.end_ns - oldest.end_ns;
  const std::int64_t theirs_ns = newest.device_ns - oldest.device_ns;
  return ours_ns >= kLeast_ns && std::abs(theirs_ns - ours_ns) <= ours_ns / 4;
}

std::optional<record::Reading> DeviceTime::place(const record::Reading& called,
                                                 std::int64_t device_ns) {
  constexpr std::int64_t kOldest_ns = 1'000'000'000;
  if (count_ != 0 && device_ns == last_device_ns_) return std::nullopt;
  // Started anew, or wrapped: what was learnt of it is void.
  if (device_ns < last_device_ns_) count_ = next_ = 0;
  last_device_ns_ = device_ns;
  const Seen now{device_ns, called.t_hi_ns, called.t_hi_ns - called.t_lo_ns};
  seen_[next_] = now;
  next_ = (next_ + 1) % kKept;
  count_ = std::min(count_ + 1, kKept);
  if (!keeps_time()) return called;
  const Seen& freshest =
      *std::min_element(seen_.begin(), seen_.begin() + static_cast<std::ptrdiff_t>(count_),
                        [](const Seen& a, const Seen& b) { return a.ahead_ns() < b.ahead_ns(); });
  const std::int64_t age_ns = now.ahead_ns() - freshest.ahead_ns();
  if (age_ns > kOldest_ns) return called;
  record::Reading taken = called;
  taken.t_hi_ns -= age_ns;
  taken.t_lo_ns = std::min(called.t_lo_ns, taken.t_hi_ns - freshest.width_ns);
  return taken;
}

}  // namespace joulepath::sensors
