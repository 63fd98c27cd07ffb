#include "tools/recorder/nvidia_devices.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <system_error>

#include "core/base/file.hpp"
#include "core/base/split.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

/// "195 char: Nvidia graphics devices, 0 = /dev/nvidia0" (Linux
/// Documentation/admin-guide/devices.txt).
constexpr std::string_view kMajor = "195";

base::Error not_told(std::string why, std::string path) {
  return base::Error{base::Errc::kFormat, std::move(why), std::move(path), 0, {}};
}

/// The path of the process's group in version 1's hierarchy of devices; nothing: none is used.
std::optional<std::string> device_group(std::string_view cgroup) {
  for (const std::string_view line : base::split(cgroup, '\n')) {
    const auto first = line.find(':');
    if (first == std::string_view::npos) continue;
    const std::string_view rest = line.substr(first + 1);
    const auto second = rest.find(':');
    if (second == std::string_view::npos) continue;
    for (const std::string_view controller : base::split(rest.substr(0, second), ','))
      if (controller == "devices") return std::string(rest.substr(second + 1));
  }
  return std::nullopt;
}

/// Whether the folder is the process's group, and not one of the same path in another mount or
/// name space of groups.
bool holds(const fs::path& folder, std::string_view pid) {
  const auto text = base::read_file(folder / "cgroup.procs");
  if (!text) return false;
  for (const std::string_view line : base::split(*text, '\n'))
    if (line == pid) return true;
  return false;
}

/// What the lines of devices.list let a process do with a device file.
class Allowed {
 public:
  /// "c 195:0 rwm", "c 195:* rw", "c *:* m", "a *:* rwm" (Linux
  /// Documentation/admin-guide/cgroup-v1/devices.rst). Other devices' lines say nothing here.
  explicit Allowed(std::string_view list) {
    for (const std::string_view line : base::split(list, '\n')) {
      const auto words = base::split(line, ' ');
      if (words.size() != 3 || (words[0] != "c" && words[0] != "a")) continue;
      const auto colon = words[1].find(':');
      const std::string_view major = words[1].substr(0, colon);
      if (colon == std::string_view::npos || (major != kMajor && major != "*")) continue;
      Access& access = of_[std::string(words[1].substr(colon + 1))];
      access.read |= words[2].find('r') != std::string_view::npos;
      access.write |= words[2].find('w') != std::string_view::npos;
    }
  }
  /// For reading and writing, as the driver's library opens it.
  [[nodiscard]] bool open(const std::string& minor) const {
    Access access;
    for (const std::string& name : {minor, std::string("*")})
      if (const auto found = of_.find(name); found != of_.end()) {
        access.read |= found->second.read;
        access.write |= found->second.write;
      }
    return access.read && access.write;
  }
  /// Minor numbers of GPUs that are named one by one; 254 and 255 are the driver's own.
  [[nodiscard]] std::set<std::string> named() const {
    constexpr std::uint64_t kFirstOfDriver = 254;
    std::set<std::string> minors;
    for (const auto& [minor, access] : of_)
      if (const auto number = base::parse_u64(minor); number && *number < kFirstOfDriver)
        if (open(minor)) minors.insert(minor);
    return minors;
  }

 private:
  struct Access {
    bool read = false;
    bool write = false;
  };
  std::map<std::string, Access> of_;  ///< by minor number, or "*"
};

/// "Device Minor: 	 0" in /proc/driver/nvidia/gpus/<PCI address>/information; the device file
/// is /dev/nvidia<minor> (NVML, nvmlDeviceGetMinorNumber).
std::optional<std::string> minor_of(const fs::path& gpu) {
  constexpr std::string_view kLabel = "Device Minor:";
  const auto text = base::read_file(gpu / "information");
  if (!text) return std::nullopt;
  for (const std::string_view line : base::split(*text, '\n')) {
    if (!line.starts_with(kLabel)) continue;
    const auto number = base::parse_u64(base::trimmed(line.substr(kLabel.size())));
    if (number) return std::to_string(*number);
  }
  return std::nullopt;
}

}  // namespace

base::Result<std::set<std::string>> openable_nvidia_gpus(const fs::path& process,
                                                         const fs::path& proc_root,
                                                         const fs::path& sysfs_root) {
  const auto cgroup = base::read_file(process / "cgroup");
  if (!cgroup) return cgroup.error();
  const auto group = device_group(*cgroup);
  if (!group)
    return not_told("control groups of version 2 do not say which devices they let through",
                    (process / "cgroup").string());
  const fs::path group_folder = sysfs_root / "fs/cgroup/devices" / fs::path(*group).relative_path();
  const auto list = base::read_file(group_folder / "devices.list");
  if (!list) return list.error();
  if (!holds(group_folder, process.filename().string()))
    return not_told("is not the group of the process", group_folder.string());
  const Allowed allowed(*list);
  std::set<std::string> missing = allowed.named();
  const fs::path folder = proc_root / "driver/nvidia/gpus";
  std::set<std::string> gpus;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const auto minor = minor_of(at->path());
    if (!minor)
      return not_told("names no minor number of its device file",
                      (at->path() / "information").string());
    missing.erase(*minor);
    if (allowed.open(*minor)) gpus.insert(at->path().filename().string());
  }
  if (failed) return base::system_error("cannot list", folder.string(), failed.value());
  if (!missing.empty())
    return not_told("names no GPU with the minor number " + *missing.begin(), folder.string());
  return gpus;
}

}  // namespace joulepath::tools
