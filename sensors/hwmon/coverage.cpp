#include "sensors/hwmon/coverage.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

#include "core/base/file.hpp"

namespace joulepath::sensors::hwmon {
namespace {

namespace fs = std::filesystem;
using record::Domain;

constexpr std::int64_t kNsPerMs = 1'000'000;

/// The decimal number that follows `stem` to the end of `text`.
std::optional<int> number_after(std::string_view text, std::string_view stem) {
  if (!text.starts_with(stem)) return std::nullopt;
  const auto number = base::parse_u64(text.substr(stem.size()));
  if (!number || *number > 0xffff) return std::nullopt;
  return static_cast<int>(*number);
}

/// Physical package of a logical CPU; -1: not to be told.
int package_of_cpu(const fs::path& sysfs_root, int cpu) {
  const auto text = base::read_file(sysfs_root / "devices/system/cpu" /
                                    ("cpu" + std::to_string(cpu)) / "topology/physical_package_id");
  if (!text) return -1;
  return number_after(base::trimmed(*text), "").value_or(-1);
}

/// Physical package of the first CPU of a NUMA node; -1: not to be told.
int package_of_node(const fs::path& sysfs_root, int node) {
  const fs::path nodes = sysfs_root / "devices/system/node";
  std::error_code ignored;
  // A kernel without NUMA has one node, and no folder for it.
  if (node == 0 && !fs::exists(nodes, ignored)) return package_of_cpu(sysfs_root, 0);
  const auto text = base::read_file(nodes / ("node" + std::to_string(node)) / "cpulist");
  if (!text) return -1;
  const std::string_view list = base::trimmed(*text);
  const auto first = number_after(list.substr(0, list.find_first_of(",-")), "");
  return first ? package_of_cpu(sysfs_root, *first) : -1;
}

/// Linux Documentation/hwmon/amd_energy.rst: EcoreX and EsocketX, registers updated every
/// millisecond. The driver calls each NUMA node a socket (num_possible_nodes() in
/// amd_create_sensor()), so that with several nodes a package appears several times: as
/// these get the same device, only one of them counts.
Coverage amd_energy(const Channel& channel, const fs::path& sysfs_root) {
  Coverage coverage;
  coverage.device = channel.label;
  coverage.update_period_ns = kNsPerMs;
  if (const auto node = number_after(channel.label, "Esocket")) {
    coverage.socket = package_of_node(sysfs_root, *node);
    if (coverage.socket < 0) return coverage;
    coverage.domain = Domain::kPackage;
    coverage.device = "package-" + std::to_string(coverage.socket);
    coverage.role = Role::kPackage;
  } else if (const auto core = number_after(channel.label, "Ecore")) {
    coverage.socket = package_of_cpu(sysfs_root, *core);
    coverage.domain = Domain::kCore;
    coverage.role = Role::kRail;
  }
  coverage.group = "amd_energy socket " + std::to_string(coverage.socket);
  return coverage;
}

struct GraceMeter {
  std::string_view stem;
  Domain domain;
  Role role;
};

/// NVIDIA Grace Performance Tuning Guide, "Power and Thermals", "Power Telemetry": the
/// module is Grace, GPU and HBM with their regulators, Grace its socket with the memory
/// and regulators, CPU the rail of the cores and SysIO that of the rest of the chip.
constexpr std::array<GraceMeter, 4> kGraceMeters{{
    {"Module Power Socket ", Domain::kModule, Role::kModule},
    {"Grace Power Socket ", Domain::kPackage, Role::kPackage},
    {"CPU Power Socket ", Domain::kCore, Role::kRail},
    {"SysIO Power Socket ", Domain::kUncore, Role::kRail},
}};

/// The ACPI power meter, which on Grace is each part of a socket and elsewhere the server:
/// ACPI specification 6.5, section 10.4 "Power Meters"; power1_is_battery is set for a
/// battery's meter (Linux Documentation/hwmon/acpi_power_meter.rst).
Coverage acpi_meter(const Chip& chip) {
  Coverage coverage;
  const std::string info = text_of(chip, "power1_oem_info");
  for (const GraceMeter& meter : kGraceMeters) {
    const auto socket = number_after(info, meter.stem);
    if (!socket) continue;
    coverage.domain = meter.domain;
    coverage.socket = *socket;
    coverage.device = info;
    coverage.role = meter.role;
    coverage.group = "grace socket " + std::to_string(*socket);
    return coverage;
  }
  coverage.device = chip.device;
  if (text_of(chip, "power1_is_battery") != "1") coverage.domain = Domain::kNode;
  return coverage;
}

bool has(const Chip& chip, const char* attribute) {
  std::error_code ignored;
  return fs::exists(chip.dir / attribute, ignored);
}

/// Whether the card's own table of metrics is that of a discrete one: format 1, where 2 and 3
/// have the CPU's cores and say "on APUs" (Linux drivers/gpu/drm/amd/include/
/// kgd_pp_interface.h: metrics_table_header, structure_size in 16 bits, then format_revision).
bool has_metrics_of_a_card(const Chip& chip) {
  constexpr std::size_t kFormatAt = 2;
  const auto table = base::read_file(chip.dir / "device/gpu_metrics");
  return table && table->size() > kFormatAt + 1 && (*table)[kFormatAt] == 1;
}

/// "On APUs this includes the CPU", say both power attributes in Linux
/// Documentation/gpu/amdgpu/thermal.rst. An APU has no power limit (hwmon_attributes_visible()
/// in drivers/gpu/drm/amd/pm/amdgpu_pm.c leaves power1_cap out) except Van Gogh, whose labels
/// are fastPPT and slowPPT, and MI300A (PCI id 1002:74a0), which is CPU and GPU in one socket.
/// Where a card shows no limit, its metrics tell.
Coverage amdgpu(const Chip& chip, const Channel& channel) {
  constexpr std::string_view kMi300a = "0x74a0";
  Coverage coverage;
  coverage.device = chip.device;
  if (text_of(chip, "device/device") == kMi300a) {
    coverage.domain = Domain::kModule;
    return coverage;
  }
  const bool apu = (!has(chip, "power1_cap") && !has_metrics_of_a_card(chip)) ||
                   channel.label == "fastPPT" || channel.label == "slowPPT";
  if (!apu && channel.number == 1) coverage.domain = Domain::kGpu;
  return coverage;
}

/// Linux Documentation/ABI/testing/sysfs-driver-intel-i915-hwmon and -xe-hwmon: energy1 is
/// the card, energy2 the package on it, and chips named "i915_gtN" one tile of the GPU. The
/// register has 32 bits of 2^-14 J, 262 kJ, and is added up only when it is read
/// (hwm_energy() in i915_hwmon.c): 100 s are safe up to 2.6 kW.
Coverage intel_gpu(const Chip& chip, const Channel& channel) {
  constexpr std::int64_t kLongestGapNs = 100'000'000'000;
  Coverage coverage;
  coverage.device = chip.device;
  coverage.group = chip.device;
  coverage.domain = Domain::kGpu;
  coverage.longest_gap_ns = kLongestGapNs;
  coverage.role = Role::kCard;
  if (chip.name.starts_with("i915_gt")) {
    coverage.role = Role::kCardPart;
    coverage.device += " " + chip.name.substr(5);
  } else if (channel.number != 1) {
    coverage.role = Role::kCardPart;
    coverage.device += channel.number == 2 ? " package" : " " + channel.stem();
    if (channel.number > 2) coverage.domain = Domain::kOther;
  }
  return coverage;
}

/// NVIDIA Jetson Linux Developer Guide, "Platform Power and Performance", of the Orin Nano and
/// NX: the module's input is VDD_IN, the other rails are fed from it. A board without that
/// rail has no total.
Coverage ina3221(const Chip& chip, const Channel& channel) {
  Coverage coverage;
  coverage.device = channel.label.empty() ? chip.device : channel.label;
  coverage.group = chip.device;
  coverage.role = Role::kRail;
  if (channel.label == "VDD_IN") {
    coverage.domain = Domain::kModule;
    coverage.role = Role::kModule;
  }
  // Of the three conversions, in ms; 0 stands for the shortest, 140 us.
  const auto update_ms = base::parse_u64(text_of(chip, "update_interval"));
  if (update_ms && *update_ms < 1'000'000)
    coverage.update_period_ns = static_cast<std::int64_t>(*update_ms) * kNsPerMs;
  return coverage;
}

struct Inside {
  Role inner;
  Role outer;
};

/// The nearest container first.
constexpr std::array<Inside, 4> kInside{{{Role::kRail, Role::kPackage},
                                         {Role::kRail, Role::kModule},
                                         {Role::kPackage, Role::kModule},
                                         {Role::kCardPart, Role::kCard}}};

int find(const std::vector<Coverage>& all, Role role, const std::string& group) {
  for (std::size_t at = 0; at < all.size(); ++at)
    if (all[at].role == role && all[at].group == group) return static_cast<int>(at);
  return -1;
}

}  // namespace

Coverage coverage_of(const Chip& chip, const Channel& channel, const fs::path& sysfs_root) {
  if (chip.name == "amd_energy" && channel.quantity == Quantity::kEnergy)
    return amd_energy(channel, sysfs_root);
  if (chip.name == "power_meter" && channel.number == 1) return acpi_meter(chip);
  if (chip.name == "amdgpu") return amdgpu(chip, channel);
  if (channel.quantity == Quantity::kEnergy &&
      (chip.name == "i915" || chip.name == "xe" || chip.name.starts_with("i915_gt")))
    return intel_gpu(chip, channel);
  if (channel.quantity == Quantity::kVoltageCurrent) return ina3221(chip, channel);
  Coverage unknown;
  unknown.device = chip.name + " " + (channel.label.empty() ? channel.stem() : channel.label);
  return unknown;
}

std::vector<int> containers(const std::vector<Coverage>& all) {
  std::vector<int> found(all.size(), -1);
  for (std::size_t at = 0; at < all.size(); ++at)
    for (const auto& [inner, outer] : kInside)
      if (found[at] < 0 && all[at].role == inner) found[at] = find(all, outer, all[at].group);
  return found;
}

}  // namespace joulepath::sensors::hwmon
