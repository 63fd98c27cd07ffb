// The table of all backends: what a new one is added to (sensors/README.md).
#pragma once

#include <span>

#include "sensors/api/source.hpp"

namespace joulepath::sensors {

/// In the order in which their sensors are numbered.
[[nodiscard]] std::span<const Backend> all_backends();

}  // namespace joulepath::sensors
