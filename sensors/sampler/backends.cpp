#include "sensors/sampler/backends.hpp"

#include <array>

#include "sensors/estimate/estimate.hpp"
#include "sensors/nvml/nvml.hpp"
#include "sensors/powercap/powercap.hpp"

namespace joulepath::sensors {

std::span<const Backend> all_backends() {
  static const std::array kBackends{
      nvml::kBackend,
      powercap::kBackend,
      estimate::kBackend,
  };
  return kBackends;
}

}  // namespace joulepath::sensors
