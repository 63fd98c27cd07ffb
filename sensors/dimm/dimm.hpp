// Backend "dimm": an estimate of the memory's energy from the modules that are plugged in,
// for machines whose processors have no counter for it (AMD). See README.md in this folder.
#pragma once

#include "sensors/api/source.hpp"

namespace joulepath::sensors::dimm {

extern const Backend kBackend;

}  // namespace joulepath::sensors::dimm
