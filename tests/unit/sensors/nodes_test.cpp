// What counts on whole machines with more than powercap: no joule twice, none of unknown
// scope, also beside what a vendor's library would add. Where several choices are good,
// only what must not count together is asked for.
#include <gtest/gtest.h>

#include "sensors/sampler/backends.hpp"
#include "sensors/sampler/choice.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

using record::Domain;

/// All that the table's backends find on a machine; a test may add and take away.
class Machine {
 public:
  explicit Machine(std::string_view name) {
    for (const Backend& backend : all_backends()) {
      const Discovery found = backend.discover(node(name, clock_));
      if (found.source == nullptr || backend.fallback) continue;
      for (const record::Signal& signal : found.source->signals())
        candidates_.push_back({signal, &backend});
    }
  }

  void add(const Backend& backend, record::Signal signal) {
    signal.source = backend.name;
    signal.readable = true;
    candidates_.push_back({std::move(signal), &backend});
  }
  void refuse(std::string_view source) {
    for (Candidate& candidate : candidates_)
      if (candidate.signal.source == source) candidate.signal.readable = false;
  }
  std::string counted() {
    choose(candidates_);
    std::string ids;
    for (const Candidate& candidate : candidates_)
      if (candidate.signal.counted) ids += candidate.signal.id + " ";
    return ids;
  }
  /// Chooses, and checks that something covers the CPUs and that `outer` does not count
  /// together with any of `inner`, which it includes or repeats.
  Machine& never_with(std::string_view outer, std::initializer_list<std::string_view> inner) {
    choose(candidates_);
    EXPECT_FALSE(counted().empty());
    for (const std::string_view part : inner)
      EXPECT_FALSE(signal(outer).counted && signal(part).counted) << outer << " and " << part;
    return *this;
  }
  const record::Signal& signal(std::string_view id) const {
    for (const Candidate& candidate : candidates_)
      if (candidate.signal.id == id) return candidate.signal;
    static const record::Signal kNone;
    ADD_FAILURE() << "no signal " << id;
    return kNone;
  }

 private:
  FakeClock clock_;
  std::vector<Candidate> candidates_;
};

/// A library of a vendor, which reads closer to the hardware.
constexpr Backend kVendor{"vendor", "", 60, false, nullptr};

record::Signal gpu(std::string id, std::string pci) {
  record::Signal signal;
  signal.id = std::move(id);
  signal.device = signal.id;
  signal.domain = Domain::kGpu;
  signal.pci = std::move(pci);
  return signal;
}

constexpr const char* kModule = "hwmon:power_meter-ACPI000D:00:power1";
constexpr const char* kGrace = "hwmon:power_meter-ACPI000D:01:power1";
constexpr const char* kCpuRail = "hwmon:power_meter-ACPI000D:02:power1";
constexpr const char* kSysioRail = "hwmon:power_meter-ACPI000D:03:power1";

/// What holds on a GH200 whatever else reads it.
void expect_grace_once(Machine& machine) {
  machine.never_with(kModule, {kGrace, kCpuRail, kSysioRail})
      .never_with(kGrace, {kCpuRail, kSysioRail});
}

TEST(Nodes, GraceCountsItsSocketWithoutTheRailsInIt) {
  EXPECT_EQ(Machine("grace-1s").counted(), "hwmon:power_meter-ACPI000D:00:power1 ");
}

TEST(Nodes, OnGh200NothingIsAddedToTheModuleThatIsInIt) {
  Machine machine("gh200");
  expect_grace_once(machine);
  machine.add(kVendor, gpu("vendor:gpu", "0009:01:00.0"));
  expect_grace_once(machine);
  machine.never_with(kModule, {"vendor:gpu"});
}

TEST(Nodes, OnGh200ACounterOfTheModuleGoesBeforeItsPower) {
  Machine machine("gh200");
  record::Signal module = gpu("vendor:module", "0009:01:00.0");
  module.domain = Domain::kModule;
  machine.add(kVendor, module);
  EXPECT_EQ(machine.counted(), "vendor:module ");
  EXPECT_EQ(machine.signal(kModule).excluded_by, "vendor:module");
}

TEST(Nodes, OfAJetsonOnlyItsInputCounts) {
  EXPECT_EQ(Machine("jetson-orin").counted(), "hwmon:ina3221-1-0040:in1 ");
}

TEST(Nodes, AmdEnergyGivesWayToPowercapAndCountsAPackageOnce) {
  Machine machine("amd-energy");
  EXPECT_EQ(machine.counted(), "powercap:intel-rapl:0 powercap:intel-rapl:1 ");
  EXPECT_EQ(machine.signal("hwmon:amd_energy-amd_energy.0:energy6").excluded_by,
            "powercap:intel-rapl:0");
  Machine refused("amd-energy");
  refused.refuse("powercap");
  EXPECT_EQ(refused.counted(),
            "hwmon:amd_energy-amd_energy.0:energy5 hwmon:amd_energy-amd_energy.0:energy7 ");
}

