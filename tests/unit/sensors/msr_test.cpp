// The msr backend on machines whose registers are a map: units by model, one CPU for each
// die, package or core, and every way in which a read can fail.
#include "sensors/msr/msr.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "core/record/counter.hpp"
#include "sensors/api/cpu_topology.hpp"
#include "sensors/msr/registers.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

using record::Domain;
using record::Signal;

/// Registers by CPU and number. A file is known by its path; its descriptor is one of
/// /dev/null.
struct FakeCpus {
  std::map<int, std::map<std::uint32_t, std::uint64_t>> registers;
  std::map<int, int> cpu_of_fd;
  std::map<int, int> open_errno;  ///< by CPU
  int read_errno = 0;
  ssize_t got = 8;
  int opens = 0;
};
FakeCpus* cpus = nullptr;

int fake_open(const char* path) noexcept {
  const std::string_view text(path);
  const auto at = text.rfind("/cpu/");
  const int cpu = std::atoi(path + at + 5);
  ++cpus->opens;
  if (const auto failed = cpus->open_errno.find(cpu); failed != cpus->open_errno.end()) {
    errno = failed->second;
    return -1;
  }
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  cpus->cpu_of_fd[fd] = cpu;
  return fd;
}

ssize_t fake_pread(int fd, void* buffer, std::size_t size, off_t offset) noexcept {
  const auto& registers = cpus->registers[cpus->cpu_of_fd[fd]];
  const auto value = registers.find(static_cast<std::uint32_t>(offset));
  if (cpus->read_errno != 0 || value == registers.end() || size != 8) {
    errno = cpus->read_errno != 0 ? cpus->read_errno : EIO;
    return -1;
  }
  std::memcpy(buffer, &value->second, static_cast<std::size_t>(cpus->got));
  return cpus->got;
}

constexpr FileCalls kFakeCalls{fake_open, fake_pread};

class Msr : public ::testing::Test {
 protected:
  Msr() { cpus = &cpus_; }

  void model(int number) const {
    tree_.write("proc/cpuinfo", "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: " +
                                    std::to_string(number) + "\n\n");
  }
  void amd() const {
    tree_.write("proc/cpuinfo", "vendor_id\t: AuthenticAMD\ncpu family\t: 23\nmodel\t\t: 49\n\n");
  }
  /// CPU n sits in places[n].
  void topology(const std::vector<CpuPlace>& places) const {
    std::string online;
    for (const CpuPlace& place : places) {
      online += (online.empty() ? "" : ",") + std::to_string(place.cpu);
      const std::string dir =
          "sys/devices/system/cpu/cpu" + std::to_string(place.cpu) + "/topology/";
      tree_.write(dir + "physical_package_id", std::to_string(place.package));
      tree_.write(dir + "die_id", std::to_string(place.die));
      tree_.write(dir + "core_id", std::to_string(place.core));
      tree_.write("dev/cpu/" + std::to_string(place.cpu) + "/msr", "");
    }
    tree_.write("sys/devices/system/cpu/online", online + "\n");
  }
  /// One package of a server: cores 0 and 1 online.
  void server(int number) {
    model(number);
    topology({{0, 0, 0, 0}, {1, 0, 0, 1}});
    cpus_.registers[0] = {{0x606, 0xa0e03}, {0x611, 5000}, {0x619, 7000}};
  }
  [[nodiscard]] Discovery discover() const {
    return msr::discover(tree_.environment(clock_), kFakeCalls);
  }

  FakeClock clock_;
  Tree tree_;
  FakeCpus cpus_;
};

TEST_F(Msr, UnitsByModel) {
  // Memory: fixed on Haswell-X to Ice Lake-X and Knights Landing, the CPU's own elsewhere.
  for (const auto& [number, unit] : std::map<int, std::string>{{0x3f, "2^-16 J"},
                                                               {0x4f, "2^-16 J"},
                                                               {0x55, "2^-16 J"},
                                                               {0x6a, "2^-16 J"},
                                                               {0x57, "2^-16 J"},
                                                               {0x8f, "2^-14 J"},
                                                               {0x9e, "2^-14 J"}}) {
    server(number);
    const Discovery found = discover();
    ASSERT_NE(found.source, nullptr) << number;
    const Signal dram = signal_of(found.source->signals(), "msr:dram:package-0");
    EXPECT_EQ(dram.unit, unit) << number;
    EXPECT_DOUBLE_EQ(dram.si_per_unit, unit == "2^-16 J" ? 1.0 / 65536 : 1.0 / 16384);
    EXPECT_EQ(signal_of(found.source->signals(), "msr:pkg:package-0").unit, "2^-14 J") << number;
  }
}

