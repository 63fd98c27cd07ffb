// What reading sensors a thousand times a second costs: a table of the time of a pass and
// of the share of one core that the whole process takes, timer included, for each backend
// with ten counters. The counters are plain files, and then links to an attribute of the
// kernel's sysfs, whose read takes the way of a real counter's except for the device's own
// register. Rounds are interleaved and the lowest share of each row counts: other processes
// only add. Where the CPUs are idle, waking up from that is most of the cost; so with "busy" as
// the last argument a process of the idle class computes on each CPU, as ranks do beside a
// recorder. Prints and exits 0; arguments: seconds a round, rounds, the attribute, "busy".
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/clock.hpp"
#include "sensors/sampler/sampler.hpp"

namespace fs = std::filesystem;
using namespace joulepath;

namespace {

constexpr std::int64_t kPeriodNs = 1'000'000;
constexpr int kCounters = 10;
constexpr double kAimPercent = 2.0;

class Counts final : public sensors::SampleSink {
 public:
  void reading(std::uint16_t, const record::Reading&) noexcept override { ++readings; }
  void failure(std::uint16_t, int) noexcept override { ++failures; }
  std::uint64_t readings = 0;
  std::uint64_t failures = 0;
};

/// The tree of one row.
class Machine {
 public:
  Machine() {
    std::string name = (fs::temp_directory_path() / "joulepath-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    root_ = name;
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() { fs::remove_all(root_); }

  [[nodiscard]] const fs::path& root() const { return root_; }

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text << '\n';
  }
  /// A counter, with `text` in it or as a link to `attribute`.
  void counter(const std::string& path, const fs::path& attribute, const std::string& text) const {
    if (attribute.empty()) return write(path, text);
    fs::create_directories((root_ / path).parent_path());
    fs::create_symlink(attribute, root_ / path);
  }

 private:
  fs::path root_;
};

void make_powercap(const Machine& machine, const fs::path& attribute) {
  for (int at = 0; at < kCounters; ++at) {
    const std::string dir = "class/powercap/intel-rapl:" + std::to_string(at) + "/";
    machine.write(dir + "name", "package-" + std::to_string(at));
    machine.write(dir + "max_energy_range_uj", "262143328850");
    machine.counter(dir + "energy_uj", attribute, "123456789012");
  }
}

void make_hwmon(const Machine& machine, const fs::path& attribute) {
  machine.write("class/hwmon/hwmon0/name", "bench");
  for (int at = 1; at <= kCounters; ++at)
    machine.counter("class/hwmon/hwmon0/energy" + std::to_string(at) + "_input", attribute,
                    "123456789012");
}

/// Ten counters and, twice a pass, the two files around them.
void make_cray(const Machine& machine, const fs::path&) {
  const std::string dir = "cray/pm_counters/";
  machine.write(dir + "startup", "1732400000000001");
  for (const char* file : {"energy", "cpu_energy", "memory_energy"})
    machine.write(dir + file, "91234567 J 1732478073123456 us");
  for (int at = 3; at < kCounters; ++at)
    machine.write(dir + "accel" + std::to_string(at) + "_energy", "14000000 J 1732478073123456 us");
}

/// A process that computes on each CPU, and gives way at once: of the idle class.
class BusyCpus {
 public:
  BusyCpus() {
    cpu_set_t allowed;
    ::sched_getaffinity(0, sizeof allowed, &allowed);
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &allowed)) continue;
      const pid_t child = ::fork();
      if (child == 0) compute_on(cpu);
      if (child > 0) children_.push_back(child);
    }
  }
  BusyCpus(const BusyCpus&) = delete;
  BusyCpus& operator=(const BusyCpus&) = delete;
  ~BusyCpus() {
    for (const pid_t child : children_) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }

 private:
  [[noreturn]] static void compute_on(std::size_t cpu) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    cpu_set_t own;
    CPU_ZERO(&own);
    CPU_SET(cpu, &own);
    ::sched_setaffinity(0, sizeof own, &own);
    const sched_param priority{};
    ::sched_setscheduler(0, SCHED_IDLE, &priority);
    for (volatile double x = 1.0;;) x = x * 1.0000001;
  }
  std::vector<pid_t> children_;
};

std::int64_t cpu_ns() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec * 1'000'000'000 + used.tv_nsec;
}

void sleep_until(std::int64_t ns) {
  const timespec until{ns / 1'000'000'000, ns % 1'000'000'000};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
  }
}

struct Cost {
  double pass_us = 0.0;  ///< median
  double share_percent = 0.0;
  std::uint64_t late = 0;  ///< passes that the machine did not start in time
  Counts counts;
};

