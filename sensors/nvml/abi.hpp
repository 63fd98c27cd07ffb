// The part of NVML's binary interface that we call, from NVIDIA's "NVML API Reference
// Guide" (docs.nvidia.com/deploy/nvml-api, release 550): names, numbers and layouts as
// documented there. All functions return an int, 0 for success; handles are pointers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace joulepath::sensors::nvml {

using Device = void*;

/// nvmlReturn_t.
enum Return : int {
  kSuccess = 0,
  kInvalidArgument = 2,
  kNotSupported = 3,
  kNoPermission = 4,
  kNotFound = 6,
  kInsufficientSize = 7,
  kDriverNotLoaded = 9,
  kFunctionNotFound = 13,
  kGpuIsLost = 15,
  kResetRequired = 16,
};

/// nvmlPciInfo_t of nvmlDeviceGetPciInfo_v3.
struct PciInfo {
  char bus_id_legacy[16];
  std::uint32_t domain;
  std::uint32_t bus;
  std::uint32_t device;
  std::uint32_t pci_device_id;  ///< device id << 16 | vendor id
  std::uint32_t pci_subsystem_id;
  char bus_id[32];
};
static_assert(sizeof(PciInfo) == 68 && offsetof(PciInfo, bus_id) == 36);

/// nvmlValue_t.
union Value {
  double as_double;
  std::uint32_t as_uint;
  unsigned long as_ulong;
  std::uint64_t as_ull;
  std::int64_t as_sll;
};

/// nvmlFieldValue_t.
struct FieldValue {
  std::uint32_t field_id;
  std::uint32_t scope_id;
  std::int64_t timestamp_us;
  std::int64_t latency_us;
  std::uint32_t value_type;  ///< 0 double, 1 uint, 2 ulong, 3 ull, 4 sll
  std::int32_t result;       ///< nvmlReturn_t of this entry
  Value value;
};
static_assert(sizeof(FieldValue) == 40 && offsetof(FieldValue, value_type) == 24 &&
              offsetof(FieldValue, result) == 28 && offsetof(FieldValue, value) == 32);

// Field ids, in mW.
inline constexpr std::uint32_t kPowerAverage = 185;  ///< NVML_FI_DEV_POWER_AVERAGE: over 1 s
inline constexpr std::uint32_t kPowerInstant = 186;  ///< NVML_FI_DEV_POWER_INSTANT
inline constexpr std::uint32_t kScopeGpu = 0;        ///< NVML_POWER_SCOPE_GPU
inline constexpr std::uint32_t kScopeModule = 1;     ///< NVML_POWER_SCOPE_MODULE: with the CPU

/// nvmlProcessInfo_t of nvmlDeviceGetComputeRunningProcesses_v3.
struct ProcessInfo {
  std::uint32_t pid;
  std::uint64_t used_memory;
  std::uint32_t gpu_instance_id;
  std::uint32_t compute_instance_id;
};
static_assert(sizeof(ProcessInfo) == 24 && offsetof(ProcessInfo, gpu_instance_id) == 16);

/// nvmlProcessUtilizationSample_t.
struct ProcessSample {
  std::uint32_t pid;
  unsigned long long timestamp_us;
  std::uint32_t sm_percent;
  std::uint32_t memory_percent;
  std::uint32_t encoder_percent;
  std::uint32_t decoder_percent;
};
static_assert(sizeof(ProcessSample) == 32 && offsetof(ProcessSample, sm_percent) == 16);

/// nvmlDeviceArchitecture_t: 5 Volta, 6 Turing, 7 Ampere, 8 Ada, 9 Hopper, 10 Blackwell.
inline constexpr std::uint32_t kAmpere = 7;

inline constexpr unsigned kNameSize = 96;  ///< NVML_DEVICE_NAME_V2_BUFFER_SIZE
inline constexpr unsigned kUuidSize = 96;  ///< NVML_DEVICE_UUID_V2_BUFFER_SIZE
inline constexpr unsigned kMigEnabled = 1;

}  // namespace joulepath::sensors::nvml
