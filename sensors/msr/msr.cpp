#include "sensors/msr/msr.hpp"

#include <cerrno>
#include <cmath>
#include <optional>
#include <utility>

#include "sensors/api/cpu_model.hpp"
#include "sensors/api/cpu_topology.hpp"
#include "sensors/api/polled_source.hpp"
#include "sensors/api/privilege.hpp"
#include "sensors/api/refusal.hpp"
#include "sensors/api/whole_socket.hpp"
#include "sensors/msr/register_file.hpp"
#include "sensors/msr/registers.hpp"

namespace joulepath::sensors::msr {
namespace {

namespace fs = std::filesystem;
using record::Domain;
using record::Signal;

constexpr std::string_view kName = "msr";
/// Bits 31:0 count, the rest is reserved: the documents at the register's number.
constexpr std::uint64_t kModulus = std::uint64_t{1} << 32;
/// Intel SDM volume 3B, "Package RAPL Domain"; AMD's counters are updated as often.
constexpr std::int64_t kUpdatePeriodNs = 1'000'000;

/// The file of a CPU and what was found when it was opened.
struct Cpu {
  CpuPlace place;
  RegisterFile file;
  int open_errno = 0;
};

class MsrSource final : public PolledSource {
 public:
  using PolledSource::PolledSource;

  std::vector<Cpu> cpus;

  void add(Signal signal, std::size_t cpu, std::uint32_t number) {
    add_signal(std::move(signal));
    places_.push_back({cpu, number});
  }

 private:
  struct Place {
    std::size_t cpu = 0;  ///< in cpus
    std::uint32_t number = 0;
  };

  Value read(std::size_t at, std::int64_t now_ns) noexcept override {
    const auto read = cpus[places_[at].cpu].file.read(places_[at].number, now_ns);
    return {read.value % kModulus, read.sys_errno};
  }

  std::vector<Place> places_;  // parallel to the signals
};

/// Finds the registers of one machine and describes them.
class Finder {
 public:
  Finder(const Environment& environment, const FileCalls& calls, Discovery& discovery,
         Registers registers, std::vector<CpuPlace> online)
      : environment_(environment),
        calls_(calls),
        discovery_(discovery),
        registers_(std::move(registers)),
        online_(std::move(online)),
        dies_(one_for_each(Extent::kDie, online_)),
        packages_(one_for_each(Extent::kPackage, online_)),
        source_(std::make_unique<MsrSource>(*environment.clock)) {}

  void find() {
    for (const Register& reg : registers_.energy) {
      if (reg.scope == Scope::kCore) {
        add_cores(reg);
        continue;
      }
      const auto& places = reg.scope == Scope::kDie ? dies_ : packages_;
      for (const CpuPlace& place : places) add(reg, place, device_name(place, places));
    }
    if (registers_.filtering != 0)
      for (const CpuPlace& place : packages_) note_filtering(place);
    refuse_parts_of_sockets(source_->described());
    if (source_->signals().empty())
      discovery_.absent = "none of the energy registers counts here";
    else
      discovery_.source = std::move(source_);
  }

 private:
  /// Of each core the first CPU that is online: its threads share the register.
  void add_cores(const Register& reg) {
    std::vector<CpuPlace> seen;
    for (const CpuPlace& place : online_) {
      bool known = place.core < 0;  // which cores share a register cannot be told
      for (const CpuPlace& other : seen)
        known = known || (other.package == place.package && other.die == place.die &&
                          other.core == place.core);
      if (known) continue;
      seen.push_back(place);
      add(reg, place, core_name(place, dies_));
    }
  }

  static std::string package_name(const CpuPlace& place) { return device_name(place, {}); }

  std::size_t open(const CpuPlace& place) {
    auto& cpus = source_->cpus;
    for (std::size_t at = 0; at < cpus.size(); ++at)
      if (cpus[at].place.cpu == place.cpu) return at;
    const fs::path path = environment_.dev_root / "cpu" / std::to_string(place.cpu) / "msr";
    cpus.push_back({place, RegisterFile(path.string(), calls_), 0});
    cpus.back().open_errno = cpus.back().file.open();
    return cpus.size() - 1;
  }

  RegisterFile::Read read(std::size_t cpu, std::uint32_t number) {
    return source_->cpus[cpu].file.read(number, environment_.clock->monotonic_ns());
  }

  static std::string id_of(const Register& reg, const std::string& device) {
    return std::string(kName) + ":" + reg.name + ":" + device;
  }

  Signal describe(const Register& reg, const CpuPlace& place, const std::string& device) const {
    Signal signal;
    signal.id = id_of(reg, device);
    signal.source = kName;
    signal.domain = reg.domain;
    const bool whole = reg.domain == Domain::kPackage || reg.scope == Scope::kCore;
    signal.device = whole ? device : device + "/" + reg.name;
    signal.socket = reg.domain == Domain::kPlatform ? -1 : place.package;
    signal.modulus = kModulus;
    signal.update_period_ns = kUpdatePeriodNs;
    if (reg.domain == Domain::kCore || reg.domain == Domain::kUncore)
      signal.contained_in = id_of(registers_.energy.front(),
                                  reg.scope == Scope::kCore ? package_name(place) : device);
    return signal;
  }

