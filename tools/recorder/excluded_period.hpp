// How often a sensor has to be read whose joules another one counts (Signal::excluded_by), or
// that counts one core.
// Nothing is added up from it: after the self-test its readings serve its own row in the
// report only, which needs each wrap of a counter and each value of a power figure. Pure.
#pragma once

#include <cstdint>

#include "core/record/signal.hpp"

namespace joulepath::tools {

/// Whether it is read so rarely: another sensor has its joules, or it counts a single core, of
/// which a machine may have hundreds, and which only tells how its package's are to be shared.
[[nodiscard]] bool is_read_rarely(const record::Signal& signal);

/// Counters: each second, and more often where a wrap or what the device keeps would be lost.
/// Power: twice for each update that the device states. 0: at every tick, as power of which it
/// is not known when it changes.
[[nodiscard]] std::int64_t excluded_period_ns(const record::Signal& signal);

}  // namespace joulepath::tools
