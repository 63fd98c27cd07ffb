// The functions of NVML that we call: filled from the driver's library, or by a test.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.hpp"
#include "sensors/nvml/abi.hpp"

namespace joulepath::sensors::nvml {

/// Those marked optional may be null: old drivers lack them.
struct Library {
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  const char* (*error_string)(int) = nullptr;  ///< optional
  int (*count)(unsigned*) = nullptr;
  int (*handle_by_index)(unsigned, Device*) = nullptr;
  int (*handle_by_uuid)(const char*, Device*) = nullptr;  ///< optional
  int (*name)(Device, char*, unsigned) = nullptr;
  int (*uuid)(Device, char*, unsigned) = nullptr;
  int (*pci_info)(Device, PciInfo*) = nullptr;
  int (*architecture)(Device, std::uint32_t*) = nullptr;                ///< optional
  int (*total_energy)(Device, unsigned long long*) = nullptr;           ///< optional; mJ
  int (*power_usage)(Device, unsigned*) = nullptr;                      ///< optional; mW
  int (*field_values)(Device, int, FieldValue*) = nullptr;              ///< optional
  int (*mig_mode)(Device, unsigned*, unsigned*) = nullptr;              ///< optional
  int (*compute_processes)(Device, unsigned*, ProcessInfo*) = nullptr;  ///< optional
  int (*mps_processes)(Device, unsigned*, ProcessInfo*) = nullptr;      ///< optional
  /// Optional. Samples taken after the stamp (us) in the last argument.
  int (*process_utilization)(Device, ProcessSample*, unsigned*, unsigned long long) = nullptr;
};

/// Error: kNotFound, not installed; kIo, it cannot be loaded or lacks what all drivers have.
base::Result<Library> open_library();

/// NVML's own words for a return code, or the number.
[[nodiscard]] std::string words(const Library& library, int code);
/// The errno that says the same; 0 for success.
[[nodiscard]] int errno_of(int code);

}  // namespace joulepath::sensors::nvml
