// Backend "papi": energy and power events of PAPI that the user names. See README.md in this
// folder.
#pragma once

#include <functional>

#include "sensors/api/source.hpp"
#include "sensors/papi/library.hpp"

namespace joulepath::sensors::papi {

extern const Backend kBackend;

/// What kBackend does, with a library of the caller's. Called only if events are named.
Discovery discover(const Environment& environment, const std::function<base::Result<Papi>()>& load);

}  // namespace joulepath::sensors::papi
