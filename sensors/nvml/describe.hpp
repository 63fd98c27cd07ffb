// What one GPU is and how it can be read: asked once, before the first reading.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/record/signal.hpp"
#include "sensors/nvml/library.hpp"

namespace joulepath::sensors::nvml {

enum class Way : std::uint8_t {
  kTotalEnergy,   ///< nvmlDeviceGetTotalEnergyConsumption
  kInstantPower,  ///< field 186
  kAveragePower,  ///< field 185
  kPowerUsage,    ///< nvmlDeviceGetPowerUsage
};

struct Gpu {
  Device handle = nullptr;
  record::Signal signal;  ///< complete; readable when there is a way
  Way way = Way::kTotalEnergy;
  std::uint32_t scope = kScopeGpu;  ///< of the power fields
};

/// The GPU behind a handle. Error: it does not say who it is, so it cannot be known again.
/// Remarks go to `notes`.
base::Result<Gpu> describe(const Library& library, Device handle, std::vector<std::string>& notes);

struct Value64 {
  std::uint64_t value = 0;
  int code = kSuccess;
};
/// One value, raw: mJ or mW.
[[nodiscard]] Value64 read(const Library& library, Device handle, Way way, std::uint32_t scope);

}  // namespace joulepath::sensors::nvml
