// Backend "hwmon": energy counters and power meters that kernel drivers show in
// <sysfs>/class/hwmon: servers' ACPI meters, NVIDIA Grace, AMD and Intel GPUs, amd_energy,
// the INA3221 of NVIDIA's Jetson boards. See README.md in this folder.
#pragma once

#include "sensors/api/counter_file.hpp"
#include "sensors/api/source.hpp"

namespace joulepath::sensors::hwmon {

extern const Backend kBackend;

/// What kBackend finds, with system calls that a test may have fail.
Discovery discover(const Environment& environment, const FileCalls& calls);

}  // namespace joulepath::sensors::hwmon
