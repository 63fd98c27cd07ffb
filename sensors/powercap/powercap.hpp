// Backend "powercap": the RAPL energy counters of Intel and AMD processors as the
// kernel's powercap driver shows them. See README.md in this folder.
#pragma once

#include "sensors/api/source.hpp"

namespace joulepath::sensors::powercap {

extern const Backend kBackend;

}  // namespace joulepath::sensors::powercap
