// The hwmon backend on machines as files: what it finds on each kind, and what it takes a
// channel to measure.
#include "sensors/hwmon/hwmon.hpp"

#include <gtest/gtest.h>

#include <array>

#include "core/record/counter.hpp"
#include "tests/unit/sensors/failing_calls.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

using record::Domain;
using record::Kind;
using record::Provenance;
using record::Signal;

Discovery discover(const Environment& environment) {
  Discovery found = hwmon::kBackend.discover(environment);
  EXPECT_NE(found.source, nullptr) << found.absent;
  if (found.source == nullptr) std::abort();
  return found;
}

std::vector<Domain> domains_of(const Discovery& found) {
  std::vector<Domain> domains;
  for (const auto& signal : found.source->signals()) domains.push_back(signal.domain);
  return domains;
}

/// A chip without a device, in the class's folder itself.
std::string chip(const Tree& tree, int number, const std::string& name) {
  const std::string dir = "sys/class/hwmon/hwmon" + std::to_string(number) + "/";
  tree.write(dir + "name", name + "\n");
  return dir;
}

/// Index of the signal `id` in its source.
std::size_t index_of(const Source& source, std::string_view id) {
  const auto signals = source.signals();
  for (std::size_t at = 0; at < signals.size(); ++at)
    if (signals[at].id == id) return at;
  ADD_FAILURE() << "no signal " << id;
  return 0;
}

TEST(Hwmon, GraceMetersAreKnownByTheirOemInfo) {
  const FakeClock clock;
  const Discovery found = discover(node("grace-1s", clock));
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 3u) << "a chip with temperatures only is left out";
  const Signal grace = signal_of(signals, "hwmon:power_meter-ACPI000D:00:power1");
  EXPECT_EQ(grace.domain, Domain::kPackage);
  EXPECT_EQ(grace.socket, 0);
  EXPECT_EQ(grace.device, "Grace Power Socket 0");
  EXPECT_EQ(grace.kind, Kind::kPowerAveraged);
  EXPECT_EQ(grace.provenance, Provenance::kDeviceAveraged);
  EXPECT_EQ(grace.averaging_ns, 50 * kMs);
  EXPECT_EQ(grace.unit, "uW");
  EXPECT_DOUBLE_EQ(grace.si_per_unit, 1e-6);
  EXPECT_EQ(grace.source, "hwmon");
  EXPECT_TRUE(grace.readable);
  EXPECT_EQ(grace.contained_in, "") << "there is no module";
  const Signal cpu = signal_of(signals, "hwmon:power_meter-ACPI000D:01:power1");
  EXPECT_EQ(cpu.domain, Domain::kCore);
  EXPECT_EQ(cpu.contained_in, grace.id);
  const Signal sysio = signal_of(signals, "hwmon:power_meter-ACPI000D:02:power1");
  EXPECT_EQ(sysio.domain, Domain::kUncore);
  EXPECT_EQ(sysio.contained_in, grace.id);
}

TEST(Hwmon, AModuleContainsGraceWhichContainsItsRails) {
  const FakeClock clock;
  const Discovery found = discover(node("gh200", clock));
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 4u);
  const Signal module = signal_of(signals, "hwmon:power_meter-ACPI000D:00:power1");
  EXPECT_EQ(module.domain, Domain::kModule);
  EXPECT_EQ(module.averaging_ns, kSecond);
  EXPECT_EQ(module.contained_in, "");
  const Signal grace = signal_of(signals, "hwmon:power_meter-ACPI000D:01:power1");
  EXPECT_EQ(grace.contained_in, module.id);
  EXPECT_EQ(signal_of(signals, "hwmon:power_meter-ACPI000D:02:power1").contained_in, grace.id);
  EXPECT_EQ(signal_of(signals, "hwmon:power_meter-ACPI000D:03:power1").contained_in, grace.id);
}

TEST(Hwmon, GracePartsOfAnotherSocketAreNotContained) {
  const FakeClock clock;
  const Tree tree;
  for (int socket = 0; socket < 2; ++socket) {
    const std::string dir = chip(tree, socket, "power_meter");
    tree.write(dir + "power1_average", "1\n");
    tree.write(dir + "power1_oem_info",
               socket == 0 ? "Module Power Socket 0\n" : "Grace Power Socket 1\n");
  }
  const Discovery found = discover(tree.environment(clock));
  EXPECT_EQ(signal_of(found.source->signals(), "hwmon:power_meter-hwmon1:power1").contained_in, "");
}

