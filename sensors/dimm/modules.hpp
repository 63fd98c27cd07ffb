// The memory modules (DIMMs) that are plugged in, from the firmware's table (SMBIOS) or from
// the kernel's EDAC. Pure but for the EDAC folder, which is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace joulepath::sensors::dimm {

struct Module {
  std::uint64_t size_mib = 0;  ///< above 0
  std::string type;            ///< "DDR4"; empty: none that we have a figure for
};

/// Those of SMBIOS structures type 17, "Memory Device" (DMTF DSP0134, version 3.6, section
/// 7.18); empty sockets are left out. nullopt: the table is cut off or is none.
std::optional<std::vector<Module>> modules_in(std::span<const std::uint8_t> smbios_table);

struct EdacModules {
  std::vector<Module> modules;
  /// The driver lists ranks, of which a module may have several: the modules are not known.
  bool only_ranks = false;
};

/// <sysfs>/devices/system/edac/mc/mcN/dimmM/{size,dimm_mem_type}: Linux
/// Documentation/admin-guide/RAS/main.rst; "rankM" where the driver goes by chip selects
/// (drivers/edac/edac_mc_sysfs.c). None there: no driver.
EdacModules edac_modules(const std::filesystem::path& sysfs_root);

}  // namespace joulepath::sensors::dimm
