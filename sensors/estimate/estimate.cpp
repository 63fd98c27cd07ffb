#include "sensors/estimate/estimate.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "core/base/file.hpp"
#include "sensors/estimate/cpu_load.hpp"
#include "sensors/estimate/energy_model.hpp"

namespace joulepath::sensors::estimate {
namespace {

using record::Signal;

constexpr std::string_view kName = "estimate";
constexpr std::int64_t kNsPerS = 1'000'000'000;

/// The start of a file, read again and again into a buffer of fixed size.
class TextFile {
 public:
  TextFile(base::Descriptor file, std::size_t size) : file_(std::move(file)), buffer_(size) {}

  /// Empty with *sys_errno set when it cannot be read; valid until the next call. One
  /// pread: procfs makes such a file anew for each, and gives it in one piece.
  std::string_view read(int* sys_errno) noexcept {
    ssize_t got = 0;
    do {
      got = ::pread(file_.get(), buffer_.data(), buffer_.size(), 0);
    } while (got < 0 && errno == EINTR);
    *sys_errno = got < 0 ? errno : 0;
    if (got < 0) return {};
    return {buffer_.data(), static_cast<std::size_t>(got)};
  }

 private:
  base::Descriptor file_;
  std::vector<char> buffer_;
};

Signal describe(const EstimateModel& model) {
  Signal signal;
  signal.source = kName;
  signal.unit = "uJ";
  signal.si_per_unit = 1e-6;
  signal.provenance = record::Provenance::kEstimated;
  signal.relative_error = model.relative_error;
  signal.readable = true;
  return signal;
}

class EstimateSource final : public Source {
 public:
  EstimateSource(const Environment& environment, PackageModel packages, TextFile stat,
                 std::int64_t tick_ns)
      : clock_(*environment.clock),
        packages_(std::move(packages)),
        stat_(std::move(stat)),
        memory_(environment.estimate_model) {
    for (const int socket : packages_.socket_ids()) {
      Signal signal = describe(environment.estimate_model);
      signal.domain = record::Domain::kPackage;
      signal.device = "package-" + std::to_string(socket);
      signal.socket = socket;
      signal.update_period_ns = tick_ns;
      add(std::move(signal));
    }
    // meminfo speaks of the whole node: with one socket it is that one's.
    Signal dram = describe(environment.estimate_model);
    dram.domain = record::Domain::kDram;
    dram.device = "dram";
    if (packages_.socket_ids().size() == 1) dram.socket = packages_.socket_ids().front();
    open_memory(environment, dram);
    add(std::move(dram));
  }

  [[nodiscard]] std::span<const Signal> signals() const override { return signals_; }

  void sample(Sink& sink) noexcept override {
    sample_packages(sink);
    if (meminfo_) sample_memory(sink);
  }

 private:
  void add(Signal signal) {
    signal.id = std::string(kName) + ":" + signal.device;
    signals_.push_back(std::move(signal));
  }

  void open_memory(const Environment& environment, Signal& dram) {
    const auto path = environment.proc_root / "meminfo";
    auto file = base::open_readonly(path);
    int failed = 0;
    if (file) {
      // MemTotal and MemAvailable are among the first three lines.
      meminfo_.emplace(std::move(file).value(), 4096);
      if (memory_in_use_kib(meminfo_->read(&failed))) return;
      meminfo_.reset();
    }
    dram.readable = false;
    dram.provenance = record::Provenance::kAbsent;
    dram.reason =
        file ? path.string() + ": has no MemTotal and MemAvailable" : file.error().message();
  }

  void sample_packages(Sink& sink) noexcept {
    record::Reading reading;
    int failed = 0;
    reading.t_lo_ns = clock_.monotonic_ns();
    std::string_view text = stat_.read(&failed);
    reading.t_hi_ns = clock_.monotonic_ns();
    auto busy = next_cpu(text);
    if (failed == 0 && !busy) failed = EBADMSG;
    // After a failure the next pass that succeeds covers the time in between.
    if (failed == 0) {
      packages_.begin(reading.t_lo_ns);
      for (; busy; busy = next_cpu(text)) packages_.cpu(*busy);
      packages_.end();
    }
    for (std::size_t socket = 0; socket < packages_.socket_ids().size(); ++socket) {
      reading.raw = packages_.energy_uj(socket);
      if (failed == 0)
        sink.reading(socket, reading);
      else
        sink.failure(socket, failed);
    }
  }

  void sample_memory(Sink& sink) noexcept {
    const std::size_t signal = signals_.size() - 1;
    record::Reading reading;
    int failed = 0;
    reading.t_lo_ns = clock_.monotonic_ns();
    const auto in_use_kib = memory_in_use_kib(meminfo_->read(&failed));
    reading.t_hi_ns = clock_.monotonic_ns();
    if (!in_use_kib) {
      sink.failure(signal, failed != 0 ? failed : EBADMSG);
      return;
    }
    memory_.set(reading.t_lo_ns, *in_use_kib);
    reading.raw = memory_.energy_uj();
    sink.reading(signal, reading);
  }

  const base::Clock& clock_;
  std::vector<Signal> signals_;  // the packages in the model's order, then memory
  PackageModel packages_;
  TextFile stat_;
  MemoryModel memory_;
  std::optional<TextFile> meminfo_;  // none: it cannot be read
};

/// CPUs that /proc/stat lists although the topology does not know them are of the
/// first socket.
void cover_all_cpus(std::vector<int>& sockets, std::string_view stat) {
  const int first = sockets.empty() ? 0 : *std::min_element(sockets.begin(), sockets.end());
  while (const auto busy = next_cpu(stat))
    if (busy->cpu >= sockets.size()) sockets.resize(busy->cpu + 1, first);
}

Discovery discover(const Environment& environment) {
  Discovery discovery;
  const auto path = environment.proc_root / "stat";
  const auto text = base::read_file(path, 16u << 20);
  auto file = base::open_readonly(path);
  if (!text || !file) {
    discovery.absent = (text ? file.error() : text.error()).message();
    return discovery;
  }
  std::string_view lines = *text;
  if (!next_cpu(lines)) {
    discovery.absent = path.string() + ": has no CPU lines";
    return discovery;
  }
  std::vector<int> sockets = sockets_of_cpus(environment.sysfs_root);
  cover_all_cpus(sockets, *text);
  // A CPU line is a name and ten numbers of at most 20 digits.
  const std::size_t size = (sockets.size() + 2) * 240;
  const std::int64_t tick_ns = kNsPerS / std::max(::sysconf(_SC_CLK_TCK), 1L);
  discovery.source = std::make_unique<EstimateSource>(
      environment, PackageModel(environment.estimate_model, sockets, tick_ns),
      TextFile(std::move(file).value(), size), tick_ns);
  return discovery;
}

}  // namespace

constinit const Backend kBackend{
    kName, "model from CPU time and memory in use; only without other sensors", 0, true, discover};

}  // namespace joulepath::sensors::estimate
