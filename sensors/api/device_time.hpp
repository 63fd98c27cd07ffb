// Places a reading in time by the time stamp that its device gave it. A driver may hand out
// a value that it took long before it was asked: the call's interval would then be wrong.
// The device's clock has another zero; how far apart the two are is learnt from the readings
// themselves: no value can have been taken after the call that returned it has ended.
// Does not find out how old even the freshest reading was: that is the update period's to
// cover. Single-threaded; never allocates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/record/signal.hpp"

namespace joulepath::sensors {

class DeviceTime {
 public:
  /// `called` has the interval of the call; the result that in which the value was taken,
  /// which never ends later. Nothing: it is the value of the call before, with its stamp.
  /// The result is `called` itself where the stamps cannot be believed: in the first second,
  /// when their rate is not that of our clock (another unit than documented), or when they
  /// say that the value is over a second old.
  std::optional<record::Reading> place(const record::Reading& called, std::int64_t device_ns);

 private:
  struct Seen {
    std::int64_t device_ns = 0;
    std::int64_t end_ns = 0;    ///< of the call
    std::int64_t width_ns = 0;  ///< of the call
    /// The two clocks' distance, with the value's age in it.
    [[nodiscard]] std::int64_t ahead_ns() const { return end_ns - device_ns; }
  };
  [[nodiscard]] bool keeps_time() const;
  /// Few enough that two clocks 100 ppm apart drift by 0.2 ms over them at 50 readings a
  /// second.
  static constexpr std::size_t kKept = 100;
  std::array<Seen, kKept> seen_{};
  std::size_t count_ = 0;
  std::size_t next_ = 0;
  std::int64_t last_device_ns_ = 0;  ///< of the newest in seen_
};

}  // namespace joulepath::sensors
