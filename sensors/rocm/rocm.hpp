// Backend "rocm": energy, else power, of AMD GPUs through AMD SMI or ROCm SMI, opened while
// we run. See README.md in this folder.
#pragma once

#include <memory>

#include "sensors/api/background_source.hpp"
#include "sensors/rocm/library.hpp"

namespace joulepath::sensors::rocm {

extern const Backend kBackend;

/// What a library finds; the source reads on a thread of its own, or by hand in tests.
Discovery discover_with(std::unique_ptr<Smi> smi, const base::Clock& clock,
                        BackgroundSource::Rounds rounds = BackgroundSource::Rounds::kOnThread);

}  // namespace joulepath::sensors::rocm
