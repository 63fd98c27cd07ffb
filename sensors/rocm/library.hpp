// What we need of AMD's two libraries, AMD SMI (libamd_smi) and its predecessor ROCm SMI
// (librocm_smi64), in one form: tables of their functions, and devices behind either.
// A test fills a table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace joulepath::sensors::rocm {

/// Which device of a library: an index (ROCm SMI) or a handle (AMD SMI).
using Device = std::uintptr_t;

struct Energy {
  std::uint64_t counts = 0;
  float uj_per_count = 0;
  std::uint64_t timestamp_ns = 0;  ///< when the driver took it, by a clock of its own
};

/// An open library; closed at the end.
class Smi {
 public:
  virtual ~Smi() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  [[nodiscard]] virtual std::vector<Device> devices() = 0;
  // An errno each; 0: the value is good.
  virtual int pci_id(Device device, std::uint64_t& bdf) noexcept = 0;
  virtual int device_id(Device device, std::uint16_t& id) noexcept = 0;
  virtual int energy(Device device, Energy& energy) noexcept = 0;
  /// Average over a short time that is not documented.
  virtual int power_uw(Device device, std::uint64_t& power_uw) noexcept = 0;
  virtual std::string model(Device device) = 0;  ///< empty: not told
};

/// ROCm SMI, from rocm_smi.h of ROCm 5.2 to 6.4 (rocm.docs.amd.com/projects/rocm_smi_lib):
/// functions return an rsmi_status_t, 0 for success.
struct RocmSmiFunctions {
  int (*init)(std::uint64_t) = nullptr;
  int (*shut_down)() = nullptr;
  int (*count)(std::uint32_t*) = nullptr;
  int (*pci_id)(std::uint32_t, std::uint64_t*) = nullptr;
  int (*device_id)(std::uint32_t, std::uint16_t*) = nullptr;
  int (*name)(std::uint32_t, char*, std::size_t) = nullptr;
  int (*energy)(std::uint32_t, std::uint64_t*, float*, std::uint64_t*) = nullptr;
  int (*power)(std::uint32_t, std::uint32_t, std::uint64_t*) = nullptr;  ///< may be null
};
base::Result<RocmSmiFunctions> open_rocm_smi();
/// Error kIo: it does not start, as without the driver.
base::Result<std::unique_ptr<Smi>> start(const RocmSmiFunctions& functions);

/// AMD SMI, from amdsmi.h of ROCm 6.0 to 7.1 (rocm.docs.amd.com/projects/amdsmi): functions
/// return an amdsmi_status_t, 0 for success. Of those only whose signature never changed; so
/// power and names are not asked for, whose structures did.
struct AmdSmiFunctions {
  int (*init)(std::uint64_t) = nullptr;
  int (*shut_down)() = nullptr;
  int (*sockets)(std::uint32_t*, void**) = nullptr;
  int (*processors)(void*, std::uint32_t*, void**) = nullptr;
  int (*pci_id)(void*, std::uint64_t*) = nullptr;
  int (*device_id)(void*, std::uint16_t*) = nullptr;
  int (*energy)(void*, std::uint64_t*, float*, std::uint64_t*) = nullptr;
};
base::Result<AmdSmiFunctions> open_amd_smi();
base::Result<std::unique_ptr<Smi>> start(const AmdSmiFunctions& functions);

}  // namespace joulepath::sensors::rocm
