#include "sensors/cray/cray.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <system_error>
#include <tuple>
#include <utility>

#include "sensors/api/counter_file.hpp"
#include "sensors/api/refusal.hpp"
#include "sensors/cray/scan.hpp"

namespace joulepath::sensors::cray {
namespace {

namespace fs = std::filesystem;
using record::Domain;
using record::Signal;

constexpr std::string_view kName = "cray";
constexpr std::string_view kNodeId = "cray:energy";

/// "increments at a rate of approximately 10Hz": HPE Cray System Management documentation,
/// "User Access to Compute Node Power Data", freshness.
constexpr std::uint64_t kScanHz = 10;
constexpr std::uint64_t kHighestScanHz = 1000;
constexpr std::int64_t kStalePeriods = 10;  ///< without a scan: the controller stands still

/// Reads until two marks around the values agree; this often.
constexpr int kAttempts = 2;

struct Pass {
  record::Reading reading;
  int sys_errno = 0;
};

class CraySource final : public Source {
 public:
  CraySource(const base::Clock& clock, ScanFiles scan, std::int64_t period_ns)
      : clock_(clock), scan_(std::move(scan)), longest_still_ns_(kStalePeriods * period_ns) {}

  void add(Signal signal, CounterFile file) {
    if (signal.readable) readable_.push_back(signals_.size());
    signals_.push_back(std::move(signal));
    files_.push_back(std::move(file));
    guards_.emplace_back();
    passes_.emplace_back();
  }

  [[nodiscard]] std::span<const Signal> signals() const override { return signals_; }

  void sample(Sink& sink) noexcept override { sample_some(readable_, sink); }

  void sample_some(std::span<const std::size_t> signals, Sink& sink) noexcept override {
    const ScanMark mark = read_one_scan(signals);
    int all_errno = mark.sys_errno;
    // No update, no energy known: not zero joules.
    if (all_errno == 0 && scan_.stale(mark, clock_.monotonic_ns(), longest_still_ns_))
      all_errno = ETIMEDOUT;
    for (const std::size_t at : signals) hand_over(at, mark, all_errno, sink);
  }

 private:
  /// Fills passes_; the mark that holds for all of them, or EAGAIN where the values may be
  /// of several scans or of before and after a restart.
  ScanMark read_one_scan(std::span<const std::size_t> signals) noexcept {
    ScanMark after;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      const ScanMark before = scan_.mark(clock_.monotonic_ns());
      for (const std::size_t at : signals) read_value(at);
      after = scan_.mark(clock_.monotonic_ns());
      if (before == after || after.sys_errno != 0) return after;
    }
    after.sys_errno = EAGAIN;
    return after;
  }

  void read_value(std::size_t at) noexcept {
    auto& [reading, sys_errno] = passes_[at];
    CounterFile::Text buffer;
    reading.t_lo_ns = clock_.monotonic_ns();
    const CounterFile::TextRead read = files_[at].read_text(reading.t_lo_ns, buffer);
    reading.t_hi_ns = clock_.monotonic_ns();
    const auto joules = parse_joules(read.text);
    reading.raw = joules.value_or(0);
    sys_errno = read.sys_errno;
    if (sys_errno == 0 && !joules) sys_errno = EBADMSG;
  }

  void hand_over(std::size_t at, const ScanMark& mark, int all_errno, Sink& sink) noexcept {
    Pass& pass = passes_[at];
    const int failed = all_errno != 0 ? all_errno : pass.sys_errno;
    if (failed != 0) {
      sink.failure(at, failed);
      return;
    }
    const auto raw = guards_[at].raw_of(pass.reading.raw, mark.startup);
    if (!raw) {
      sink.failure(at, ESTALE);
      return;
    }
    pass.reading.raw = *raw;
    sink.reading(at, pass.reading);
  }

