#include "sensors/hwmon/hwmon.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "core/record/counter.hpp"
#include "sensors/api/counter_file.hpp"
#include "sensors/api/polled_source.hpp"
#include "sensors/api/refusal.hpp"
#include "sensors/hwmon/chips.hpp"
#include "sensors/hwmon/coverage.hpp"

namespace joulepath::sensors::hwmon {
namespace {

namespace fs = std::filesystem;
using record::Kind;
using record::Signal;

constexpr std::string_view kName = "hwmon";

/// The files of one signal.
struct Meter {
  CounterFile file;
  std::optional<CounterFile> factor;  ///< current beside voltage: the product is the value
  std::uint64_t highest = 0;          ///< no such power exists; 0: a counter, any value may be
};

class HwmonSource final : public PolledSource {
 public:
  using PolledSource::PolledSource;

  void add(Signal signal, Meter meter) {
    add_signal(std::move(signal));
    meters_.push_back(std::move(meter));
  }

 private:
  Value read(std::size_t at, std::int64_t now_ns) noexcept override {
    Meter& meter = meters_[at];
    CounterFile::Read read = meter.file.read(now_ns);
    if (meter.factor && read.sys_errno == 0) {
      const CounterFile::Read factor = meter.factor->read(now_ns);
      read.sys_errno = factor.sys_errno;
      if (__builtin_mul_overflow(read.value, factor.value, &read.value)) read.sys_errno = ERANGE;
    }
    // What the firmware does not know it reports as all bits set, of 32 or 64 (ACPI 6.5,
    // section 10.4, _PMM), and the driver takes it for milliwatts.
    if (read.sys_errno == 0 && meter.highest != 0 && read.value > meter.highest)
      read.sys_errno = ERANGE;
    return {read.value, read.sys_errno};
  }

