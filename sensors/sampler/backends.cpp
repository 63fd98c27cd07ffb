#include "sensors/sampler/backends.hpp"

#include <array>

#include "sensors/board/board.hpp"
#include "sensors/cray/cray.hpp"
#include "sensors/dimm/dimm.hpp"
#include "sensors/estimate/estimate.hpp"
#include "sensors/hwmon/hwmon.hpp"
#include "sensors/ipmi/ipmi.hpp"
#include "sensors/levelzero/levelzero.hpp"
#include "sensors/msr/msr.hpp"
#include "sensors/nvml/nvml.hpp"
#include "sensors/papi/papi.hpp"
#include "sensors/perf/perf.hpp"
#include "sensors/powercap/powercap.hpp"
#include "sensors/rocm/rocm.hpp"

namespace joulepath::sensors {

std::span<const Backend> all_backends() {
  // Level Zero before those that start threads: it changes the environment for a moment.
  static const std::array kBackends{
      levelzero::kBackend, board::kBackend, cray::kBackend,     dimm::kBackend, hwmon::kBackend,
      ipmi::kBackend,      msr::kBackend,   nvml::kBackend,     papi::kBackend, perf::kBackend,
      powercap::kBackend,  rocm::kBackend,  estimate::kBackend,
  };
  return kBackends;
}

}  // namespace joulepath::sensors
