// Keeps the recorder off the application's cores: it runs on CPUs that no process of the
// session is bound to, where there are any, else wherever the system puts it.
#pragma once

#include "tools/recorder/machine.hpp"

namespace joulepath::tools {

/// Called at start (the affinity inherited from a bound rank must go) and whenever
/// processes have joined.
void run_beside(const CpuSet& in_use);

}  // namespace joulepath::tools