TEST_F(Msr, ThePlatformOfSapphireRapidsCountsWholeJoules) {
  for (const int number : {0x8f, 0x9e}) {
    server(number);
    cpus_.registers[0][0x64d] = 9;
    const Discovery found = discover();
    const Signal psys = signal_of(found.source->signals(), "msr:psys:package-0");
    EXPECT_DOUBLE_EQ(psys.si_per_unit, number == 0x8f ? 1.0 : 1.0 / 16384);
    EXPECT_EQ(psys.unit, number == 0x8f ? "1 J" : "2^-14 J");
    EXPECT_EQ(psys.domain, Domain::kPlatform);
    EXPECT_EQ(psys.socket, -1);
  }
}

TEST_F(Msr, AModelThatIsNotKnownHasNoUnits) {
  for (const int number : {0x56, 0x37, 0xad, 1}) {  // Broadwell-D: the kernel's drivers differ
    server(number);
    const Discovery found = discover();
    EXPECT_EQ(found.source, nullptr) << number;
    EXPECT_NE(found.absent.find("not in the table"), std::string::npos) << found.absent;
  }
  tree_.write("proc/cpuinfo", "vendor_id : AuthenticAMD\ncpu family : 22\nmodel : 1\n");
  EXPECT_NE(discover().absent.find("AuthenticAMD family 22"), std::string::npos);
}

TEST_F(Msr, OnlyWhatCountsIsThere) {
  server(0x9e);
  cpus_.registers[0][0x639] = 100;  // PP0
  cpus_.registers[0][0x641] = 0;    // PP1 of a CPU without graphics; psys faults
  const Discovery found = discover();
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 3u);
  const Signal cores = signal_of(signals, "msr:pp0:package-0");
  EXPECT_EQ(cores.domain, Domain::kCore);
  EXPECT_EQ(cores.contained_in, "msr:pkg:package-0");
  const Signal package = signal_of(signals, "msr:pkg:package-0");
  EXPECT_EQ(package.modulus, std::uint64_t{1} << 32);
  EXPECT_EQ(package.socket, 0);
  EXPECT_EQ(package.contained_in, "");
  EXPECT_EQ(signal_of(signals, "msr:dram:package-0").contained_in, "");
  ASSERT_EQ(found.notes.size(), 2u);
  EXPECT_EQ(found.notes[0], "msr:pp1:package-0 reads 0: not counted by this CPU");
}

TEST_F(Msr, EnergyFilteringIsRecorded) {
  server(0x55);
  const auto state = [&] {
    const Discovery found = discover();
    return found.notes.empty() ? std::string() : found.notes.back();
  };
  EXPECT_EQ(state(), "energy filtering of package-0: unknown (no register 0xBC)");
  cpus_.registers[0][0xbc] = 0xfe;
  EXPECT_EQ(state(), "energy filtering of package-0: off");
  cpus_.registers[0][0xbc] = 0x01;
  EXPECT_EQ(state(), "energy filtering of package-0: on");
  cpus_.open_errno[0] = EACCES;
  EXPECT_NE(state().find("unknown (Permission denied"), std::string::npos) << state();
}

