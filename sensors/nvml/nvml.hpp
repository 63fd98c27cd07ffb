// Backend "nvml": energy, else power, of NVIDIA GPUs through the driver's own library,
// libnvidia-ml.so.1, opened while we run. See README.md in this folder.
#pragma once

#include "sensors/api/background_source.hpp"
#include "sensors/nvml/library.hpp"

namespace joulepath::sensors::nvml {

extern const Backend kBackend;

/// What a library finds; the source reads on a thread of its own, or by hand in tests.
Discovery discover_with(const Library& library, const base::Clock& clock,
                        BackgroundSource::Rounds rounds = BackgroundSource::Rounds::kOnThread);

}  // namespace joulepath::sensors::nvml
