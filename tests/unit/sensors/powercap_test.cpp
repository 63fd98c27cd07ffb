// The powercap backend on machines as files: what it finds, reads, and cannot read.
#include "sensors/powercap/powercap.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "core/record/counter.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

using record::Domain;
using record::Provenance;

TEST(Powercap, DescribesZonesByTheirNamesNotTheirNumbers) {
  const FakeClock clock;
  const Discovery found = powercap::kBackend.discover(node("server-2s", clock));
  ASSERT_NE(found.source, nullptr);
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 4u);
  const auto package = signal_of(signals, "powercap:intel-rapl:0");
  EXPECT_EQ(package.domain, Domain::kPackage);
  EXPECT_EQ(package.socket, 1);
  EXPECT_EQ(package.device, "package-1");
  EXPECT_EQ(package.unit, "uJ");
  EXPECT_DOUBLE_EQ(package.si_per_unit, 1e-6);
  EXPECT_EQ(package.modulus, 262143328911u);
  EXPECT_EQ(package.update_period_ns, kMs);
  EXPECT_EQ(package.source, "powercap");
  EXPECT_EQ(package.provenance, Provenance::kMeasured);
  EXPECT_TRUE(package.readable);
  const auto dram = signal_of(signals, "powercap:intel-rapl:0:0");
  EXPECT_EQ(dram.domain, Domain::kDram);
  EXPECT_EQ(dram.socket, 1);
  EXPECT_EQ(dram.device, "package-1/dram");
  EXPECT_EQ(dram.contained_in, "") << "memory is beside the package, not in it";
  EXPECT_EQ(dram.modulus, 65712999628u);
}

TEST(Powercap, DiesAreTheirOwnDevicesOfOneSocket) {
  const FakeClock clock;
  const Discovery found = powercap::kBackend.discover(node("server-2s2d", clock));
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 12u);
  const auto die = signal_of(signals, "powercap:intel-rapl:e");
  EXPECT_EQ(die.device, "package-1-die-1");
  EXPECT_EQ(die.socket, 1);
  EXPECT_EQ(signal_of(signals, "powercap:intel-rapl:e:0").device, "package-1-die-1/dram");
  EXPECT_EQ(signal_of(signals, "powercap:intel-rapl:f").domain, Domain::kPlatform);
  // Zones with enabled = 0 are read, with a remark.
  EXPECT_TRUE(signal_of(signals, "powercap:intel-rapl:8:0").readable);
  ASSERT_EQ(found.notes.size(), 4u);
  EXPECT_NE(found.notes[0].find("intel-rapl:8:0: power limiting is off"), std::string::npos);
}

TEST(Powercap, CoresArePartOfTheirPackage) {
  const FakeClock clock;
  const Discovery found = powercap::kBackend.discover(node("laptop-mmio", clock));
  const auto core = signal_of(found.source->signals(), "powercap:intel-rapl:0:0");
  EXPECT_EQ(core.domain, Domain::kCore);
  EXPECT_EQ(core.contained_in, "powercap:intel-rapl:0");
  EXPECT_EQ(core.socket, 0);
}

TEST(Powercap, ReadsEachZoneWithTheIntervalOfItsRead) {
  const FakeClock clock;
  const Discovery found = powercap::kBackend.discover(node("server-2s", clock));
  const std::int64_t before = clock.now_ns;
  FakeSink sink;
  found.source->sample(sink);
  ASSERT_EQ(sink.readings.size(), 4u);
  EXPECT_TRUE(sink.failures.empty());
  EXPECT_EQ(sink.readings[0][0].raw, 111111111111u);
  EXPECT_EQ(sink.readings[2][0].raw, 100000000000u);
  std::int64_t last = before + clock.tick_ns;
  for (const auto& [signal, readings] : sink.readings) {
    EXPECT_EQ(readings[0].t_lo_ns, last) << "each begins where the one before it ended";
    EXPECT_EQ(readings[0].t_hi_ns, readings[0].t_lo_ns + clock.tick_ns);
    last = readings[0].t_hi_ns;
  }
}

TEST(Powercap, AWrapLosesNothing) {
  const FakeClock clock;
  const Tree tree;
  tree.zone("intel-rapl:0", "package-0", "262143328850\n");
  const Discovery found = powercap::kBackend.discover(tree.environment(clock));
  FakeSink sink;
  record::Counter counter(record::limits_of(found.source->signals()[0]));
  found.source->sample(sink);
  clock.now_ns += 10 * kMs;
  tree.write("sys/class/powercap/intel-rapl:0/energy_uj", "500000\n");
  found.source->sample(sink);
  for (const auto& reading : sink.readings[0]) EXPECT_TRUE(counter.advance(reading).exact());
  EXPECT_EQ(counter.total(), 500061u);
}