TEST_F(Msr, OneCpuForEachDieAndTheFirstOnlineOne) {
  model(0x55);
  topology({{1, 0, 0, 1}, {2, 0, 1, 0}, {3, 0, 1, 1}, {5, 1, 0, 0}});
  for (const int cpu : {1, 2, 5})
    cpus_.registers[cpu] = {{0x606, 0xa0e03}, {0x611, 1u + static_cast<unsigned>(cpu)}};
  const Discovery found = discover();
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 3u);
  EXPECT_EQ(signal_of(signals, "msr:pkg:package-0-die-1").socket, 0);
  EXPECT_EQ(signal_of(signals, "msr:pkg:package-1").socket, 1);
  FakeSink sink;
  found.source->sample(sink);
  EXPECT_EQ(sink.readings[0][0].raw, 2u);
  EXPECT_EQ(sink.readings[1][0].raw, 3u);
  EXPECT_EQ(sink.readings[2][0].raw, 6u);
}

TEST_F(Msr, AmdCountsPackagesAndCores) {
  amd();
  // Two threads in each of two cores, and core complexes that the kernel calls dies.
  topology({{0, 0, 0, 0}, {1, 0, 0, 0}, {2, 0, 1, 0}, {3, 0, 1, 0}});
  for (int cpu = 0; cpu < 4; ++cpu)
    cpus_.registers[cpu] = {{0xc0010299, 0xa1003}, {0xc001029b, 900}, {0xc001029a, 10}};
  cpus_.registers[2][0xc001029a] = 20;
  const Discovery found = discover();
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 3u) << "a package counts once, though it has dies";
  const Signal package = signal_of(signals, "msr:pkg:package-0");
  EXPECT_EQ(package.unit, "2^-16 J");
  EXPECT_EQ(package.domain, Domain::kPackage);
  const Signal core = signal_of(signals, "msr:core:package-0/core-1-0");
  EXPECT_EQ(core.domain, Domain::kCore);
  EXPECT_EQ(core.contained_in, "msr:pkg:package-0");
  FakeSink sink;
  found.source->sample(sink);
  EXPECT_EQ(sink.readings[2][0].raw, 20u);
  EXPECT_TRUE(found.notes.empty()) << "energy filtering is Intel's";
}

TEST_F(Msr, AWrapLosesNothingAResetIsSeen) {
  server(0x55);
  cpus_.registers[0][0x611] = 0xffffffffu;
  const Discovery found = discover();
  record::Counter counter(record::limits_of(found.source->signals()[0]));
  FakeSink sink;
  const auto step = [&](std::uint64_t raw) {
    cpus_.registers[0][0x611] = raw;
    clock_.now_ns += 10 * kMs;
    found.source->sample_one(0, sink);
    return counter.advance(sink.readings[0].back());
  };
  step(0xfffffff0u);
  const record::Step wrapped = step(0xabcd000000000010u);  // the upper half is reserved
  EXPECT_TRUE(wrapped.wrapped);
  EXPECT_EQ(wrapped.delta, 0x20u);
  EXPECT_EQ(step(0x10).delta, 0u) << "stuck: nothing is made up";
  step(0x80000000u);
  EXPECT_EQ(step(5).kind, record::StepKind::kBackward);
  EXPECT_EQ(step(4).kind, record::StepKind::kBackward);
}

TEST_F(Msr, ARefusedFileIsExplained) {
  server(0x55);
  tree_.write("proc/self/status", "Name:\tx\nCapEff:\t0000000000000000\n");
  for (const int refused : {EACCES, EPERM}) {
    cpus_.open_errno[0] = refused;
    const Discovery found = discover();
    const Signal package = signal_of(found.source->signals(), "msr:pkg:package-0");
    EXPECT_FALSE(package.readable);
    EXPECT_EQ(package.provenance, record::Provenance::kAbsent);
    const std::string path = tree_.at("dev/cpu/0/msr").string();
    EXPECT_EQ(package.reason.find(path + ": "), 0u) << package.reason;
    EXPECT_NE(package.reason.find("(errno " + std::to_string(refused) +
                                  "); only root with "
                                  "CAP_SYS_RAWIO may read it, CAP_SYS_RAWIO is missing"),
              std::string::npos)
        << package.reason;
    EXPECT_NE(package.remedy.find("setcap cap_sys_rawio=ep joulepath-recorder"), std::string::npos);
    EXPECT_EQ(package.remedy.find('\n'), std::string::npos);
    FakeSink sink;
    found.source->sample(sink);
    EXPECT_TRUE(sink.readings.empty());
    EXPECT_TRUE(sink.failures.empty());
    EXPECT_EQ(found.source->signals().size(), 2u) << "the package and its memory would count";
  }
}

