#include "sensors/nvml/nvml.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "sensors/api/shared_library.hpp"
#include "sensors/nvml/describe.hpp"
#include "sensors/nvml/users.hpp"

namespace joulepath::sensors::nvml {
namespace {

constexpr std::string_view kName = "nvml";

/// NVML from nvmlInit to nvmlShutdown.
class Session {
 public:
  explicit Session(const Library& library) : library_(library), code_(library.init()) {}
  Session(Session&& other) noexcept
      : library_(other.library_), code_(std::exchange(other.code_, kNotFound)) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  Session& operator=(Session&&) = delete;
  ~Session() {
    if (code_ == kSuccess) library_.shutdown();
  }
  [[nodiscard]] int code() const { return code_; }
  [[nodiscard]] const Library& library() const { return library_; }

 private:
  Library library_;
  int code_;
};

class Gpus final : public SlowDevice {
 public:
  Gpus(Session session, std::vector<Gpu> gpus)
      : session_(std::move(session)),
        gpus_(std::move(gpus)),
        users_(gpus_.size()),
        rounds_lost_(gpus_.size(), 0) {}

  Read read(std::size_t signal) noexcept override {
    const Library& library = session_.library();
    Gpu& gpu = gpus_[signal];
    int& lost = rounds_lost_[signal];
    // A card that fell off the bus may come back under a new handle; looked for about once
    // a second. By UUID: others may have moved up to its index.
    constexpr int kRoundsBetweenLooks = 50;
    if (lost > 0 && lost++ % kRoundsBetweenLooks == 0 && library.handle_by_uuid != nullptr) {
      Device found = nullptr;
      if (library.handle_by_uuid(gpu.signal.uuid.c_str(), &found) == kSuccess) gpu.handle = found;
    }
    const Value64 value = nvml::read(library, gpu.handle, gpu.way, gpu.scope);
    const int sys_errno = errno_of(value.code);
    if (value.code == kSuccess)
      lost = 0;
    else if (lost == 0)
      lost = 1;
    return {value.value, sys_errno, 0};
  }

  bool users(std::size_t signal, std::vector<GpuUser>& users) override {
    return users_[signal].look(session_.library(), gpus_[signal].handle, users);
  }

 private:
  Session session_;
  std::vector<Gpu> gpus_;
  std::vector<CardUsers> users_;  // parallel to gpus_
  std::vector<int> rounds_lost_;  // parallel to gpus_; 0: the last read was good
};

std::string why_not_started(const Library& library, int code) {
  if (code == kDriverNotLoaded)
    return "the NVIDIA driver is not loaded (" + words(library, code) + ")";
  return "nvmlInit_v2: " + words(library, code);
}

Discovery discover(const Environment& environment) {
  return discover_by_library<Library>(environment, open_library,
                                      "libnvidia-ml.so.1 is not installed: no NVIDIA driver",
                                      [](const Library& library, const base::Clock& clock) {
                                        return discover_with(library, clock);
                                      });
}

}  // namespace

Discovery discover_with(const Library& library, const base::Clock& clock,
                        BackgroundSource::Rounds rounds) {
  Discovery discovery;
  Session session(library);
  if (session.code() != kSuccess) {
    discovery.absent = why_not_started(library, session.code());
    return discovery;
  }
  unsigned count = 0;
  if (const int code = library.count(&count); code != kSuccess) {
    discovery.absent = "nvmlDeviceGetCount_v2: " + words(library, code);
    return discovery;
  }
  std::vector<Gpu> gpus;
  for (unsigned index = 0; index < count; ++index) {
    Device handle = nullptr;
    if (const int code = library.handle_by_index(index, &handle); code != kSuccess) {
      discovery.notes.push_back("GPU " + std::to_string(index) +
                                " cannot be read: " + words(library, code));
      continue;
    }
    auto gpu = describe(library, handle, discovery.notes);
    if (gpu)
      gpus.push_back(*std::move(gpu));
    else
      discovery.notes.push_back("GPU " + std::to_string(index) +
                                " cannot be read: " + gpu.error().message());
  }
  if (gpus.empty()) {
    discovery.absent = "the NVIDIA driver shows no GPU";
    return discovery;
  }
  // The driver's order changes with its settings; that of the bus does not.
  std::sort(gpus.begin(), gpus.end(),
            [](const Gpu& a, const Gpu& b) { return a.signal.pci < b.signal.pci; });
  std::vector<record::Signal> signals;
  for (const Gpu& gpu : gpus) signals.push_back(gpu.signal);
  discovery.source = std::make_unique<BackgroundSource>(
      std::move(signals), std::make_unique<Gpus>(std::move(session), std::move(gpus)), clock,
      "jp-nvml", rounds);
  return discovery;
}

constinit const Backend kBackend{
    kName, "energy or power of NVIDIA GPUs, by the driver's library NVML", 55, false, discover};

}  // namespace joulepath::sensors::nvml
