// The sensors of this machine as JSON: `joulepath sensors --json` (docs/user-guide.md).
#pragma once

#include <string>
#include <vector>

#include "sensors/sampler/sampler.hpp"
#include "tools/sensors_view/update_periods.hpp"

namespace joulepath::tools {

/// `updates` is by sensor, or empty where nothing was measured. Ends with a newline.
std::string sensor_json(const sensors::Sampler& sampler,
                        const std::vector<MeasuredUpdates>& updates);

}  // namespace joulepath::tools
