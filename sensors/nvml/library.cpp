#include "sensors/nvml/library.hpp"

#include <cerrno>

#include "sensors/api/shared_library.hpp"

namespace joulepath::sensors::nvml {

base::Result<Library> open_library() {
  constexpr const char* kName = "libnvidia-ml.so.1";
  const auto from = SharedLibrary::open(kName);
  if (!from) return from.error();
  Library library;
  from->fill(library.error_string, "nvmlErrorString");
  from->fill(library.handle_by_uuid, "nvmlDeviceGetHandleByUUID");
  from->fill(library.architecture, "nvmlDeviceGetArchitecture");
  from->fill(library.total_energy, "nvmlDeviceGetTotalEnergyConsumption");
  from->fill(library.power_usage, "nvmlDeviceGetPowerUsage");
  from->fill(library.field_values, "nvmlDeviceGetFieldValues");
  from->fill(library.mig_mode, "nvmlDeviceGetMigMode");
  from->fill(library.compute_processes, "nvmlDeviceGetComputeRunningProcesses_v3");
  from->fill(library.mps_processes, "nvmlDeviceGetMPSComputeRunningProcesses_v3");
  from->fill(library.process_utilization, "nvmlDeviceGetProcessUtilization");
  NeededFunctions needed(*from);
  needed.find("nvmlInit_v2", library.init);
  needed.find("nvmlShutdown", library.shutdown);
  needed.find("nvmlDeviceGetCount_v2", library.count);
  needed.find("nvmlDeviceGetHandleByIndex_v2", library.handle_by_index);
  needed.find("nvmlDeviceGetName", library.name);
  needed.find("nvmlDeviceGetUUID", library.uuid);
  needed.find("nvmlDeviceGetPciInfo_v3", library.pci_info);
  if (!needed.missing_name().empty())
    return base::Error{base::Errc::kIo, "lacks a function that every driver since 410 has", kName,
                       0, "update the NVIDIA driver"};
  return library;
}

std::string words(const Library& library, int code) {
  const char* said = library.error_string != nullptr ? library.error_string(code) : nullptr;
  const std::string number = "NVML error " + std::to_string(code);
  return said != nullptr ? std::string(said) + " (" + number + ")" : number;
}

int errno_of(int code) {
  switch (code) {
    case kSuccess: return 0;
    case kInvalidArgument: return EINVAL;
    case kNotSupported: return ENOTSUP;
    case kNoPermission: return EACCES;
    case kFunctionNotFound: return ENOSYS;
    case kNotFound:
    case kDriverNotLoaded:
    case kGpuIsLost:
    case kResetRequired: return ENODEV;
  }
  return EIO;
}

}  // namespace joulepath::sensors::nvml
