#include "sensors/api/cpu_topology.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "core/base/file.hpp"
#include "core/base/number_list.hpp"

namespace joulepath::sensors {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostCpus = 1 << 16;

/// A number in a file of sysfs; -1: there is none. The kernel itself writes -1 for a
/// package that it does not know.
int number_in(const fs::path& file) {
  const auto text = base::read_file(file);
  const auto number = text ? base::parse_u64(*text) : std::nullopt;
  return number && *number < kMostCpus ? static_cast<int>(*number) : -1;
}

fs::path cpu_folder(const fs::path& sysfs_root) {
  return sysfs_root / "devices/system/cpu";
}

}  // namespace

CpuPlace place_of_cpu(const fs::path& sysfs_root, int cpu) {
  const fs::path topology = cpu_folder(sysfs_root) / ("cpu" + std::to_string(cpu)) / "topology";
  return {cpu, number_in(topology / "physical_package_id"), number_in(topology / "die_id"),
          number_in(topology / "core_id")};
}

base::Result<std::vector<CpuPlace>> online_cpus(const fs::path& sysfs_root) {
  const fs::path file = cpu_folder(sysfs_root) / "online";
  const auto text = base::read_file(file);
  if (!text) return text.error();
  const auto cpus = base::parse_number_list(*text);
  if (!cpus)
    return base::Error{base::Errc::kFormat, "is no list of CPUs", file.string(), EBADMSG, {}};
  std::vector<CpuPlace> places;
  for (const int cpu : *cpus) places.push_back(place_of_cpu(sysfs_root, cpu));
  return places;
}

std::vector<CpuPlace> one_for_each(Extent extent, const std::vector<CpuPlace>& cpus) {
  std::vector<CpuPlace> first;
  for (const CpuPlace& place : cpus) {
    const bool known = std::any_of(first.begin(), first.end(), [&](const CpuPlace& other) {
      return other.package == place.package &&
             (extent == Extent::kPackage || other.die == place.die);
    });
    if (!known) first.push_back(place);
  }
  return first;
}

namespace {

bool several_dies(const CpuPlace& place, const std::vector<CpuPlace>& all) {
  return std::any_of(all.begin(), all.end(), [&](const CpuPlace& other) {
    return other.package == place.package && other.die != place.die;
  });
}

}  // namespace

std::string device_name(const CpuPlace& place, const std::vector<CpuPlace>& all) {
  const std::string name = "package-" + std::to_string(place.package);
  return several_dies(place, all) ? name + "-die-" + std::to_string(place.die) : name;
}

std::string core_name(const CpuPlace& place, const std::vector<CpuPlace>& all) {
  return "package-" + std::to_string(place.package) + "/core-" +
         (several_dies(place, all) ? std::to_string(place.die) + "-" : std::string()) +
         std::to_string(place.core);
}

}  // namespace joulepath::sensors