TEST(Nodes, AmdsCoreComplexesAreNoDies) {
  Machine machine("amd-ccds");
  EXPECT_EQ(machine.counted(), "powercap:intel-rapl:0 powercap:intel-rapl:2 ");
  EXPECT_EQ(machine.signal("powercap:intel-rapl:1").excluded_by, "powercap:intel-rapl:0");
  EXPECT_EQ(machine.signal("powercap:intel-rapl:3").excluded_by, "powercap:intel-rapl:2");
  EXPECT_EQ(machine.signal("powercap:intel-rapl:3").device, "package-1");
  EXPECT_EQ(machine.signal("powercap:intel-rapl:1:0").excluded_by, "");
  EXPECT_EQ(machine.signal("powercap:intel-rapl:1:0").contained_in, "powercap:intel-rapl:1");
  EXPECT_FALSE(machine.signal("powercap:intel-rapl:1:0").counted);
  // Another way to the same packages.
  record::Signal package;
  package.id = "vendor:package-0";
  package.device = "package-0";
  package.domain = Domain::kPackage;
  package.socket = 0;
  machine.add(kVendor, package);
  EXPECT_EQ(machine.counted(), "powercap:intel-rapl:2 vendor:package-0 ");
  EXPECT_EQ(machine.signal("powercap:intel-rapl:1").excluded_by, "vendor:package-0");
}

TEST(Nodes, AnAcpiMeterCountsWhereNoPackageIsReadable) {
  EXPECT_EQ(Machine("acpi-meter").counted(), "powercap:intel-rapl:0 powercap:intel-rapl:1 ");
  Machine refused("acpi-meter");
  refused.refuse("powercap");
  EXPECT_EQ(refused.counted(), "hwmon:power_meter-ACPI000D:00:power1 ");
  refused.add(kVendor, gpu("vendor:gpu", "0000:81:00.0"));
  refused.never_with("hwmon:power_meter-ACPI000D:00:power1", {"vendor:gpu"});
}

TEST(Nodes, AmdGpusCountOnceByTheirAddress) {
  Machine machine("amdgpu-2");
  EXPECT_EQ(machine.counted(),
            "hwmon:amdgpu-0000:43:00.0:power1 hwmon:amdgpu-0000:c3:00.0:power1 "
            "powercap:intel-rapl:0 ");
  machine.add(kVendor, gpu("vendor:c3", "0000:c3:00.0"));
  EXPECT_EQ(machine.counted(), "hwmon:amdgpu-0000:43:00.0:power1 powercap:intel-rapl:0 vendor:c3 ");
}

/// What holds on the Cray node whatever else reads it.
void expect_cray_once(Machine& machine) {
  machine
      .never_with("cray:energy", {"powercap:intel-rapl:0", "cray:cpu_energy", "cray:memory_energy",
                                  "cray:accel0_energy", "cray:accel1_energy", "cray:accel2_energy",
                                  "cray:accel3_energy"})
      .never_with("powercap:intel-rapl:0", {"cray:cpu_energy"});
}

TEST(Nodes, ACrayNodeCountsEitherItselfOrItsParts) {
  Machine machine("cray-ex");
  expect_cray_once(machine);
  EXPECT_EQ(machine.counted(),
            "cray:memory_energy cray:accel0_energy cray:accel1_energy cray:accel2_energy "
            "cray:accel3_energy powercap:intel-rapl:0 ");
  EXPECT_EQ(machine.signal("cray:cpu_energy").excluded_by, "powercap:intel-rapl:0");
  EXPECT_EQ(machine.signal("cray:accel0_energy").contained_in, "cray:energy");
  Machine refused("cray-ex");
  refused.refuse("powercap");
  expect_cray_once(refused);
}

TEST(Nodes, AcceleratorsWithoutAnAddressAreNotAddedToThoseOfAVendorsLibrary) {
  Machine machine("cray-ex");
  const std::vector<std::string> buses{"c1", "c6", "c9", "ce"};
  for (std::size_t known = 0; known < buses.size(); ++known) {
    const std::string id = "vendor:" + buses[known];
    machine.add(kVendor, gpu(id, "0000:" + buses[known] + ":00.0"));
    expect_cray_once(machine);
    for (std::size_t at = 0; at <= known; ++at)
      machine.never_with("vendor:" + buses[at],
                         {"cray:energy", "cray:accel0_energy", "cray:accel1_energy",
                          "cray:accel2_energy", "cray:accel3_energy"});
  }
  EXPECT_TRUE(machine.signal("vendor:c1").counted) << "all four are known by the library";
}

TEST(Nodes, ALaptopsCardsCountWithoutTheirParts) {
  Machine machine("laptop-hybrid");
  EXPECT_EQ(machine.counted(),
            "hwmon:xe-0000:03:00.0:energy1 hwmon:i915-0000:04:00.0:energy1 "
            "powercap:intel-rapl:0 ");
  EXPECT_EQ(machine.signal("hwmon:xe-0000:03:00.0:energy2").reason,
            "part of hwmon:xe-0000:03:00.0:energy1");
  EXPECT_EQ(machine.signal("hwmon:BAT0-BAT0:power1").reason, "what it covers is not known");
}

TEST(Nodes, ThePartCountsWhereTheCardIsNotReadable) {
  const FakeClock clock;
  const Tree tree;
  tree.write("sys/class/hwmon/hwmon0/name", "xe\n");
  tree.write("sys/class/hwmon/hwmon0/energy2_input", "7\n");
  auto sampler = Sampler::open(tree.environment(clock), "hwmon");
  ASSERT_TRUE(sampler);
  EXPECT_TRUE(signal_of(*sampler, "hwmon:xe-hwmon0:energy2").counted);
}

}  // namespace
}  // namespace joulepath::sensors
