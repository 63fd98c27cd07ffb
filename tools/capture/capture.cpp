#include "tools/capture/capture.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "core/base/file.hpp"
#include "tools/capture/anonymizer.hpp"
#include "tools/capture/tree_copy.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;
using base::Done;
using base::Status;

/// Folders, and the files of each that a backend may read.
struct Wanted {
  std::vector<const char*> folders;
  std::vector<const char*> files;
};

const std::vector<Wanted>& wanted() {
  static const std::vector<Wanted> kWanted{
      {{"class/powercap", "class/powercap/intel-rapl*", "class/powercap/intel-rapl*/intel-rapl*",
        "class/powercap/intel-rapl*/intel-rapl*/intel-rapl*"},
       {"name", "enabled", "energy_uj", "max_energy_range_uj"}},
      // Linux 6.1 keeps the attributes of an ACPI power meter one folder down.
      {{"class/hwmon", "class/hwmon/hwmon*", "class/hwmon/hwmon*/device"},
       {"name",
        "label",
        "update_interval",
        "energy[0-9]*_input",
        "energy[0-9]*_label",
        "power[0-9]*_input",
        "power[0-9]*_average",
        "power[0-9]*_average_interval",
        "power[0-9]*_label",
        "power[0-9]*_oem_info",
        "power[0-9]*_cap",
        "samples",
        "in[0-9]*_input",
        "in[0-9]*_label",
        "in[0-9]*_enable",
        "curr[0-9]*_input",
        "curr[0-9]*_label",
        "vendor",
        "device",
        "class",
        "numa_node",
        "local_cpulist"}},
      {{"class/drm", "class/drm/card[0-9]", "class/drm/card[0-9][0-9]",
        "class/drm/card[0-9]/device", "class/drm/card[0-9][0-9]/device"},
       {"vendor", "device", "class", "numa_node", "local_cpulist"}},
      {{"bus/event_source/devices/power*"}, {"type", "cpumask", "events/*", "format/*"}},
      {{"cray/pm_counters"}, {"*"}},
      {{"devices/system/edac/mc/mc[0-9]*/dimm[0-9]*", "devices/system/edac/mc/mc[0-9]*/rank[0-9]*"},
       {"size", "dimm_mem_type"}},
      {{"devices/system/cpu"}, {"online", "possible", "present"}},
      {{"devices/system/cpu/cpu[0-9]*/topology"},
       {"physical_package_id", "die_id", "core_id", "package_cpus_list", "die_cpus_list"}},
      {{"devices/system/node"}, {"online", "possible"}},
      {{"devices/system/node/node[0-9]*"}, {"cpulist"}},
  };
  return kWanted;
}

Status take_sysfs(TreeCopy& copy) {
  for (const Wanted& wanted : wanted())
    for (const std::string folder : wanted.folders) {
      if (Status done = copy.take(folder); !done) return done;
      for (const char* file : wanted.files)
        if (Status done = copy.take(folder + "/" + file); !done) return done;
    }
  return Done{};
}

Status take_proc(TreeCopy& copy) {
  // Not more of cpuinfo: on some machines it has a serial number.
  if (Status done = copy.take_lines(
          "cpuinfo", {"processor", "vendor_id", "cpu family", "model", "stepping", "physical id",
                      "core id", "cpu cores", "siblings", "CPU implementer", "CPU architecture",
                      "CPU variant", "CPU part", "CPU revision"});
      !done)
    return done;
  if (Status done = copy.take_lines("meminfo", {"MemTotal:", "MemFree:", "MemAvailable:"}); !done)
    return done;
  if (Status done = copy.take_lines("stat", {"cpu"}); !done) return done;
  return copy.take("sys/kernel/perf_event_paranoid");
}

std::string model_of(const fs::path& proc_root) {
  const auto text = base::read_file(proc_root / "cpuinfo", std::size_t{4} << 20);
  if (!text) return "unknown processor";
  constexpr std::string_view kKey = "model name";
  const auto at = text->find(kKey);
  if (at == std::string::npos) return "unknown processor";
  const auto colon = text->find(':', at);
  const auto end = text->find('\n', at);
  if (colon == std::string::npos || colon > end) return "unknown processor";
  return std::string(base::trimmed(std::string_view(*text).substr(colon + 1, end - colon - 1)));
}

std::string kernel_of(const fs::path& proc_root) {
  const auto text = base::read_file(proc_root / "sys/kernel/osrelease");
  return text ? "Linux " + std::string(base::trimmed(*text)) : "unknown kernel";
}

Status write_text(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) return base::system_error("cannot write", path.string(), errno);
  return Done{};
}

/// Git carries no empty folder; backends tell one from none.
void keep_empty_folders(const fs::path& folder) {
  std::error_code failed;
  std::vector<fs::path> empty;
  for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end;
       at.increment(failed))
    if (!at->is_symlink(failed) && at->is_directory(failed) && fs::is_empty(at->path(), failed))
      empty.push_back(at->path());
  for (const fs::path& path : empty) std::ofstream(path / ".gitkeep").flush();
}

}  // namespace

base::Result<Captured> capture_machine(const fs::path& sysfs_root, const fs::path& proc_root,
                                       const fs::path& folder) {
  std::error_code failed;
  if (fs::exists(folder, failed) && !fs::is_empty(folder, failed))
    return base::Error{base::Errc::kConflict, "is there already and not empty", folder.string(), 0,
                       "name a new folder"};
  fs::create_directories(folder, failed);
  if (failed) return base::system_error("cannot make the folder", folder.string(), failed.value());
  Anonymizer anonymizer(secrets_of(sysfs_root, proc_root));
  TreeCopy sysfs(sysfs_root, folder / "sys", anonymizer);
  TreeCopy proc(proc_root, folder / "proc", anonymizer);
  if (Status done = take_sysfs(sysfs); !done) return done.error();
  if (Status done = take_proc(proc); !done) return done.error();
  keep_empty_folders(folder);

  Captured captured{sysfs.files() + proc.files(), 0};
  std::string refused;
  for (const TreeCopy* copy : {&sysfs, &proc})
    for (const TreeCopy::Refusal& refusal : copy->refusals()) {
      refused += fmt::format("{}/{} {} {}\n", copy == &sysfs ? "sys" : "proc", refusal.path,
                             refusal.sys_errno, std::strerror(refusal.sys_errno));
      ++captured.refused;
    }
  if (!refused.empty())
    if (Status done = write_text(folder / "refused.txt", refused); !done) return done.error();
  const std::string readme = fmt::format("{}, {}.\nCaptured by `joulepath sensors --capture`.\n",
                                         model_of(proc_root), kernel_of(proc_root));
  if (Status done = write_text(folder / "README.md", anonymizer.text(readme)); !done)
    return done.error();
  return captured;
}

}  // namespace joulepath::tools
