// The constants of the estimate, which stands in where a machine has no readable
// energy counter. They are part of what a backend may be given, so that a user's
// options reach it; what is done with them is in sensors/estimate.
#pragma once

#include "core/base/result.hpp"

namespace joulepath::sensors {

/// Defaults: Cloud Carbon Footprint, "Methodology", section "Energy estimate (Watt-hours)":
/// 0.74 W idle and 3.5 W busy for each virtual CPU (its average over one provider's
/// processors) and 0.392 W for each GB of memory.
/// https://www.cloudcarbonfootprint.org/docs/methodology/
/// The processors behind those averages lie up to half of it apart: hence the error.
struct EstimateModel {
  double min_w_per_cpu = 0.74;  ///< one logical CPU, idle
  double max_w_per_cpu = 3.5;   ///< one logical CPU, busy
  double w_per_gib = 0.392;     ///< memory in use
  double relative_error = 0.5;  ///< half-width of what the true figure may be
};

/// Finite, not negative, max >= min, and no more than 1 kW for a CPU or a GiB and a
/// relative error of at most 1; otherwise kUsage, naming the constant.
base::Status check(const EstimateModel& model);

}  // namespace joulepath::sensors
