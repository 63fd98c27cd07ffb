#include "sensors/perf/perf.hpp"

#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/file.hpp"
#include "sensors/api/cpu_model.hpp"
#include "sensors/api/cpu_topology.hpp"
#include "sensors/api/polled_source.hpp"
#include "sensors/api/privilege.hpp"
#include "sensors/api/refusal.hpp"
#include "sensors/api/whole_socket.hpp"
#include "sensors/perf/event_counter.hpp"
#include "sensors/perf/pmu.hpp"

namespace joulepath::sensors::perf {
namespace {

namespace fs = std::filesystem;
using record::Domain;
using record::Signal;

constexpr std::string_view kName = "perf";

/// The registers behind it are updated about every millisecond: Intel SDM volume 3B,
/// "Package RAPL Domain", MSR_PKG_ENERGY_STATUS.
constexpr std::int64_t kUpdatePeriodNs = 1'000'000;

/// The kernel takes the difference of two readings of the 32-bit register as a signed
/// number (rapl_event_update(), Linux arch/x86/events/rapl.c), and by itself reads it only
/// often enough for 200 W (its timer, set up in init_rapl_pmus()). Half the range in 10 s is
/// 3.2 kW with the finest unit there is, 2^-16 J.
constexpr std::int64_t kLongestGapNs = 10'000'000'000;

class PerfSource final : public PolledSource {
 public:
  using PolledSource::PolledSource;

  void add(Signal signal, EventCounter counter) {
    add_signal(std::move(signal));
    counters_.push_back(std::move(counter));
  }

 private:
  Value read(std::size_t at, std::int64_t now_ns) noexcept override {
    const EventCounter::Read read = counters_[at].read(now_ns);
    return {read.value, read.sys_errno};
  }

