// How often a sensor has to be read whose joules another one counts (Signal::excluded_by).
// Nothing is added up from it: after the self-test its readings serve its own row in the
// report only, which needs each wrap of a counter and each value of a power figure. Pure.
#pragma once

#include <cstdint>

#include "core/record/signal.hpp"

namespace joulepath::tools {

/// Counters: each second, and more often where a wrap or what the device keeps would be lost.
/// Power: twice for each update that the device states. 0: at every tick, as power of which it
/// is not known when it changes.
[[nodiscard]] std::int64_t excluded_period_ns(const record::Signal& signal);

}  // namespace joulepath::tools