TEST(Hwmon, AnAcpiMeterIsTheNodesUnlessABatteryIsBehindIt) {
  const FakeClock clock;
  const Signal meter = signal_of(discover(node("acpi-meter", clock)).source->signals(),
                                 "hwmon:power_meter-ACPI000D:00:power1");
  EXPECT_EQ(meter.domain, Domain::kNode);
  EXPECT_EQ(meter.socket, -1);
  EXPECT_EQ(meter.device, "ACPI000D:00");
  EXPECT_EQ(meter.kind, Kind::kPowerAveraged);
  EXPECT_EQ(meter.averaging_ns, kSecond);

  const Tree tree;
  const std::string dir = chip(tree, 0, "power_meter");
  tree.write(dir + "power1_average", "1\n");
  tree.write(dir + "power1_is_battery", "1\n");
  tree.write(dir + "power1_average_interval", "garbage\n");
  const Discovery found = discover(tree.environment(clock));
  const Signal battery = found.source->signals()[0];
  EXPECT_EQ(battery.domain, Domain::kOther);
  EXPECT_EQ(battery.averaging_ns, 0) << "not known";
  EXPECT_EQ(battery.kind, Kind::kPowerAveraged);
}

TEST(Hwmon, AmdEnergyCountsNumaNodesAsSockets) {
  const FakeClock clock;
  const Discovery found = discover(node("amd-energy", clock));
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 8u);
  const std::string stem = "hwmon:amd_energy-amd_energy.0:energy";
  const Signal socket = signal_of(signals, stem + "5");
  EXPECT_EQ(socket.domain, Domain::kPackage);
  EXPECT_EQ(socket.kind, Kind::kEnergy);
  EXPECT_EQ(socket.unit, "uJ");
  EXPECT_DOUBLE_EQ(socket.si_per_unit, 1e-6);
  EXPECT_EQ(socket.modulus, 0u);
  EXPECT_EQ(socket.provenance, Provenance::kMeasured);
  EXPECT_EQ(socket.update_period_ns, kMs);
  EXPECT_EQ(socket.device, "package-0");
  EXPECT_EQ(signal_of(signals, stem + "6").device, "package-0") << "the same, by its second node";
  EXPECT_EQ(signal_of(signals, stem + "6").socket, 0);
  EXPECT_EQ(signal_of(signals, stem + "7").socket, 1);
  const Signal core = signal_of(signals, stem + "4");
  EXPECT_EQ(core.domain, Domain::kCore);
  EXPECT_EQ(core.socket, 1);
  EXPECT_EQ(core.contained_in, stem + "7");
}

TEST(Hwmon, AmdEnergyWithoutTopologyDoesNotGuessTheSocket) {
  const FakeClock clock;
  const Tree tree;
  const std::string dir = chip(tree, 0, "amd_energy");
  tree.write(dir + "energy1_input", "1\n");
  tree.write(dir + "energy1_label", "Esocket1\n");
  const Discovery found = discover(tree.environment(clock));
  EXPECT_EQ(found.source->signals()[0].domain, Domain::kOther);
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_NE(found.notes[0].find("1 channel(s)"), std::string::npos) << found.notes[0];
}

TEST(Hwmon, AmdgpuCardsAreKnownByTheirPciAddress) {
  const FakeClock clock;
  const Discovery found = discover(node("amdgpu-2", clock));
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 2u);
  EXPECT_EQ(signals[0].id, "hwmon:amdgpu-0000:43:00.0:power1");
  EXPECT_EQ(signals[0].domain, Domain::kGpu);
  EXPECT_EQ(signals[0].pci, "0000:43:00.0");
  EXPECT_EQ(signals[0].kind, Kind::kPowerAveraged);
  EXPECT_EQ(signals[0].averaging_ns, 0) << "the driver does not say";
  EXPECT_EQ(signals[1].pci, "0000:c3:00.0");
  EXPECT_EQ(signals[1].kind, Kind::kPower);
  EXPECT_EQ(signals[1].provenance, Provenance::kMeasured);
}

TEST(Hwmon, AnApusFigureIncludesTheCpuAndIsNoGpus) {
  const FakeClock clock;
  const Tree tree;
  const std::string apu = chip(tree, 0, "amdgpu");
  tree.write(apu + "power1_average", "1\n");  // and no power1_cap
  const std::string van_gogh = chip(tree, 1, "amdgpu");
  tree.write(van_gogh + "power1_average", "1\n");
  tree.write(van_gogh + "power1_cap", "1\n");
  tree.write(van_gogh + "power1_label", "slowPPT\n");
  const std::string mi300a = chip(tree, 2, "amdgpu");
  tree.write(mi300a + "power1_input", "1\n");
  tree.write(mi300a + "power1_cap", "1\n");
  tree.write(mi300a + "device/device", "0x74a0\n");
  EXPECT_EQ(domains_of(discover(tree.environment(clock))),
            (std::vector{Domain::kOther, Domain::kOther, Domain::kModule}));
}

