// How often the sensors of this machine really update, watched for less than a second:
// for `joulepath sensors`. Reads; never allocates while it does; sleeps between readings.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sensors/sampler/sampler.hpp"
#include "tools/recorder/sensor_passes.hpp"

namespace joulepath::tools {

struct MeasuredUpdates {
  enum class Outcome : std::uint8_t {
    kNotMeasured,  ///< not readable, a model, or not asked for
    kPeriod,       ///< `period_ns` lies between its updates
    kStill,        ///< no update was seen
    kUnclear,      ///< it updates, too fast, too slowly or too unevenly to tell a period
    kSlowToRead,   ///< one reading takes `read_ns`: not read again and again
    kFailed,       ///< every reading failed with `sys_errno`
  };
  Outcome outcome = Outcome::kNotMeasured;
  std::int64_t period_ns = 0;
  std::int64_t read_ns = 0;
  int sys_errno = 0;
};

/// By sensor, as Sampler::sensors(). Counters of devices and power figures; a model's are
/// not measured. Takes at most a second, less when all is known before.
std::vector<MeasuredUpdates> measure_updates(sensors::Sampler& sampler, PassClock& clock);

}  // namespace joulepath::tools