TEST(Powercap, BadContentIsAFailureAndReadingsResume) {
  const FakeClock clock;
  const Tree tree;
  const char* energy = "sys/class/powercap/intel-rapl:0/energy_uj";
  tree.zone("intel-rapl:0", "package-0", "1\n");
  const Discovery found = powercap::kBackend.discover(tree.environment(clock));
  FakeSink sink;
  for (const char* text : {"", "garbage\n", "-1\n"}) {
    tree.write(energy, text);
    found.source->sample(sink);
  }
  EXPECT_TRUE(sink.readings.empty());
  EXPECT_EQ(sink.failures[0], (std::vector<int>{EBADMSG, EBADMSG, EBADMSG}));
  tree.write(energy, "7\n");
  found.source->sample(sink);
  ASSERT_EQ(sink.readings[0].size(), 1u);
  EXPECT_EQ(sink.readings[0][0].raw, 7u);
}

TEST(Powercap, AnErrorOfTheDeviceKeepsTheOthers) {
  const FakeClock clock;
  const Tree tree;
  tree.zone("intel-rapl:0", "package-0", "1\n");
  tree.zone("intel-rapl:1", "package-1", "2\n");
  // A file of the kernel's that opens and then answers EIO at offset 0.
  tree.remove("sys/class/powercap/intel-rapl:0/energy_uj");
  tree.link("sys/class/powercap/intel-rapl:0/energy_uj", "/proc/self/mem");
  const Discovery found = powercap::kBackend.discover(tree.environment(clock));
  FakeSink sink;
  found.source->sample(sink);
  EXPECT_EQ(sink.failures[0], (std::vector<int>{EIO}));
  ASSERT_EQ(sink.readings[1].size(), 1u);
  EXPECT_EQ(sink.readings[1][0].raw, 2u);
}

TEST(Powercap, AZoneWithoutACounterIsListedWithTheReason) {
  const FakeClock clock;
  const Tree tree;
  tree.zone("intel-rapl:0", "package-0", "1\n");
  tree.remove("sys/class/powercap/intel-rapl:0/energy_uj");
  const Discovery found = powercap::kBackend.discover(tree.environment(clock));
  const auto package = found.source->signals()[0];
  EXPECT_FALSE(package.readable);
  EXPECT_EQ(package.provenance, Provenance::kAbsent);
  EXPECT_NE(package.reason.find("No such file"), std::string::npos) << package.reason;
  EXPECT_EQ(package.remedy, "");
  FakeSink sink;
  found.source->sample(sink);
  EXPECT_TRUE(sink.readings.empty());
  EXPECT_TRUE(sink.failures.empty()) << "what was never readable is not sampled";
}

TEST(Powercap, WithoutARangeItNeverWraps) {
  const FakeClock clock;
  const Tree tree;
  tree.zone("intel-rapl:0", "package-0", "1\n", "garbage\n");
  const Discovery found = powercap::kBackend.discover(tree.environment(clock));
  EXPECT_EQ(found.source->signals()[0].modulus, 0u);
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_NE(found.notes[0].find("max_energy_range_uj"), std::string::npos);
}

TEST(Powercap, SaysWhyNothingIsHere) {
  const FakeClock clock;
  const Discovery vm = powercap::kBackend.discover(node("no-powercap", clock));
  EXPECT_EQ(vm.source, nullptr);
  EXPECT_NE(vm.absent.find("class/powercap is not there"), std::string::npos) << vm.absent;
  const Tree tree;
  std::filesystem::create_directories(tree.at("sys/class/powercap/dtpm"));
  const Discovery other = powercap::kBackend.discover(tree.environment(clock));
  EXPECT_EQ(other.source, nullptr);
  EXPECT_NE(other.absent.find("no intel-rapl zone"), std::string::npos) << other.absent;
}

/// Runs in a process that is not root; its exit status is the verdict.
int refused_as_expected(const Tree& tree, const base::Clock& clock) {
  if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 10;
  const Discovery found = powercap::kBackend.discover(tree.environment(clock));
  if (found.source == nullptr) return 11;
  const auto signal = found.source->signals()[0];
  const std::string path = tree.at("sys/class/powercap/intel-rapl:0/energy_uj").string();
  if (signal.readable || signal.provenance != Provenance::kAbsent) return 12;
  if (signal.reason.find(path + ": Permission denied (errno 13)") != 0) return 13;
  if (signal.reason.find("Linux 5.10, CVE-2020-8694") == std::string::npos) return 14;
  const std::string zones = tree.at("sys/class/powercap").string();
  if (signal.remedy != "cd " + zones + " && chgrp joulepath */energy_uj && chmod 0440 */energy_uj")
    return 15;
  FakeSink sink;
  found.source->sample(sink);
  return sink.readings.empty() && sink.failures.empty() ? 0 : 16;
}

TEST(Powercap, ARefusalIsExplained) {
  const FakeClock clock;
  const Tree tree;
  tree.zone("intel-rapl:0", "package-0", "1\n");
  std::filesystem::permissions(tree.at("sys/class/powercap/intel-rapl:0/energy_uj"),
                               std::filesystem::perms::none);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(refused_as_expected(tree, clock));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 10) GTEST_SKIP() << "root here may not become another user";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace joulepath::sensors
