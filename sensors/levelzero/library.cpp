#include "sensors/levelzero/library.hpp"

#include <array>
#include <cerrno>
#include <cstdio>

#include "sensors/api/shared_library.hpp"

namespace joulepath::sensors::levelzero {

base::Result<Library> open_library() {
  constexpr const char* kName = "libze_loader.so.1";
  const auto from = SharedLibrary::open(kName);
  if (!from) return from.error();
  Library library;
  const bool by_itself = from->fill(library.sysman_init, "zesInit") &&
                         from->fill(library.sysman_drivers, "zesDriverGet") &&
                         from->fill(library.sysman_devices, "zesDeviceGet");
  if (!by_itself) library.sysman_init = nullptr;
  from->fill(library.card_power_domain, "zesDeviceGetCardPowerDomain");
  NeededFunctions needed(*from);
  needed.find("zeInit", library.core_init);
  needed.find("zeDriverGet", library.core_drivers);
  needed.find("zeDeviceGet", library.core_devices);
  needed.find("zesDeviceGetProperties", library.properties);
  needed.find("zesDevicePciGetProperties", library.pci);
  needed.find("zesDeviceEnumPowerDomains", library.power_domains);
  needed.find("zesPowerGetProperties", library.power_properties);
  needed.find("zesPowerGetEnergyCounter", library.energy);
  if (!needed.missing_name().empty())
    return base::Error{base::Errc::kIo, "lacks a function of Level Zero 1.0", kName, 0,
                       "install a newer Level Zero loader"};
  return library;
}

std::string words(std::uint32_t code) {
  const char* said = "error";
  switch (code) {
    case kDeviceLost: said = "device lost"; break;
    case kRequiresReset: said = "device requires a reset"; break;
    case kInLowPowerState: said = "device in low power state"; break;
    case kInsufficientPermissions: said = "insufficient permissions"; break;
    case kNotAvailable: said = "in use by another program"; break;
    case kDependencyUnavailable: said = "something that the driver needs is missing"; break;
    case kUninitialized: said = "no driver was initialized"; break;
    case kUnsupportedVersion: said = "unsupported version"; break;
    case kUnsupportedFeature: said = "not supported"; break;
    default: break;
  }
  std::array<char, 64> number{};
  std::snprintf(number.data(), number.size(), " (Level Zero 0x%x)", code);
  return std::string(said) + number.data();
}

int errno_of(std::uint32_t code) {
  switch (code) {
    case kSuccess: return 0;
    case kDeviceLost:
    case kRequiresReset:
    case kUninitialized: return ENODEV;
    case kInLowPowerState: return EAGAIN;
    case kInsufficientPermissions: return EACCES;
    case kNotAvailable: return EBUSY;
    case kDependencyUnavailable: return ENOSYS;
    case kUnsupportedVersion:
    case kUnsupportedFeature: return ENOTSUP;
    default: return EIO;
  }
}

}  // namespace joulepath::sensors::levelzero
