// The settings as the sensors take them.
#pragma once

#include "core/base/clock.hpp"
#include "sensors/api/source.hpp"
#include "tools/settings/settings.hpp"

namespace joulepath::tools {

/// `clock` must outlive every source that is opened with the result.
sensors::Environment sensor_environment(const Settings& settings, const base::Clock& clock);

}  // namespace joulepath::tools
