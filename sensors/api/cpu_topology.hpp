// Which CPUs are online and where each sits: package, die and core, from
// <sysfs>/devices/system/cpu. Read once, when a backend looks for its devices.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace joulepath::sensors {

struct CpuPlace {
  int cpu = 0;
  int package = -1;  ///< physical_package_id; -1: the kernel does not say
  int die = -1;      ///< within the package; -1: not said (Linux before 5.3)
  int core = -1;     ///< within the die or package
};

CpuPlace place_of_cpu(const std::filesystem::path& sysfs_root, int cpu);

/// All that are online, by number. Error: the list is missing or no list.
base::Result<std::vector<CpuPlace>> online_cpus(const std::filesystem::path& sysfs_root);

/// Of some CPUs, one for each package, or for each die of it: the first.
enum class Extent { kPackage, kDie };
std::vector<CpuPlace> one_for_each(Extent extent, const std::vector<CpuPlace>& cpus);

/// "package-0", or "package-0-die-1" where `all` holds several dies of that package: as
/// powercap names its zones.
std::string device_name(const CpuPlace& place, const std::vector<CpuPlace>& all);

/// "package-0/core-3", or "package-0/core-1-3" (die 1) where `all` holds several dies of that
/// package: some number their cores anew in each.
std::string core_name(const CpuPlace& place, const std::vector<CpuPlace>& all);

}  // namespace joulepath::sensors