TEST_F(Msr, SaysWhyNothingIsHere) {
  EXPECT_NE(discover().absent.find("cpuinfo"), std::string::npos);
  model(0x55);
  EXPECT_NE(discover().absent.find("online"), std::string::npos);
  tree_.write("sys/devices/system/cpu/online", "0\n");
  EXPECT_NE(discover().absent.find("the package of CPU 0 is not known"), std::string::npos);
  topology({{0, 0, 0, 0}});
  EXPECT_NE(discover().absent.find("none of the energy registers counts"), std::string::npos);
  tree_.remove("dev/cpu");
  EXPECT_NE(discover().absent.find("msr module is not loaded (modprobe msr)"), std::string::npos);
}

TEST_F(Msr, HalfASocketIsNoSocket) {
  model(0x55);
  topology({{0, 0, 0, 0}, {1, 0, 1, 0}});
  cpus_.registers[0] = {{0x606, 0xa0e03}, {0x611, 5}};
  cpus_.open_errno[1] = ENXIO;
  const Discovery found = discover();
  const Signal die = signal_of(found.source->signals(), "msr:pkg:package-0-die-0");
  EXPECT_FALSE(die.readable);
  EXPECT_NE(die.reason.find("msr:pkg:package-0-die-1 of the same socket"), std::string::npos);
}

TEST_F(Msr, AUnitThatCannotBeReadIsNotGuessed) {
  server(0x9e);
  cpus_.registers[0].erase(0x606);
  EXPECT_NE(discover().source->signals()[0].reason.find("the unit register: Input/output error"),
            std::string::npos);
  cpus_.registers[0][0x606] = 0xa0003;
  EXPECT_NE(discover().source->signals()[0].reason.find("gives no energy unit"), std::string::npos);
}

TEST_F(Msr, AFailedReadIsNoValueAndReadingsGoOn) {
  server(0x55);
  const Discovery found = discover();
  const int opens = cpus_.opens;
  FakeSink sink;
  for (const int failure : {EAGAIN, EIO, EACCES}) {
    cpus_.read_errno = failure;
    found.source->sample_one(0, sink);
  }
  cpus_.read_errno = 0;
  cpus_.got = 3;
  found.source->sample_one(0, sink);
  cpus_.got = 0;
  found.source->sample_one(0, sink);
  EXPECT_EQ(sink.failures[0], (std::vector<int>{EAGAIN, EIO, EACCES, EBADMSG, EBADMSG}));
  EXPECT_TRUE(sink.readings.empty());
  cpus_.got = 8;
  found.source->sample_one(0, sink);
  EXPECT_EQ(sink.readings[0][0].raw, 5000u);
  EXPECT_EQ(cpus_.opens, opens);
}

TEST_F(Msr, ACpuThatWentOfflineIsLookedForOnceASecond) {
  server(0x55);
  const Discovery found = discover();
  const int opens = cpus_.opens;
  FakeSink sink;
  cpus_.read_errno = ENXIO;
  cpus_.open_errno[0] = ENXIO;
  for (int pass = 0; pass < 10; ++pass) found.source->sample_one(0, sink);
  EXPECT_EQ(sink.failures[0], std::vector<int>(10, ENXIO));
  EXPECT_EQ(cpus_.opens, opens + 1);
  cpus_.read_errno = 0;
  cpus_.open_errno.clear();
  clock_.now_ns += kSecond;
  found.source->sample_one(0, sink);
  ASSERT_EQ(sink.readings[0].size(), 1u);
  EXPECT_EQ(cpus_.opens, opens + 2);
}

TEST(MsrRegisters, TheUnitIsInBits12To8) {
  EXPECT_EQ(msr::energy_exponent(0xa0e03), 14u);
  EXPECT_EQ(msr::energy_exponent(0xa1003), 16u);
  EXPECT_EQ(msr::energy_exponent(0xffffffffffffe0ff), 0u);
}

}  // namespace
}  // namespace joulepath::sensors
