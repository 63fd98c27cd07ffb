// The part of Level Zero's binary interface that we call, from the "oneAPI Level Zero
// Specification" 1.8 to 1.11 (oneapi-src.github.io/level-zero-spec), chapters Core and
// Sysman: names, numbers and layouts as specified there. Functions return a ze_result_t, 0
// for success; handles are pointers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace joulepath::sensors::levelzero {

using Driver = void*;
using Device = void*;
using Power = void*;
using Bool = std::uint8_t;  ///< ze_bool_t

/// ze_result_t.
enum Return : std::uint32_t {
  kSuccess = 0,
  kDeviceLost = 0x70000001,
  kRequiresReset = 0x70000006,
  kInLowPowerState = 0x70000007,
  kInsufficientPermissions = 0x70010000,
  kNotAvailable = 0x70010001,
  kDependencyUnavailable = 0x70020000,
  kUninitialized = 0x78000001,
  kUnsupportedVersion = 0x78000002,
  kUnsupportedFeature = 0x78000003,
};

/// zes_structure_type_t.
inline constexpr std::uint32_t kDevicePropertiesType = 0x1;
inline constexpr std::uint32_t kPciPropertiesType = 0x2;
inline constexpr std::uint32_t kPowerPropertiesType = 0xd;
inline constexpr std::uint32_t kPowerExtPropertiesType = 0x28;

inline constexpr std::uint32_t kGpuType = 1;  ///< ZE_DEVICE_TYPE_GPU

/// zes_device_properties_t, in it the ze_device_properties_t of the core interface.
struct DeviceProperties {
  std::uint32_t type_of_structure;
  void* next;
  struct Core {
    std::uint32_t type_of_structure;
    void* next;
    std::uint32_t type;
    std::uint32_t vendor_id;
    std::uint32_t device_id;
    std::uint32_t flags;
    std::uint32_t subdevice_id;
    std::uint32_t core_clock_rate;
    std::uint64_t most_allocated;
    std::uint32_t counts[7];  ///< contexts, queue priorities, threads, widths, slices
    std::uint64_t timer_resolution;
    std::uint32_t valid_bits[2];
    std::uint8_t uuid[16];
    char name[256];
  } core;
  std::uint32_t subdevices;
  char texts[6][64];  ///< serial and board number; brand, model, vendor name; driver version
};
static_assert(offsetof(DeviceProperties::Core, uuid) == 96 &&
              sizeof(DeviceProperties::Core) == 368 && sizeof(DeviceProperties) == 776);

/// zes_pci_properties_t.
struct PciProperties {
  std::uint32_t type_of_structure;
  void* next;
  std::uint32_t domain;
  std::uint32_t bus;
  std::uint32_t device;
  std::uint32_t function;
  struct {
    std::int32_t generation;
    std::int32_t width;
    std::int64_t most_bandwidth;
  } speed;
  Bool counters[3];
};
static_assert(sizeof(PciProperties) == 56);

/// zes_power_domain_t of zes_power_ext_properties_t.
enum PowerDomain : std::uint32_t {
  kUnknownDomain = 0,
  kCard = 1,
  kPackage = 2,
  kStack = 3,  ///< a tile
};

struct PowerExtProperties {
  std::uint32_t type_of_structure;
  void* next;
  std::uint32_t domain;
  void* default_limit;  ///< null: not wanted
};
static_assert(sizeof(PowerExtProperties) == 32);

/// zes_power_properties_t.
struct PowerProperties {
  std::uint32_t type_of_structure;
  void* next;
  Bool on_subdevice;
  std::uint32_t subdevice_id;
  Bool can_control;
  Bool has_threshold;
  std::int32_t default_limit;
  std::int32_t least_limit;
  std::int32_t most_limit;
};
static_assert(sizeof(PowerProperties) == 40);

/// zes_power_energy_counter_t. The stamp "should only be used to calculate delta time
/// between snapshots of this structure".
struct EnergyCounter {
  std::uint64_t energy_uj;
  std::uint64_t timestamp_us;
};
static_assert(sizeof(EnergyCounter) == 16);

}  // namespace joulepath::sensors::levelzero
