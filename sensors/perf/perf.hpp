// Backend "perf": the RAPL energy counters as the kernel's power PMU counts them. See
// README.md in this folder.
#pragma once

#include "sensors/api/source.hpp"
#include "sensors/perf/perf_calls.hpp"

namespace joulepath::sensors::perf {

extern const Backend kBackend;

/// As kBackend.discover, with other system calls; `calls` outlive the source.
Discovery discover(const Environment& environment, const PerfCalls& calls);

}  // namespace joulepath::sensors::perf