  std::vector<EventCounter> counters_;  // parallel to the signals
};

std::string id_of(const Event& event, const std::string& device) {
  return std::string(kName) + ":" + event.name + ":" + device;
}

Signal describe(const Event& event, const CpuPlace& place, const std::string& device,
                const Pmu& pmu) {
  Signal signal;
  signal.id = id_of(event, device);
  signal.source = kName;
  signal.domain = event.domain;
  signal.device = event.domain == Domain::kPackage ? device : device + "/" + event.name;
  signal.socket = event.domain == Domain::kPlatform ? -1 : place.package;
  signal.unit = event.unit;
  signal.si_per_unit = event.joules_per_count;
  signal.update_period_ns = kUpdatePeriodNs;
  signal.longest_gap_ns = kLongestGapNs;
  if (event.domain == Domain::kCore || event.domain == Domain::kUncore)
    for (const Event& other : pmu.events)
      if (other.domain == Domain::kPackage) signal.contained_in = id_of(other, device);
  return signal;
}

/// From level 3 on, which Debian and Ubuntu add, the kernel asks for CAP_SYS_ADMIN, with which
/// a program may do about anything: CAP_PERFMON is enough from level 2 on, the kernel's own
/// default, at which these events stay closed to everybody without it.
std::string remedy_for(const Environment& environment, std::optional<std::uint64_t> paranoid) {
  constexpr std::uint64_t kHighest = 2;
  const bool above = paranoid && *paranoid > kHighest;
  const std::string lower = above ? "sysctl kernel.perf_event_paranoid=2" : "";
  const fs::path& proc = environment.proc_root;
  if (above && held(proc, Capability::kPerfmon) == Held::kYes) return lower;
  return (above ? lower + " && " : lower) + grant_to_recorder(proc, Capability::kPerfmon);
}

void explain_refusal(Signal& signal, const Environment& environment, const Event& event, int cpu,
                     int sys_errno) {
  signal.readable = false;
  signal.provenance = record::Provenance::kAbsent;
  signal.reason = "perf_event_open of power/" + event.name + "/ on CPU " + std::to_string(cpu) +
                  ": " + errno_words(sys_errno);
  if (sys_errno != EACCES && sys_errno != EPERM) return;
  const auto level = base::read_file(environment.proc_root / "sys/kernel/perf_event_paranoid");
  signal.reason += "; perf_event_paranoid is " +
                   (level ? std::string(base::trimmed(*level)) : std::string("not known")) + ", " +
                   describe(environment.proc_root, Capability::kPerfmon);
  // A level below 0 is no such number, and none that anything needs to be done about.
  signal.remedy = remedy_for(environment, level ? base::parse_u64(*level) : std::nullopt);
}

/// Where the events of each domain are opened. AMD counts by package, but Linux 6.9 to 6.11
/// opens its event on each core complex, and every one of them counts the whole package
/// (Linux commit "perf/x86/rapl: Fix the energy-pkg event for AMD CPUs", 2024).
struct Places {
  std::vector<CpuPlace> by_die;
  std::vector<CpuPlace> by_package;
  std::string note;  ///< why some CPUs of the mask are left out; empty: none is
};
Places choose_places(const Environment& environment, const Pmu& pmu) {
  std::vector<CpuPlace> all;
  for (const int cpu : pmu.cpus) all.push_back(place_of_cpu(environment.sysfs_root, cpu));
  const auto model = cpu_model(environment.proc_root);
  const bool amd = model && model->vendor == CpuVendor::kAmd;
  Places places;
  places.by_package = one_for_each(Extent::kPackage, all);
  places.by_die = amd ? places.by_package : one_for_each(Extent::kDie, all);
  if (places.by_die.size() != all.size())
    places.note = "the PMU names " + std::to_string(all.size()) + " CPUs for " +
                  std::to_string(places.by_die.size()) + (amd ? " packages" : " packages or dies") +
                  "; the first of each is used";
  return places;
}

void add_event(PerfSource& source, const Event& event, const Places& places, const Pmu& pmu,
               const Environment& environment, const PerfCalls& calls) {
  // The platform's register is the package's, not the die's.
  const auto& where = event.domain == Domain::kPlatform ? places.by_package : places.by_die;
  for (const CpuPlace& place : where) {
    Signal signal = describe(event, place, device_name(place, where), pmu);
    EventCounter counter({pmu.type, event.config, place.cpu}, calls);
    const int failed = counter.open();
    signal.readable = failed == 0;
    if (failed != 0) explain_refusal(signal, environment, event, place.cpu, failed);
    source.add(std::move(signal), std::move(counter));
  }
}

/// Counters of single cores, which AMD's CPUs have and Linux 6.15 shows. One that is refused is
/// left out: what is counted are the packages.
void add_cores(PerfSource& source, const Pmu& packages, const Environment& environment,
               const PerfCalls& calls, std::vector<std::string>& notes) {
  const auto pmu = read_pmu(environment.sysfs_root / "bus/event_source/devices/power_core");
  if (!pmu) {
    if (pmu.error().code != base::Errc::kNotFound) notes.push_back(pmu.error().message());
    return;
  }
  notes.insert(notes.end(), pmu->notes.begin(), pmu->notes.end());
  std::vector<CpuPlace> places;
  for (const int cpu : pmu->cpus) places.push_back(place_of_cpu(environment.sysfs_root, cpu));
  int failed = 0;
  for (const Event& event : pmu->events) {
    for (const CpuPlace& place : places) {
      if (event.domain != Domain::kCore || place.package < 0 || place.core < 0) continue;
      EventCounter counter({pmu->type, event.config, place.cpu}, calls);
      if (const int refused = counter.open(); refused != 0) {
        failed = refused;
        continue;
      }
      Signal signal = describe(event, place, device_name(place, {}), packages);
      signal.device = core_name(place, places);
      signal.id = id_of(event, signal.device);
      signal.readable = true;
      source.add(std::move(signal), std::move(counter));
    }
  }
  if (failed != 0) notes.push_back("power_core: some cores are left out: " + errno_words(failed));
}

Discovery discover_on_this_system(const Environment& environment) {
  return discover(environment, kSystemPerfCalls);
}

}  // namespace

Discovery discover(const Environment& environment, const PerfCalls& calls) {
  Discovery discovery;
  const fs::path folder = environment.sysfs_root / "bus/event_source/devices/power";
  auto pmu = read_pmu(folder);
  if (!pmu) {
    discovery.absent = pmu.error().code == base::Errc::kNotFound
                           ? folder.string() + " is not there: the kernel has no power PMU here"
                           : pmu.error().message();
    return discovery;
  }
  discovery.notes = std::move(pmu->notes);
  const Places places = choose_places(environment, *pmu);
  for (const CpuPlace& place : places.by_die)
    if (place.package < 0) {
      discovery.absent = "the package of CPU " + std::to_string(place.cpu) +
                         " is not known: whose energy it counts cannot be told";
      return discovery;
    }
  if (!places.note.empty()) discovery.notes.push_back(places.note);
  auto source = std::make_unique<PerfSource>(*environment.clock);
  for (const Event& event : pmu->events)
    add_event(*source, event, places, *pmu, environment, calls);
  if (source->signals().empty()) {
    discovery.absent = folder.string() + " has no energy event";
    return discovery;
  }
  add_cores(*source, *pmu, environment, calls, discovery.notes);
  refuse_parts_of_sockets(source->described());
  discovery.source = std::move(source);
  return discovery;
}

constinit const Backend kBackend{
    kName, "RAPL energy counters of Intel and AMD CPUs, by the kernel's power PMU", 60, false,
    discover_on_this_system};

}  // namespace joulepath::sensors::perf
