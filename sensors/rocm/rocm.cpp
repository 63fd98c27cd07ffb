#include "sensors/rocm/rocm.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "core/base/file.hpp"
#include "sensors/api/shared_library.hpp"
#include "sensors/rocm/gpus.hpp"

namespace joulepath::sensors::rocm {
namespace {

constexpr std::string_view kName = "rocm";

class Gpus final : public SlowDevice {
 public:
  Gpus(std::unique_ptr<Smi> smi, std::vector<Gpu> gpus)
      : smi_(std::move(smi)), gpus_(std::move(gpus)) {}

  Read read(std::size_t at) noexcept override {
    const Gpu& gpu = gpus_[at];
    Read read;
    if (gpu.signal.kind != record::Kind::kEnergy) {
      read.sys_errno = smi_->power_uw(gpu.device, read.raw);
      return read;
    }
    Energy energy;
    read.sys_errno = smi_->energy(gpu.device, energy);
    read.raw = energy.counts;
    constexpr std::uint64_t kMost_ns = INT64_MAX;
    read.device_ns = static_cast<std::int64_t>(std::min(energy.timestamp_ns, kMost_ns));
    // A card that has lost its firmware shows 0, or all bits: no count.
    if (read.sys_errno == 0 && (read.raw == 0 || read.raw == UINT64_MAX)) read.sys_errno = ENODATA;
    return read;
  }

 private:
  std::unique_ptr<Smi> smi_;
  std::vector<Gpu> gpus_;
};

/// AMD SMI, which AMD goes on with, and ROCm SMI where that is not there or shows no GPU.
/// Never both: a card would be found twice.
std::unique_ptr<Smi> open_one(std::vector<std::string>& why) {
  const auto use = [&](const auto& functions) -> std::unique_ptr<Smi> {
    if (!functions) {
      if (functions.error().code != base::Errc::kNotFound)
        why.push_back(functions.error().message());
      return nullptr;
    }
    auto started = start(*functions);
    if (!started) {
      why.push_back(started.error().message());
      return nullptr;
    }
    if ((*started)->devices().empty()) {
      why.push_back(std::string((*started)->name()) + " shows no GPU");
      return nullptr;
    }
    return *std::move(started);
  };
  if (auto newer = use(open_amd_smi())) return newer;
  return use(open_rocm_smi());
}

/// ROCm SMI complains on standard error where there is no GPU, so it is not asked there.
bool has_amd_gpu(const std::filesystem::path& sysfs_root) {
  std::error_code failed;
  for (std::filesystem::directory_iterator at(sysfs_root / "class/drm", failed), end;
       !failed && at != end; at.increment(failed)) {
    const auto vendor = base::read_file(at->path() / "device/vendor");
    if (vendor && base::trimmed(*vendor) == "0x1002") return true;
  }
  return false;
}

Discovery discover(const Environment& environment) {
  Discovery discovery;
  discovery.absent = why_no_library(environment);
  if (!discovery.absent.empty()) return discovery;
  if (!has_amd_gpu(environment.sysfs_root)) {
    discovery.absent = "no AMD GPU below " + (environment.sysfs_root / "class/drm").string();
    return discovery;
  }
  std::vector<std::string> why;
  std::unique_ptr<Smi> smi = open_one(why);
  if (smi != nullptr) return discover_with(std::move(smi), *environment.clock);
  if (why.empty()) why.emplace_back("neither libamd_smi nor librocm_smi64 is installed: no ROCm");
  for (const std::string& one : why)
    discovery.absent += (discovery.absent.empty() ? "" : "; ") + one;
  return discovery;
}

}  // namespace

Discovery discover_with(std::unique_ptr<Smi> smi, const base::Clock& clock,
                        BackgroundSource::Rounds rounds) {
  Discovery discovery;
  std::vector<Gpu> gpus = find_gpus(*smi, discovery.notes);
  if (gpus.empty()) {
    discovery.absent = std::string(smi->name()) + " shows no GPU";
    return discovery;
  }
  std::vector<record::Signal> signals;
  for (const Gpu& gpu : gpus) signals.push_back(gpu.signal);
  discovery.source = std::make_unique<BackgroundSource>(
      std::move(signals), std::make_unique<Gpus>(std::move(smi), std::move(gpus)), clock, "jp-rocm",
      rounds);
  return discovery;
}

constinit const Backend kBackend{kName, "energy or power of AMD GPUs, by AMD SMI or ROCm SMI", 55,
                                 false, discover};

}  // namespace joulepath::sensors::rocm
