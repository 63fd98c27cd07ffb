// joulepathd's loop: reads the sensors while somebody has a board, and answers requests. One
// thread; no request and no client, however odd or slow, keeps it from reading.
#pragma once

#include <cstdint>

#include "core/base/file.hpp"
#include "core/base/result.hpp"
#include "sensors/sampler/sampler.hpp"
#include "tools/daemon/admissions.hpp"
#include "tools/daemon/options.hpp"

namespace joulepath::daemon {

enum class Until { kSignal, kLastJob };

/// Serves on `listening` until SIGTERM or SIGINT, or until the last job was dismissed. At the end
/// all boards are closed.
base::Status serve(const Options& options, sensors::Sampler& sampler, base::Descriptor listening,
                   Until until);

}  // namespace joulepath::daemon
