#include "sensors/sampler/backends.hpp"

#include <array>

#include "sensors/dimm/dimm.hpp"
#include "sensors/estimate/estimate.hpp"
#include "sensors/ipmi/ipmi.hpp"
#include "sensors/papi/papi.hpp"
#include "sensors/powercap/powercap.hpp"

namespace joulepath::sensors {

std::span<const Backend> all_backends() {
  static const std::array kBackends{
      powercap::kBackend, dimm::kBackend, estimate::kBackend, ipmi::kBackend, papi::kBackend,
  };
  return kBackends;
}

}  // namespace joulepath::sensors
