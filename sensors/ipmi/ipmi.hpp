// Backend "ipmi": power of the whole node as its management controller (BMC) tells it, by
// DCMI "Get Power Reading". See README.md in this folder.
#pragma once

#include <functional>

#include "sensors/api/source.hpp"
#include "sensors/ipmi/freeipmi.hpp"
#include "sensors/ipmi/poller.hpp"

namespace joulepath::sensors::ipmi {

extern const Backend kBackend;

/// What kBackend does, with a library and a pace of the caller's.
Discovery discover(const Environment& environment,
                   const std::function<base::Result<Freeipmi>()>& load, const PollTiming& timing);

}  // namespace joulepath::sensors::ipmi
