// The functions of Level Zero that we call: filled from the loader, or by a test.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.hpp"
#include "sensors/levelzero/abi.hpp"

namespace joulepath::sensors::levelzero {

struct Library {
  using Code = std::uint32_t;
  // Sysman by itself: loaders since 1.10, and null before.
  Code (*sysman_init)(std::uint32_t) = nullptr;
  Code (*sysman_drivers)(std::uint32_t*, Driver*) = nullptr;
  Code (*sysman_devices)(Driver, std::uint32_t*, Device*) = nullptr;
  // Sysman by way of the core interface.
  Code (*core_init)(std::uint32_t) = nullptr;
  Code (*core_drivers)(std::uint32_t*, Driver*) = nullptr;
  Code (*core_devices)(Driver, std::uint32_t*, Device*) = nullptr;
  Code (*properties)(Device, DeviceProperties*) = nullptr;
  Code (*pci)(Device, PciProperties*) = nullptr;
  Code (*power_domains)(Device, std::uint32_t*, Power*) = nullptr;
  Code (*card_power_domain)(Device, Power*) = nullptr;  ///< may be null
  Code (*power_properties)(Power, PowerProperties*) = nullptr;
  Code (*energy)(Power, EnergyCounter*) = nullptr;
};

/// Error: kNotFound, not installed; kIo, it cannot be loaded or lacks a function.
base::Result<Library> open_library();

/// What a ze_result_t says.
[[nodiscard]] std::string words(std::uint32_t code);
/// The errno that says the same; 0 for success.
[[nodiscard]] int errno_of(std::uint32_t code);

}  // namespace joulepath::sensors::levelzero