Cost measure(sensors::Sampler* sampler, int seconds) {
  const base::SystemClock clock;
  Cost cost;
  std::vector<std::int64_t> passes;
  passes.reserve(static_cast<std::size_t>(seconds) * 1000);
  const std::int64_t start_ns = clock.monotonic_ns();
  const std::int64_t start_cpu_ns = cpu_ns();
  for (std::int64_t at = start_ns; at < start_ns + seconds * 1'000'000'000LL; at += kPeriodNs) {
    sleep_until(at);
    const std::int64_t before = clock.monotonic_ns();
    if (before > at + kPeriodNs) ++cost.late;
    if (sampler != nullptr) sampler->sample(cost.counts);
    passes.push_back(clock.monotonic_ns() - before);
  }
  const std::int64_t used_ns = cpu_ns() - start_cpu_ns;
  cost.share_percent =
      100.0 * static_cast<double>(used_ns) / static_cast<double>(clock.monotonic_ns() - start_ns);
  std::nth_element(passes.begin(), passes.begin() + static_cast<std::ptrdiff_t>(passes.size() / 2),
                   passes.end());
  cost.pass_us = static_cast<double>(passes[passes.size() / 2]) * 1e-3;
  return cost;
}

/// One row: a machine, and the sampler that is open on it.
struct Case {
  const char* backend;
  const char* files;
  std::unique_ptr<Machine> machine;
  std::optional<sensors::Sampler> sampler;  ///< empty: the timer alone
  Cost lowest;
};

Case make_case(const char* backend, void (*make)(const Machine&, const fs::path&),
               const fs::path& attribute, const base::Clock& clock) {
  Case row{backend,
           attribute.empty() ? "plain" : "sysfs attribute",
           std::make_unique<Machine>(),
           {},
           {}};
  make(*row.machine, attribute);
  sensors::Environment environment;
  environment.sysfs_root = row.machine->root();
  environment.clock = &clock;
  auto sampler = sensors::Sampler::open(environment, backend);
  if (!sampler) {
    std::fprintf(stderr, "%s\n", sampler.error().message().c_str());
    std::exit(1);
  }
  row.sampler = std::move(*sampler);
  return row;
}

void print(const Case& row, double timer_percent) {
  const Cost& cost = row.lowest;
  std::printf("| %-8s | %-15s | %8.2f | %7.2f | %7.2f | %6.2f | %8llu | %8llu | %5llu |\n",
              row.backend, row.files, cost.pass_us, cost.share_percent,
              cost.share_percent - timer_percent, kAimPercent,
              static_cast<unsigned long long>(cost.counts.readings),
              static_cast<unsigned long long>(cost.counts.failures),
              static_cast<unsigned long long>(cost.late));
}

}  // namespace

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::max(std::atoi(argv[1]), 1) : 5;
  const int rounds = argc > 2 ? std::max(std::atoi(argv[2]), 1) : 5;
  const fs::path attribute = argc > 3 ? argv[3] : "/sys/class/net/lo/mtu";
  const base::SystemClock clock;
  std::optional<BusyCpus> busy;
  if (argc > 4 && std::string_view(argv[4]) == "busy") busy.emplace();
  std::vector<Case> rows;
  rows.push_back({"none", "timer alone", nullptr, {}, {}});
  rows.push_back(make_case("powercap", make_powercap, {}, clock));
  rows.push_back(make_case("hwmon", make_hwmon, {}, clock));
  rows.push_back(make_case("cray", make_cray, {}, clock));
  std::error_code failed;
  const bool sysfs = fs::exists(attribute, failed);
  if (sysfs) {
    rows.push_back(make_case("powercap", make_powercap, attribute, clock));
    rows.push_back(make_case("hwmon", make_hwmon, attribute, clock));
  }
  for (int round = 0; round < rounds; ++round)
    for (Case& row : rows) {
      const Cost cost = measure(row.sampler ? &*row.sampler : nullptr, seconds);
      if (round == 0 || cost.share_percent < row.lowest.share_percent) row.lowest = cost;
    }
  std::printf(
      "%d counters, 1000 passes a second, CPUs %s; of %d rounds of %d s that of the lowest "
      "share\n\n",
      kCounters, busy ? "busy" : "idle", rounds, seconds);
  std::printf(
      "| backend  | files           | pass, us |  core %% | - timer |  aim %% | readings |"
      " failures |  late |\n|---|---|---:|---:|---:|---:|---:|---:|---:|\n");
  for (const Case& row : rows) print(row, rows.front().lowest.share_percent);
  if (!sysfs) std::printf("\n%s is not there: no rows for sysfs\n", attribute.c_str());
  return 0;
}