  const base::Clock& clock_;
  ScanFiles scan_;
  std::int64_t longest_still_ns_;
  std::vector<Signal> signals_;
  std::vector<std::size_t> readable_;
  std::vector<CounterFile> files_;  // these three parallel to signals_
  std::vector<RestartGuard> guards_;
  std::vector<Pass> passes_;
};

/// What `file` measures; kOther: it is none of the energy counters.
Domain domain_of(std::string_view file) {
  if (file == "energy") return Domain::kNode;
  if (file == "cpu_energy") return Domain::kPackage;
  if (file == "memory_energy") return Domain::kDram;
  constexpr std::string_view kStem = "accel";
  constexpr std::string_view kEnding = "_energy";
  if (!file.starts_with(kStem) || !file.ends_with(kEnding)) return Domain::kOther;
  file.remove_prefix(kStem.size());
  file.remove_suffix(kEnding.size());
  const bool digits =
      std::all_of(file.begin(), file.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return digits ? Domain::kGpu : Domain::kOther;
}

/// Names of the energy counters, the node's first. accel_energy is the sum of accelN_energy;
/// alone it is there without accelerators, too, and then says 0.
std::vector<std::string> counters_in(const fs::path& dir, std::error_code& failed) {
  std::vector<std::string> names;
  for (fs::directory_iterator at(dir, failed), end; !failed && at != end; at.increment(failed))
    if (std::string name = at->path().filename().string(); domain_of(name) != Domain::kOther)
      names.push_back(std::move(name));
  const auto rank = [](const std::string& name) {
    return std::tuple(domain_of(name) != Domain::kNode, domain_of(name), name.size(), name);
  };
  std::sort(names.begin(), names.end(),
            [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
  const bool each = std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return domain_of(name) == Domain::kGpu && name != "accel_energy";
  });
  std::erase_if(names, [&](const std::string& name) {
    if (name != "accel_energy") return false;
    const auto text = base::read_file(dir / name);
    return each || (text && parse_joules(*text) == std::uint64_t{0});
  });
  return names;
}

Signal describe(const std::string& file, bool node_is_there, std::int64_t period_ns) {
  Signal signal;
  signal.id = std::string(kName) + ":" + file;
  signal.source = kName;
  signal.domain = domain_of(file);
  signal.device = file;
  signal.unit = "J";
  signal.si_per_unit = 1.0;
  signal.update_period_ns = period_ns;
  // "When accelerators are present, includes accel_energy": the same page, energy.
  if (node_is_there && signal.domain != Domain::kNode) signal.contained_in = kNodeId;
  return signal;
}

std::int64_t period_in(const fs::path& dir) {
  const auto text = base::read_file(dir / "raw_scan_hz");
  const std::uint64_t hz = text ? parse_count(*text).value_or(kScanHz) : kScanHz;
  const std::uint64_t used = hz >= 1 && hz <= kHighestScanHz ? hz : kScanHz;
  return static_cast<std::int64_t>(1'000'000'000 / used);
}

}  // namespace

Discovery discover(const Environment& environment, const FileCalls& calls) {
  Discovery discovery;
  const fs::path dir = environment.sysfs_root / "cray/pm_counters";
  std::error_code failed;
  const std::vector<std::string> names = counters_in(dir, failed);
  if (failed) {
    const base::Error error = base::system_error("cannot list", dir.string(), failed.value());
    discovery.absent = error.code == base::Errc::kNotFound
                           ? dir.string() + " is not there: no HPE Cray node"
                           : error.message();
    return discovery;
  }
  if (names.empty()) {
    discovery.absent = dir.string() + " has no energy counter";
    return discovery;
  }
  std::string missing;
  ScanFiles scan(dir, calls, missing);
  if (!missing.empty())
    discovery.notes.push_back(missing + ": restarts or standstill of the counters may not be seen");
  const std::int64_t period_ns = period_in(dir);
  auto source = std::make_unique<CraySource>(*environment.clock, std::move(scan), period_ns);
  for (const std::string& name : names) {
    Signal signal = describe(name, names.front() == "energy", period_ns);
    CounterFile file({(dir / name).string(), {}, {}}, calls);
    const base::Status opened = file.open();
    signal.readable = opened.ok();
    if (!opened) refuse(signal, opened.error());
    source->add(std::move(signal), std::move(file));
  }
  discovery.source = std::move(source);
  return discovery;
}

constinit const Backend kBackend{
    kName, "energy counters of HPE Cray nodes (pm_counters)", 30, false,
    [](const Environment& environment) { return discover(environment, kSystemFileCalls); }};

}  // namespace joulepath::sensors::cray
