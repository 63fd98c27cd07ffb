// Backend "levelzero": energy of Intel GPUs through Level Zero's Sysman interface,
// libze_loader.so.1, opened while we run. See README.md in this folder.
#pragma once

#include "sensors/api/background_source.hpp"
#include "sensors/levelzero/library.hpp"

namespace joulepath::sensors::levelzero {

extern const Backend kBackend;

/// What a library finds; the source reads on a thread of its own, or by hand in tests. Sets
/// ZES_ENABLE_SYSMAN while it initializes, so no other thread may look at the environment.
Discovery discover_with(const Library& library, const base::Clock& clock,
                        BackgroundSource::Rounds rounds = BackgroundSource::Rounds::kOnThread);

}  // namespace joulepath::sensors::levelzero
