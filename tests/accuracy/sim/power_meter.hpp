// A simulated power sensor in the place of a recording's counter: at its updates it shows the
// mean of the chip's true power over a window before them, of which it may sample a part only.
#pragma once

#include <cstdint>

#include "tests/accuracy/sim/simulation.hpp"

namespace joulepath::accuracy {

struct MeterSettings {
  std::int64_t period_ns = 100 * kMs;    ///< between updates
  std::int64_t window_ns = 1'000 * kMs;  ///< 0: power at the moment of the update
  /// Of each update's time, its last part only is sampled: 1 for all of it.
  double sampled = 1.0;
  /// Whether it says how often it updates and over which time it averages.
  bool declared = true;
};

/// Sensor 0, which is of socket 0, becomes such a meter; it is still read at the ticks.
void meter_instead_of_counter(Simulation& simulation, const MeterSettings& settings);

}  // namespace joulepath::accuracy