// The table's size in 16 bits, then its format: 1 of cards, 2 and 3 of APUs.
TEST(Hwmon, WithoutALimitTheMetricsTellACardFromAnApu) {
  using namespace std::string_view_literals;
  const FakeClock clock;
  const Tree tree;
  const std::array tables{"\x78\0\1\3"sv, "\x78\0\2\1"sv, "\x08\1\3\0"sv, "\x78\0\1"sv};
  int entry = 0;
  for (const std::string_view table : tables) {
    const std::string dir = chip(tree, entry++, "amdgpu");
    tree.write(dir + "power1_average", "1\n");
    tree.write(dir + "device/gpu_metrics", table);
  }
  // The last one is cut off: it tells nothing.
  EXPECT_EQ(domains_of(discover(tree.environment(clock))),
            (std::vector{Domain::kGpu, Domain::kOther, Domain::kOther, Domain::kOther}));
}

TEST(Hwmon, OfAveragedAndInstantaneousPowerTheAveragedOneIsTaken) {
  const FakeClock clock;
  const Tree tree;
  const std::string dir = chip(tree, 0, "amdgpu");
  tree.write(dir + "power1_average", "5\n");
  tree.write(dir + "power1_input", "6\n");
  tree.write(dir + "power2_input", "7\n");
  const Discovery found = discover(tree.environment(clock));
  ASSERT_EQ(found.source->signals().size(), 2u);
  FakeSink sink;
  found.source->sample(sink);
  EXPECT_EQ(sink.readings[0][0].raw, 7u);
  EXPECT_EQ(sink.readings[1][0].raw, 5u);
}

TEST(Hwmon, AnAverageThatTheDriverDoesNotSupportIsNotTaken) {
  const FakeClock clock;
  const Tree tree;
  const std::string dir = chip(tree, 0, "amdgpu");
  tree.write(dir + "power1_average", "5\n");
  tree.write(dir + "power1_input", "6\n");
  for (const auto& [error, kind] : {std::pair{EOPNOTSUPP, Kind::kPower},
                                    {EINVAL, Kind::kPower},
                                    {EBUSY, Kind::kPowerAveraged}}) {
    failing = {};
    failing.read_errno["power1_average"] = error;
    const Discovery found = hwmon::discover(tree.environment(clock), kFailingCalls);
    ASSERT_EQ(found.source->signals().size(), 1u);
    EXPECT_EQ(found.source->signals()[0].kind, kind) << error;
  }
}

TEST(Hwmon, OfIbmsEnergyManagerOnlyTheEnergyIsRead) {
  const FakeClock clock;
  for (const char* name : {"aem1", "aem2"}) {
    const Tree tree;
    const std::string dir = chip(tree, 0, name);
    tree.write(dir + "energy1_input", "5000\n");
    tree.write(dir + "power1_average", "6\n");
    tree.write(dir + "power3_average", "7\n");
    const Discovery found = discover(tree.environment(clock));
    ASSERT_EQ(found.source->signals().size(), 1u) << name;
    EXPECT_EQ(found.source->signals()[0].kind, Kind::kEnergy);
    EXPECT_EQ(found.source->signals()[0].si_per_unit, 1e-6);
  }
}

TEST(Hwmon, IntelCardsContainTheirPackageAndTiles) {
  const FakeClock clock;
  const Discovery found = discover(node("laptop-hybrid", clock));
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 5u);
  const Signal card = signal_of(signals, "hwmon:xe-0000:03:00.0:energy1");
  EXPECT_EQ(card.domain, Domain::kGpu);
  EXPECT_EQ(card.kind, Kind::kEnergy);
  EXPECT_EQ(card.pci, "0000:03:00.0");
  EXPECT_EQ(card.contained_in, "");
  EXPECT_EQ(card.longest_gap_ns, 100 * kSecond);
  const Signal package = signal_of(signals, "hwmon:xe-0000:03:00.0:energy2");
  EXPECT_EQ(package.domain, Domain::kGpu);
  EXPECT_EQ(package.contained_in, card.id);
  const Signal tile = signal_of(signals, "hwmon:i915_gt0-0000:04:00.0:energy1");
  EXPECT_EQ(tile.contained_in, "hwmon:i915-0000:04:00.0:energy1");
  const Signal battery = signal_of(signals, "hwmon:BAT0-BAT0:power1");
  EXPECT_EQ(battery.domain, Domain::kOther);
  EXPECT_EQ(battery.pci, "");
}

