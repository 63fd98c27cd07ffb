// Backend "estimate": a model of power from CPU time and memory in use, for machines
// without a readable energy counter. Every figure is an estimate and says so. See
// README.md in this folder.
#pragma once

#include "sensors/api/source.hpp"

namespace joulepath::sensors::estimate {

extern const Backend kBackend;

}  // namespace joulepath::sensors::estimate
