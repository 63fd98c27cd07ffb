// The interface of every sensor backend. A backend is a folder with one Backend
// descriptor: it looks for its devices under an injected root, tells what it found
// (also what it may not read, and why), and hands out a Source that reads all it can
// in one pass. Reading never allocates and never throws.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.hpp"
#include "core/record/signal.hpp"
#include "sensors/api/estimate_model.hpp"
#include "sensors/api/gpu_users.hpp"
#include "sensors/api/ipmi_access.hpp"

namespace joulepath::sensors {

/// The outside world as a backend may see it.
struct Environment {
  std::filesystem::path sysfs_root = "/sys";
  std::filesystem::path proc_root = "/proc";
  std::filesystem::path dev_root = "/dev";  ///< device files: MSR, IPMI
  std::filesystem::path run_root = "/run";  ///< sockets: joulepathd
  const base::Clock* clock = nullptr;       ///< outlives every source; never null
  EstimateModel estimate_model;             ///< passes check()
  IpmiAccess ipmi;
  std::vector<std::string> papi_events;  ///< as PAPI names them: "rapl::RAPL_ENERGY_PKG:cpu=0"
};

/// Takes readings during Source::sample. `signal` counts within the source.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void reading(std::size_t signal, const record::Reading& reading) noexcept = 0;
  /// A signal that was readable gave none this time: why.
  virtual void failure(std::size_t signal, int sys_errno) noexcept = 0;
  /// Since the signal's last reading its device has not been read again.
  virtual void nothing_new(std::size_t /*signal*/) noexcept {}
};

/// An open device or group of devices; owned and called by one thread.
class Source {
 public:
  virtual ~Source() = default;
  /// In a fixed order; those with readable == false are never sampled.
  [[nodiscard]] virtual std::span<const record::Signal> signals() const = 0;
  /// Reads each readable signal once.
  virtual void sample(Sink& sink) noexcept = 0;
  /// Reads these readable signals once each. As it stands here it reads all
  /// and hands those on; a source with a device for each does better.
  virtual void sample_some(std::span<const std::size_t> signals, Sink& sink) noexcept;
  /// One, again and again, while an update of it is waited for.
  void sample_one(std::size_t signal, Sink& sink) noexcept { sample_some({&signal, 1}, sink); }
  /// Appends the looks at who is on its GPUs that were taken since the last call, the newest
  /// of each GPU. Waits for nothing. Most sources have no GPUs, or a driver that does not tell.
  virtual void take_gpu_looks(std::vector<GpuLook>& /*looks*/) {}
};

/// What a backend found. No source and no note: no such hardware here.
struct Discovery {
  std::unique_ptr<Source> source;  ///< null when nothing is there
  std::string absent;              ///< why not, for `joulepath sensors`
  std::vector<std::string> notes;  ///< odd things that keep nothing from being read
};

/// A backend. When two report the same domain of the same device, the one with the
/// higher priority counts and the other is kept as excluded (sampler/choice.hpp).
struct Backend {
  std::string_view name;
  std::string_view summary;  ///< one line for the list of backends
  int priority = 0;
  /// Only when no other backend counts anything (the estimate).
  bool fallback = false;
  Discovery (*discover)(const Environment& environment) = nullptr;
};

}  // namespace joulepath::sensors
