#include "sensors/sampler/backends.hpp"

#include <array>

#include "sensors/dimm/dimm.hpp"
#include "sensors/estimate/estimate.hpp"
#include "sensors/ipmi/ipmi.hpp"
#include "sensors/msr/msr.hpp"
#include "sensors/papi/papi.hpp"
#include "sensors/perf/perf.hpp"
#include "sensors/powercap/powercap.hpp"

namespace joulepath::sensors {

std::span<const Backend> all_backends() {
  static const std::array kBackends{
      dimm::kBackend, ipmi::kBackend, msr::kBackend, papi::kBackend,
      perf::kBackend, powercap::kBackend, estimate::kBackend,
  };
  return kBackends;
}

}  // namespace joulepath::sensors