  std::vector<Meter> meters_;  // parallel to the signals
};

CounterFile file_of(const Chip& chip, const std::string& attribute, const FileCalls& calls) {
  return CounterFile({(chip.dir / attribute).string(), (chip.dir / "name").string(), chip.name},
                     calls);
}

/// What the averaging of a device is called: powerN_average_interval, in ms (Linux
/// Documentation/ABI/testing/sysfs-class-hwmon); of an INA3221 that takes several samples,
/// the time it takes them in (Documentation/hwmon/ina3221.rst).
void describe_averaging(Signal& signal, const Chip& chip, const Channel& channel) {
  std::string interval = channel.stem() + "_average_interval";
  if (channel.quantity == Quantity::kVoltageCurrent) {
    if (base::parse_u64(text_of(chip, "samples")).value_or(1) <= 1) return;
    interval = "update_interval";
  } else if (channel.quantity != Quantity::kPowerAveraged) {
    return;
  }
  signal.kind = Kind::kPowerAveraged;
  signal.provenance = record::Provenance::kDeviceAveraged;
  constexpr std::uint64_t kLongestMs = 86'400'000;
  const std::uint64_t ms = base::parse_u64(text_of(chip, interval)).value_or(0);
  if (ms <= kLongestMs) signal.averaging_ns = static_cast<std::int64_t>(ms) * 1'000'000;
}

Signal describe(const Chip& chip, const Channel& channel, const Coverage& coverage) {
  Signal signal;
  signal.id = std::string(kName) + ":" + chip.name + "-" + chip.device + ":" + channel.stem();
  signal.source = kName;
  signal.domain = coverage.domain;
  signal.device = coverage.device;
  signal.socket = coverage.socket;
  signal.pci = chip.pci;
  signal.update_period_ns = coverage.update_period_ns;
  signal.longest_gap_ns = coverage.longest_gap_ns;
  const bool energy = channel.quantity == Quantity::kEnergy;
  signal.kind = energy ? Kind::kEnergy : Kind::kPower;
  signal.unit = energy ? "uJ" : "uW";  // of mV times mA, too
  signal.si_per_unit = 1e-6;
  describe_averaging(signal, chip, channel);
  return signal;
}

/// A channel that the chip was told not to convert.
bool switched_off(const Chip& chip, const Channel& channel) {
  return channel.quantity == Quantity::kVoltageCurrent &&
         text_of(chip, channel.stem() + "_enable") == "0";
}

Meter open_meter(const Chip& chip, const Channel& channel, const FileCalls& calls, Signal& signal) {
  Meter meter{file_of(chip, channel.attribute(), calls), {}, 0};
  base::Status opened = meter.file.open();
  if (channel.quantity == Quantity::kVoltageCurrent) {
    meter.factor.emplace(file_of(chip, "curr" + std::to_string(channel.number) + "_input", calls));
    if (opened) opened = meter.factor->open();
  }
  if (signal.kind != Kind::kEnergy) meter.highest = record::limits_of(signal).max_rate;
  signal.readable = opened.ok();
  if (!opened) refuse(signal, opened.error());
  if (opened && switched_off(chip, channel)) {
    const std::string enable = (chip.dir / (channel.stem() + "_enable")).string();
    signal.readable = false;
    signal.provenance = record::Provenance::kAbsent;
    signal.reason = enable + " is 0: the channel is not measured";
    signal.remedy = "echo 1 > " + enable;
  }
  return meter;
}

struct Found {
  Chip chip;
  Channel channel;
};

std::vector<Found> find_all(const std::vector<Chip>& chips, const FileCalls& calls) {
  std::vector<Found> all;
  for (const Chip& chip : chips)
    for (Channel& channel : find_channels(chip, calls)) {
      // Jetson's device trees label a channel that leads nowhere "NC".
      if (channel.quantity == Quantity::kVoltageCurrent && channel.label == "NC") continue;
      all.push_back({chip, std::move(channel)});
    }
  return all;
}

/// Two chips of one device with the same name are told apart by their numbers, which are
/// not the same after each boot.
void make_unique(std::vector<Signal>& signals, const std::vector<Found>& found) {
  for (std::size_t at = 0; at < signals.size(); ++at)
    for (std::size_t before = 0; before < at; ++before)
      if (signals[before].id == signals[at].id) signals[at].id += "@" + found[at].chip.entry;
}

void note_unknown(std::span<const Signal> signals, std::vector<std::string>& notes) {
  const auto unknown = std::count_if(signals.begin(), signals.end(), [](const Signal& signal) {
    return signal.readable && signal.domain == record::Domain::kOther &&
           signal.contained_in.empty();
  });
  if (unknown > 0)
    notes.push_back(std::to_string(unknown) +
                    " channel(s) of which it is not known what they measure: read, not counted");
}

}  // namespace

Discovery discover(const Environment& environment, const FileCalls& calls) {
  Discovery discovery;
  const fs::path dir = environment.sysfs_root / "class/hwmon";
  const auto chips = find_chips(dir);
  if (!chips) {
    discovery.absent = chips.error().code == base::Errc::kNotFound
                           ? dir.string() + " is not there: no hwmon driver"
                           : chips.error().message();
    return discovery;
  }
  const std::vector<Found> found = find_all(*chips, calls);
  if (found.empty()) {
    discovery.absent = dir.string() + " has no chip that measures power or energy";
    return discovery;
  }
  std::vector<Coverage> coverage;
  for (const auto& [chip, channel] : found)
    coverage.push_back(coverage_of(chip, channel, environment.sysfs_root));
  std::vector<Signal> signals;
  for (std::size_t at = 0; at < found.size(); ++at)
    signals.push_back(describe(found[at].chip, found[at].channel, coverage[at]));
  make_unique(signals, found);
  const std::vector<int> inside = containers(coverage);
  auto source = std::make_unique<HwmonSource>(*environment.clock);
  for (std::size_t at = 0; at < found.size(); ++at)
    if (inside[at] >= 0)
      signals[at].contained_in = signals[static_cast<std::size_t>(inside[at])].id;
  for (std::size_t at = 0; at < found.size(); ++at) {
    Meter meter = open_meter(found[at].chip, found[at].channel, calls, signals[at]);
    source->add(std::move(signals[at]), std::move(meter));
  }
  note_unknown(source->signals(), discovery.notes);
  discovery.source = std::move(source);
  return discovery;
}

constinit const Backend kBackend{
    kName, "power and energy from hwmon drivers: servers, Grace, GPUs, Jetson", 40, false,
    [](const Environment& environment) { return discover(environment, kSystemFileCalls); }};

}  // namespace joulepath::sensors::hwmon