  void set_unit(Signal& signal, unsigned exponent) {
    signal.si_per_unit = std::ldexp(1.0, -static_cast<int>(exponent));
    signal.unit = exponent == 0 ? "1 J" : "2^-" + std::to_string(exponent) + " J";
  }

  void add(const Register& reg, const CpuPlace& place, const std::string& device) {
    const std::size_t cpu = open(place);
    Signal signal = describe(reg, place, device);
    if (source_->cpus[cpu].open_errno != 0) {
      // Which of the others there are cannot be told; these two are what would count.
      if (reg.domain != Domain::kPackage && reg.domain != Domain::kDram) return;
      refuse_file(signal, cpu);
      source_->add(std::move(signal), cpu, reg.number);
      return;
    }
    // A register that the CPU does not have faults (EIO); one that it does not count in
    // reads 0, as Linux checks in rapl_check_domain(), drivers/powercap/intel_rapl_common.c.
    const auto value = read(cpu, reg.number);
    if (value.sys_errno == EIO) return;
    if (value.sys_errno == 0 && value.value % kModulus == 0) {
      discovery_.notes.push_back(signal.id + " reads 0: not counted by this CPU");
      return;
    }
    const auto unit = read(cpu, registers_.unit);
    const int failed = value.sys_errno != 0 ? value.sys_errno : unit.sys_errno;
    if (failed != 0)
      refuse(signal, (value.sys_errno != 0 ? "its register: " : "the unit register: ") +
                         errno_words(failed));
    else if (!reg.fixed_exponent && energy_exponent(unit.value) == 0)
      refuse(signal, "the unit register gives no energy unit");
    else
      signal.readable = true;
    if (signal.readable) set_unit(signal, reg.fixed_exponent.value_or(energy_exponent(unit.value)));
    source_->add(std::move(signal), cpu, reg.number);
  }

  static void refuse(Signal& signal, std::string reason) {
    signal.readable = false;
    signal.provenance = record::Provenance::kAbsent;
    signal.reason = std::move(reason);
  }

  void refuse_file(Signal& signal, std::size_t cpu) {
    const std::string& path = source_->cpus[cpu].file.path();
    const int failed = source_->cpus[cpu].open_errno;
    refuse(signal, path + ": " + errno_words(failed));
    if (failed != EACCES && failed != EPERM) return;
    signal.reason +=
        "; only root with CAP_SYS_RAWIO may read it, " + describe_held(environment_.proc_root);
    const std::string files = (environment_.dev_root / "cpu/*/msr").string();
    signal.remedy = "chgrp joulepath " + files + " && chmod 0440 " + files + " && " +
                    grant_to_recorder(environment_.proc_root, Capability::kSysRawio);
  }
  static std::string describe_held(const fs::path& proc_root) {
    return sensors::describe(proc_root, Capability::kSysRawio);
  }

  /// Filtering adds noise to what the counters say, against CVE-2020-8694: Intel, "Running
  /// Average Power Limit Energy Reporting" (INTEL-SA-00389): MSR 0xBC, ENERGY_FILTERING_ENABLE.
  void note_filtering(const CpuPlace& place) {
    const std::size_t cpu = open(place);
    const auto control = read(cpu, registers_.filtering);
    std::string state = "unknown (" + errno_words(control.sys_errno) + ")";
    if (control.sys_errno == EIO) state = "unknown (no register 0xBC)";
    if (control.sys_errno == 0) state = (control.value & 1) != 0 ? "on" : "off";
    discovery_.notes.push_back("energy filtering of " + device_name(place, packages_) + ": " +
                               state);
  }

  const Environment& environment_;
  const FileCalls& calls_;
  Discovery& discovery_;
  Registers registers_;
  std::vector<CpuPlace> online_;
  std::vector<CpuPlace> dies_;
  std::vector<CpuPlace> packages_;
  std::unique_ptr<MsrSource> source_;
};

Discovery discover_on_this_system(const Environment& environment) {
  return discover(environment, kSystemFileCalls);
}

}  // namespace

Discovery discover(const Environment& environment, const FileCalls& calls) {
  Discovery discovery;
  const auto absent = [&](std::string why) {
    discovery.absent = std::move(why);
    return std::move(discovery);
  };
  const auto cpu = cpu_model(environment.proc_root);
  if (!cpu) return absent(cpu.error().message());
  auto registers = registers_of(*cpu);
  if (!registers) return absent(registers.error().message());
  auto online = online_cpus(environment.sysfs_root);
  if (!online) return absent(online.error().message());
  for (const CpuPlace& place : *online)
    if (place.package < 0)
      return absent("the package of CPU " + std::to_string(place.cpu) +
                    " is not known: whose energy it counts cannot be told");
  const fs::path first = environment.dev_root / "cpu" / std::to_string(online->front().cpu) / "msr";
  std::error_code failed;
  if (!fs::exists(fs::symlink_status(first, failed)))
    return absent(first.string() + " is not there: the msr module is not loaded (modprobe msr)");
  Finder(environment, calls, discovery, *std::move(registers), *std::move(online)).find();
  return discovery;
}

constinit const Backend kBackend{kName,
                                 "RAPL energy registers of Intel and AMD CPUs, read as they are",
                                 55, false, discover_on_this_system};

}  // namespace joulepath::sensors::msr
