// Backend "msr": the RAPL energy registers of Intel and AMD processors, read as they are.
// See README.md in this folder.
#pragma once

#include "sensors/api/counter_file.hpp"
#include "sensors/api/source.hpp"

namespace joulepath::sensors::msr {

extern const Backend kBackend;

/// As kBackend.discover, with other system calls; `calls` outlive the source.
Discovery discover(const Environment& environment, const FileCalls& calls);

}  // namespace joulepath::sensors::msr
