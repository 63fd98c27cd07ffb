// Backend "cray": the energy counters of HPE Cray's node controllers in
// <sysfs>/cray/pm_counters. See README.md in this folder.
#pragma once

#include "sensors/api/counter_file.hpp"
#include "sensors/api/source.hpp"

namespace joulepath::sensors::cray {

extern const Backend kBackend;

/// What kBackend finds, with system calls that a test may have fail.
Discovery discover(const Environment& environment, const FileCalls& calls);

}  // namespace joulepath::sensors::cray