TEST(Hwmon, JetsonRailsAreVoltageTimesCurrent) {
  const FakeClock clock;
  const Discovery found = discover(node("jetson-orin", clock));
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 5u) << "three rails, two, none for NC or the shunts";
  const Signal input = signal_of(signals, "hwmon:ina3221-1-0040:in1");
  EXPECT_EQ(input.domain, Domain::kModule);
  EXPECT_EQ(input.device, "VDD_IN");
  EXPECT_EQ(input.unit, "uW");
  EXPECT_EQ(input.kind, Kind::kPowerAveraged) << "of 64 samples";
  EXPECT_EQ(input.averaging_ns, 35 * kMs);
  EXPECT_EQ(input.update_period_ns, 35 * kMs);
  const Signal rail = signal_of(signals, "hwmon:ina3221-1-0040:in2");
  EXPECT_EQ(rail.domain, Domain::kOther);
  EXPECT_EQ(rail.device, "VDD_CPU_GPU_CV");
  EXPECT_EQ(rail.contained_in, input.id);
  const Signal other_chip = signal_of(signals, "hwmon:ina3221-1-0041:in2");
  EXPECT_EQ(other_chip.contained_in, "");
  EXPECT_EQ(other_chip.kind, Kind::kPower);
  const Signal off = signal_of(signals, "hwmon:ina3221-1-0041:in3");
  EXPECT_FALSE(off.readable);
  EXPECT_EQ(off.provenance, Provenance::kAbsent);
  EXPECT_NE(off.reason.find("in3_enable is 0"), std::string::npos) << off.reason;
  EXPECT_NE(off.remedy.find("echo 1 > "), std::string::npos) << off.remedy;

  const std::int64_t before = clock.now_ns;
  FakeSink sink;
  found.source->sample(sink);
  EXPECT_EQ(sink.readings.size(), 4u);
  const record::Reading reading = sink.readings[index_of(*found.source, input.id)][0];
  EXPECT_EQ(reading.raw, 5048u * 1440u);
  EXPECT_GT(reading.t_lo_ns, before);
  EXPECT_GT(reading.t_hi_ns, reading.t_lo_ns);
}

TEST(Hwmon, WhatIsNotKnownIsReadButCoversNothing) {
  const FakeClock clock;
  const Tree tree;
  const std::string dir = chip(tree, 12, "mystery");
  tree.write(dir + "power3_input", "5\n");
  tree.write(dir + "energy1_input", "9\n");
  tree.write(dir + "energy1_label", "Total\n");
  for (const char* odd : {"power_input", "power1x_input", "power1_cap", "energy_input",
                          "energy99999999999999999999_input", "in1_input", "curr1_input"})
    tree.write(dir + odd, "1\n");
  const Discovery found = discover(tree.environment(clock));
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 2u);
  EXPECT_EQ(signals[0].id, "hwmon:mystery-hwmon12:energy1");
  EXPECT_EQ(signals[0].device, "mystery Total");
  EXPECT_EQ(signals[0].domain, Domain::kOther);
  EXPECT_EQ(signals[1].id, "hwmon:mystery-hwmon12:power3");
  EXPECT_EQ(signals[1].domain, Domain::kOther);
}

TEST(Hwmon, TwoChipsOfOneNameAndDeviceKeepTheirIdsApart) {
  const FakeClock clock;
  const Tree tree;
  tree.write("sys/devices/x/name", "unused\n");
  for (const int number : {1, 2}) {
    const std::string dir = chip(tree, number, "twin");
    tree.write(dir + "power1_input", "5\n");
    tree.link(dir + "device", "../../../devices/x");
  }
  const Discovery found = discover(tree.environment(clock));
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 2u);
  EXPECT_EQ(signals[0].id, "hwmon:twin-x:power1");
  EXPECT_EQ(signals[1].id, "hwmon:twin-x:power1@hwmon2");
}

TEST(Hwmon, SaysWhyNothingIsHere) {
  const FakeClock clock;
  const Discovery none = hwmon::kBackend.discover(node("server-2s", clock));
  EXPECT_EQ(none.source, nullptr);
  EXPECT_NE(none.absent.find("class/hwmon is not there"), std::string::npos) << none.absent;
  const Tree tree;
  tree.write(chip(tree, 0, "acpitz") + "temp1_input", "40000\n");
  std::filesystem::create_directories(tree.at("sys/class/hwmon/hwmon1"));  // no name
  const Discovery cool = hwmon::kBackend.discover(tree.environment(clock));
  EXPECT_EQ(cool.source, nullptr);
  EXPECT_NE(cool.absent.find("no chip that measures"), std::string::npos) << cool.absent;
}

}  // namespace
}  // namespace joulepath::sensors
