#include "tools/recorder/openable_gpus.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/file.hpp"
#include "core/base/split.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

base::Error not_told(std::string why, std::string path) {
  return base::Error{base::Errc::kFormat, std::move(why), std::move(path), 0, {}};
}

/// Bits of record::DeviceAnswers.
struct Answers {
  std::uint64_t open;
  std::uint64_t refused;
};

/// What was answered for the GPU's device file `file`, the `n`th of its kind.
base::Status add_answer(std::map<std::string, bool>& gpus, const Answers& answers, std::uint64_t n,
                        std::string pci, const std::string& file) {
  const std::uint64_t bit = n < 64 ? std::uint64_t{1} << n : 0;
  if (((answers.open | answers.refused) & bit) == 0)
    return not_told("is not there for the process, or its mode forbids it", file);
  gpus[std::move(pci)] = (answers.open & bit) != 0;
  return base::Done{};
}

/// "Device Minor: 	 0" in /proc/driver/nvidia/gpus/<PCI address>/information; the device file
/// is /dev/nvidia<minor> (NVML, nvmlDeviceGetMinorNumber).
std::optional<std::uint64_t> minor_of(const fs::path& gpu) {
  constexpr std::string_view kLabel = "Device Minor:";
  const auto text = base::read_file(gpu / "information");
  if (!text) return std::nullopt;
  for (const std::string_view line : base::split(*text, '\n'))
    if (line.starts_with(kLabel)) return base::parse_u64(base::trimmed(line.substr(kLabel.size())));
  return std::nullopt;
}

/// `pci_vendor`: as sysfs writes it.
OpenableGpus openable_by_render_files(const Answers& answers, const fs::path& sysfs,
                                      std::string_view pci_vendor) {
  constexpr std::string_view kPrefix = "renderD";
  const fs::path folder = sysfs / "class/drm";
  std::map<std::string, bool> gpus;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    std::error_code broken;
    const fs::path device = fs::canonical(at->path() / "device", broken);
    const auto minor = base::parse_u64(name.substr(kPrefix.size()));
    if (broken || !minor || *minor < record::kFirstRenderMinor)
      return not_told("names no device", at->path().string());
    // Partitions of an AMD GPU have device files of their own, below no PCI device (Linux
    // drivers/gpu/drm/amd/amdxcp/amdgpu_xcp_drv.c): that of the GPU itself says too little.
    if (device.filename().string().starts_with("amdgpu_xcp") && pci_vendor == "0x1002")
      return not_told("is a partition of a GPU", at->path().string());
    const auto vendor = base::read_file(device / "vendor");
    if (!vendor || base::trimmed(*vendor) != pci_vendor) continue;
    const base::Status added = add_answer(gpus, answers, *minor - record::kFirstRenderMinor,
                                          device.filename().string(), "/dev/dri/" + name);
    if (!added) return added.error();
  }
  if (failed) return base::system_error("cannot list", folder.string(), failed.value());
  return gpus;
}

}  // namespace

OpenableGpus openable_nvidia_gpus(const record::DeviceAnswers& answers, const DeviceRoots& roots) {
  const fs::path folder = roots.proc / "driver/nvidia/gpus";
  std::map<std::string, bool> gpus;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const auto minor = minor_of(at->path());
    if (!minor)
      return not_told("names no minor number of its device file",
                      (at->path() / "information").string());
    const base::Status added =
        add_answer(gpus, {answers.nvidia_open, answers.nvidia_refused}, *minor,
                   at->path().filename().string(), "/dev/nvidia" + std::to_string(*minor));
    if (!added) return added.error();
  }
  if (failed) return base::system_error("cannot list", folder.string(), failed.value());
  return gpus;
}

OpenableGpus openable_amd_gpus(const record::DeviceAnswers& answers, const DeviceRoots& roots) {
  return openable_by_render_files({answers.render_open, answers.render_refused}, roots.sysfs,
                                  "0x1002");
}

OpenableGpus openable_intel_gpus(const record::DeviceAnswers& answers, const DeviceRoots& roots) {
  return openable_by_render_files({answers.render_open, answers.render_refused}, roots.sysfs,
                                  "0x8086");
}

}  // namespace joulepath::tools
