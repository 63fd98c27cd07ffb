#include "sensors/powercap/powercap.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sensors/api/counter_file.hpp"
#include "sensors/api/cpu_model.hpp"
#include "sensors/api/polled_source.hpp"
#include "sensors/api/refusal.hpp"
#include "sensors/powercap/zones.hpp"

namespace joulepath::sensors::powercap {
namespace {

namespace fs = std::filesystem;
using record::Domain;
using record::Signal;

constexpr std::string_view kName = "powercap";

/// The energy status registers are updated about every millisecond: Intel SDM volume 3B,
/// "Package RAPL Domain", MSR_PKG_ENERGY_STATUS.
constexpr std::int64_t kUpdatePeriodNs = 1'000'000;

class PowercapSource final : public PolledSource {
 public:
  using PolledSource::PolledSource;

  void add(Signal signal, CounterFile file) {
    add_signal(std::move(signal));
    files_.push_back(std::move(file));
  }

 private:
  Value read(std::size_t at, std::int64_t now_ns) noexcept override {
    const CounterFile::Read read = files_[at].read(now_ns);
    return {read.value, read.sys_errno};
  }

  std::vector<CounterFile> files_;  // parallel to the signals
};

std::string id_of(const std::string& entry) {
  return std::string(kName) + ":" + entry;
}

const Zone* find(const std::vector<Zone>& zones, const std::string& entry) {
  for (const Zone& zone : zones)
    if (zone.entry == entry) return &zone;
  return nullptr;
}

/// What the zones of a package's dies count: each its own die, or all of them the package.
/// AMD's register is the package's, but Linux 6.9 to 6.11 (before 6.10.12 and 6.11.1) takes core
/// complexes for dies and makes a zone of that register for each of them (Linux commit
/// 26096aed255f, "powercap/intel_rapl: Fix the energy-pkg event for AMD CPUs", 2024).
enum class DieZones : std::uint8_t { kCountTheirDie, kRepeatThePackage };

DieZones die_zones(const Environment& environment) {
  const auto model = cpu_model(environment.proc_root);
  return model && model->vendor == CpuVendor::kAmd ? DieZones::kRepeatThePackage
                                                   : DieZones::kCountTheirDie;
}

/// "package-0-die-1" is all of package-0 where zones repeat it: one device, which counts once.
std::string device_of(const Zone& zone, const ZoneName& parsed, DieZones dies) {
  if (zone.name.empty()) return zone.entry;
  if (dies == DieZones::kRepeatThePackage && parsed.domain == Domain::kPackage)
    return "package-" + std::to_string(parsed.socket);
  return zone.name;
}

/// Sub-zones all have plain names ("dram"); with the package before it, "package-0/dram"
/// tells them apart.
Signal describe(const Zone& zone, const std::vector<Zone>& zones, DieZones dies) {
  Signal signal;
  signal.id = id_of(zone.entry);
  signal.source = kName;
  signal.unit = "uJ";
  signal.si_per_unit = 1e-6;
  signal.update_period_ns = kUpdatePeriodNs;
  ZoneName parsed = parse_name(zone.name);
  signal.device = device_of(zone, parsed, dies);
  if (const Zone* parent = find(zones, zone.parent)) {
    parsed.socket = parse_name(parent->name).socket;
    signal.device = parent->name + "/" + signal.device;
    // Memory lies beside the package, not in it, though sysfs nests it.
    if (parsed.domain != Domain::kDram) signal.contained_in = id_of(zone.parent);
  }
  signal.domain = parsed.domain;
  signal.socket = parsed.socket;
  return signal;
}

/// One command for all zones: each of them, nested or not, is in the class's folder.
void explain_refusal(Signal& signal, const base::Error& error, const fs::path& dir) {
  refuse(signal, error);
  if (error.code != base::Errc::kPermission) return;
  signal.reason += "; energy_uj may only be read by root since Linux 5.10, CVE-2020-8694";
  signal.remedy =
      "cd " + dir.string() + " && chgrp joulepath */energy_uj && chmod 0440 */energy_uj";
}

void note_repeats(const std::vector<Zone>& zones, std::vector<std::string>& notes) {
  const auto repeats = std::count_if(zones.begin(), zones.end(), [](const Zone& zone) {
    return zone.parent.empty() && zone.name.find("-die-") != std::string::npos;
  });
  if (repeats > 0)
    notes.push_back(std::to_string(repeats) +
                    " zones are named as dies, which this kernel takes AMD's core complexes for; "
                    "each counts its whole package: the first of each is used");
}

/// Zones that draw a remark though they are read.
void note_oddities(const Zone& zone, const Signal& signal, std::vector<std::string>& notes) {
  // "enabled" is about the power limit; the counter runs on.
  if (const auto enabled = base::read_file(zone.dir / "enabled");
      enabled && base::trimmed(*enabled) == "0")
    notes.push_back(signal.id + ": power limiting is off (enabled = 0); energy still counts");
  if (signal.modulus == 0)
    notes.push_back(signal.id +
                    ": max_energy_range_uj gives no range; a wrap will show as unknown energy");
  if (signal.domain == Domain::kOther)
    notes.push_back(signal.id + ": zone name '" + zone.name + "' is not known; not counted");
}

Discovery discover(const Environment& environment) {
  Discovery discovery;
  const fs::path dir = environment.sysfs_root / "class/powercap";
  const auto zones = find_zones(dir);
  if (!zones) {
    discovery.absent =
        zones.error().code == base::Errc::kNotFound
            ? dir.string() + " is not there: no RAPL driver (usual in virtual machines)"
            : zones.error().message();
    return discovery;
  }
  if (zones->empty()) {
    discovery.absent = dir.string() + " has no intel-rapl zone: no RAPL driver is loaded";
    return discovery;
  }
  auto source = std::make_unique<PowercapSource>(*environment.clock);
  const DieZones dies = die_zones(environment);
  if (dies == DieZones::kRepeatThePackage) note_repeats(*zones, discovery.notes);
  for (const Zone& zone : *zones) {
    Signal signal = describe(zone, *zones, dies);
    if (const auto range = base::read_file(zone.dir / "max_energy_range_uj"))
      signal.modulus = modulus_of(base::parse_u64(*range).value_or(0));
    CounterFile file({(zone.dir / "energy_uj").string(), (zone.dir / "name").string(), zone.name});
    const base::Status opened = file.open();
    signal.readable = opened.ok();
    if (!opened) explain_refusal(signal, opened.error(), dir);
    if (signal.readable) note_oddities(zone, signal, discovery.notes);
    source->add(std::move(signal), std::move(file));
  }
  discovery.source = std::move(source);
  return discovery;
}

}  // namespace

constinit const Backend kBackend{
    kName, "RAPL energy counters of Intel and AMD CPUs, by the kernel's powercap", 50, false,
    discover};

}  // namespace joulepath::sensors::powercap
