// The perf backend on machines as files, with a kernel of its own: what it opens, reads,
// is refused, and how it goes on after a break.
#include "sensors/perf/perf.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/record/counter.hpp"
#include "sensors/sampler/choice.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

using record::Domain;
using record::Signal;

/// The kernel behind the table of calls. A descriptor stands for an event by the order in
/// which they were opened.
struct FakeKernel {
  struct Event {
    std::uint32_t type = 0;
    std::uint64_t config = 0;
    int cpu = 0;
    std::uint64_t count = 0;
  };
  std::vector<Event> opened;
  std::map<int, std::size_t> event_of_fd;
  std::map<int, int> refuse_cpu;  ///< cpu -> errno
  int read_errno = 0;
  ssize_t short_read = -1;  ///< -1: whole
};
FakeKernel* kernel = nullptr;

int fake_open(std::uint32_t type, std::uint64_t config, int cpu) noexcept {
  if (const auto refused = kernel->refuse_cpu.find(cpu); refused != kernel->refuse_cpu.end()) {
    errno = refused->second;
    return -1;
  }
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  kernel->event_of_fd[fd] = kernel->opened.size();
  kernel->opened.push_back({type, config, cpu, 0});
  return fd;
}

ssize_t fake_read(int fd, void* buffer, std::size_t size) noexcept {
  if (kernel->read_errno != 0) {
    errno = kernel->read_errno;
    return -1;
  }
  const std::uint64_t count = kernel->opened[kernel->event_of_fd[fd]].count;
  const std::size_t got =
      kernel->short_read >= 0 ? static_cast<std::size_t>(kernel->short_read) : size;
  std::memcpy(buffer, &count, got);
  return static_cast<ssize_t>(got);
}

constexpr perf::PerfCalls kFakeCalls{fake_open, fake_read};
constexpr const char* kScale = "2.3283064365386962890625e-10\n";

class Perf : public ::testing::Test {
 protected:
  Perf() { kernel = &kernel_; }

  void pmu(std::string_view cpumask) const {
    write("type", "23\n");
    write("cpumask", cpumask);
    write("format/event", "config:0-7\n");
  }
  void event(const std::string& name, std::string_view code, std::string_view scale = kScale,
             std::string_view unit = "Joules\n") const {
    write("events/" + name, code);
    write("events/" + name + ".scale", scale);
    write("events/" + name + ".unit", unit);
  }
  void write(const std::string& file, std::string_view text) const {
    tree_.write("sys/bus/event_source/devices/power/" + file, text);
  }
  void cpu(int number, std::string_view package, std::string_view die) const {
    const std::string dir = "sys/devices/system/cpu/cpu" + std::to_string(number) + "/topology/";
    tree_.write(dir + "physical_package_id", package);
    if (!die.empty()) tree_.write(dir + "die_id", die);
  }
  /// Two sockets, as a server has them.
  void server() const {
    pmu("0,2\n");
    event("energy-pkg", "event=0x02\n");
    event("energy-ram", "event=0x03\n");
    cpu(0, "0\n", "0\n");
    cpu(2, "1\n", "0\n");
  }
  [[nodiscard]] Discovery discover() const {
    return perf::discover(tree_.environment(clock_), kFakeCalls);
  }

  FakeClock clock_;
  Tree tree_;
  FakeKernel kernel_;
};

TEST_F(Perf, OpensEachEventOnceOnEachCpuOfTheMask) {
  server();
  const Discovery found = discover();
  ASSERT_NE(found.source, nullptr);
  ASSERT_EQ(found.source->signals().size(), 4u);
  const Signal package = signal_of(found.source->signals(), "perf:energy-pkg:package-1");
  EXPECT_EQ(package.domain, Domain::kPackage);
  EXPECT_EQ(package.device, "package-1");
  EXPECT_EQ(package.socket, 1);
  EXPECT_EQ(package.unit, "2^-32 J");
  EXPECT_DOUBLE_EQ(package.si_per_unit, 1.0 / 4294967296.0);
  EXPECT_EQ(package.modulus, 0u) << "the kernel sums up in 64 bits";
  EXPECT_EQ(package.longest_gap_ns, 10 * kSecond);
  EXPECT_TRUE(package.readable);
  const Signal dram = signal_of(found.source->signals(), "perf:energy-ram:package-0");
  EXPECT_EQ(dram.domain, Domain::kDram);
  EXPECT_EQ(dram.contained_in, "");
  ASSERT_EQ(kernel_.opened.size(), 4u);
  EXPECT_EQ(kernel_.opened[0].type, 23u);
  EXPECT_EQ(kernel_.opened[0].config, 2u);
  EXPECT_EQ(kernel_.opened[1].cpu, 2);
  EXPECT_EQ(kernel_.opened[2].config, 3u);
  EXPECT_TRUE(found.notes.empty());
}

TEST_F(Perf, ReadsWhatTheKernelCounts) {
  server();
  const Discovery found = discover();
  FakeSink sink;
  found.source->sample(sink);
  kernel_.opened[1].count = std::uint64_t{3} << 32;
  clock_.now_ns += 10 * kMs;
  found.source->sample(sink);
  ASSERT_EQ(sink.readings.size(), 4u);
  EXPECT_EQ(sink.readings[1][1].raw - sink.readings[1][0].raw, std::uint64_t{3} << 32);
  EXPECT_EQ(sink.readings[0][1].raw, sink.readings[0][0].raw);
  EXPECT_EQ(sink.readings[1][1].t_hi_ns, sink.readings[1][1].t_lo_ns + clock_.tick_ns);
  found.source->sample_one(1, sink);
  EXPECT_EQ(sink.readings[1].size(), 3u);
  EXPECT_EQ(sink.readings[0].size(), 2u);
}

TEST_F(Perf, CoresAndUncoreArePartOfTheirPackage) {
  pmu("0-1\n");
  event("energy-pkg", "event=0x02\n");
  event("energy-cores", "event=0x01\n");
  event("energy-gpu", "event=0x04\n");
  event("energy-psys", "event=0x05\n");
  cpu(0, "0\n", "0\n");
  cpu(1, "1\n", "0\n");
  const Discovery found = discover();
  const auto signals = found.source->signals();
  EXPECT_EQ(signals.size(), 8u);
  const Signal cores = signal_of(signals, "perf:energy-cores:package-1");
  EXPECT_EQ(cores.domain, Domain::kCore);
  EXPECT_EQ(cores.contained_in, "perf:energy-pkg:package-1");
  EXPECT_EQ(signal_of(signals, "perf:energy-gpu:package-0").domain, Domain::kUncore);
  const Signal psys = signal_of(signals, "perf:energy-psys:package-0");
  EXPECT_EQ(psys.domain, Domain::kPlatform);
  EXPECT_EQ(psys.socket, -1);
  EXPECT_EQ(psys.contained_in, "");
}

/// As Linux 6.15 shows it on an AMD machine: one CPU of each core.
class PerfCores : public Perf {
 protected:
  PerfCores() {
    pmu("0\n");
    event("energy-pkg", "event=0x02\n");
    const std::string folder = "sys/bus/event_source/devices/power_core/";
    tree_.write(folder + "type", "31\n");
    tree_.write(folder + "cpumask", "0-1\n");
    tree_.write(folder + "format/event", "config:0-7\n");
    tree_.write(folder + "events/energy-core", "event=0x01\n");
    tree_.write(folder + "events/energy-core.scale", kScale);
    tree_.write(folder + "events/energy-core.unit", "Joules\n");
    tree_.write("proc/cpuinfo", "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\n\n");
    for (const int at : {0, 1}) {
      cpu(at, "0\n", "0\n");
      tree_.write("sys/devices/system/cpu/cpu" + std::to_string(at) + "/topology/core_id",
                  at == 0 ? "0\n" : "5\n");
    }
  }
};

TEST_F(PerfCores, EachIsPartOfItsPackage) {
  const Discovery found = discover();
  ASSERT_NE(found.source, nullptr);
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 3u);
  const Signal core = signal_of(signals, "perf:energy-core:package-0/core-5");
  EXPECT_EQ(core.domain, Domain::kCore);
  EXPECT_EQ(core.device, "package-0/core-5") << "as the msr backend names it";
  EXPECT_EQ(core.socket, 0);
  EXPECT_EQ(core.contained_in, "perf:energy-pkg:package-0");
  EXPECT_EQ(core.longest_gap_ns, 10 * kSecond);
  EXPECT_TRUE(core.readable);
  EXPECT_EQ(kernel_.opened.back().type, 31u);
  EXPECT_EQ(kernel_.opened.back().config, 1u);
  EXPECT_EQ(kernel_.opened.back().cpu, 1);
  std::vector<Candidate> candidates;
  for (const Signal& signal : signals) candidates.push_back({signal, &perf::kBackend});
  choose(candidates);
  for (const Candidate& candidate : candidates)
    EXPECT_EQ(candidate.signal.counted, candidate.signal.domain == Domain::kPackage);
}

TEST_F(PerfCores, ThatAreRefusedAreOneNote) {
  kernel_.refuse_cpu[1] = EIO;
  const Discovery found = discover();
  ASSERT_EQ(found.source->signals().size(), 2u);
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_NE(found.notes[0].find("left out"), std::string::npos) << found.notes[0];
}

TEST_F(Perf, DiesOfASocketAddUpThePlatformDoesNot) {
  pmu("0-3\n");
  event("energy-pkg", "event=0x02\n");
  event("energy-psys", "event=0x05\n");
  for (int at = 0; at < 4; ++at) cpu(at, at < 2 ? "0\n" : "1\n", at % 2 == 0 ? "0\n" : "1\n");
  const Discovery found = discover();
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 6u)
      << "a package has one platform register, and a package's for each die";
  EXPECT_EQ(signal_of(signals, "perf:energy-pkg:package-1-die-1").socket, 1);
  EXPECT_EQ(signal_of(signals, "perf:energy-psys:package-1").socket, -1);
  std::vector<Candidate> candidates;
  for (const Signal& signal : signals) candidates.push_back({signal, &perf::kBackend});
  choose(candidates);
  int counted = 0;
  for (const Candidate& candidate : candidates)
    if (candidate.signal.counted) {
      ++counted;
      EXPECT_EQ(candidate.signal.domain, Domain::kPackage);
    }
  EXPECT_EQ(counted, 4);
}

TEST_F(Perf, AnAmdPackageIsCountedOnceThoughItsDiesAllNameIt) {
  pmu("0,2,4\n");
  event("energy-pkg", "event=0x02\n");
  for (int at = 0; at < 3; ++at) cpu(2 * at, "0\n", at == 0 ? "0\n" : at == 1 ? "1\n" : "2\n");
  tree_.write("proc/cpuinfo", "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\n\n");
  const Discovery found = discover();
  ASSERT_EQ(found.source->signals().size(), 1u);
  EXPECT_EQ(found.source->signals()[0].id, "perf:energy-pkg:package-0");
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_NE(found.notes[0].find("3 CPUs for 1 packages"), std::string::npos) << found.notes[0];
}

TEST_F(Perf, ARefusalNamesErrnoLevelCapabilityAndOneCommand) {
  server();
  tree_.write("proc/sys/kernel/perf_event_paranoid", "2\n");
  tree_.write("proc/self/status", "Name:\tx\nCapEff:\t0000000000000000\nSeccomp:\t0\n");
  std::filesystem::create_directories(tree_.at("bin"));
  tree_.link("proc/self/exe", tree_.at("bin/joulepath").string());
  kernel_.refuse_cpu = {{0, EACCES}, {2, EACCES}};
  const Discovery found = discover();
  const Signal package = found.source->signals()[0];
  EXPECT_FALSE(package.readable);
  EXPECT_EQ(package.provenance, record::Provenance::kAbsent);
  EXPECT_EQ(package.reason,
            "perf_event_open of power/energy-pkg/ on CPU 0: Permission denied (errno 13); "
            "perf_event_paranoid is 2, CAP_PERFMON is missing");
  const std::string recorder = tree_.at("bin/joulepath-recorder").string();
  EXPECT_EQ(package.remedy, "chgrp joulepath " + recorder + " && chmod 0750 " + recorder +
                                " && setcap cap_perfmon=ep " + recorder);
  EXPECT_EQ(package.remedy.find("paranoid"), std::string::npos) << "it would open it to everybody";
  FakeSink sink;
  found.source->sample(sink);
  EXPECT_TRUE(sink.readings.empty());
  EXPECT_TRUE(sink.failures.empty());
}

TEST_F(Perf, WhereTheDistributionAsksForMoreTheRemedyBringsItBackToTheKernelsDefault) {
  server();
  kernel_.refuse_cpu = {{0, EACCES}, {2, EACCES}};
  tree_.write("proc/sys/kernel/perf_event_paranoid", "3\n");
  tree_.write("proc/self/status", "Name:\tx\nCapEff:\t0000000000000000\n");
  EXPECT_EQ(discover().source->signals()[0].remedy,
            "sysctl kernel.perf_event_paranoid=2 && chgrp joulepath joulepath-recorder && "
            "chmod 0750 joulepath-recorder && setcap cap_perfmon=ep joulepath-recorder");
  tree_.write("proc/self/status", "Name:\tx\nCapEff:\t0000004000000000\n");
  EXPECT_EQ(discover().source->signals()[0].remedy, "sysctl kernel.perf_event_paranoid=2");
}

TEST_F(Perf, ARefusalOnAnUnknownSystemSaysWhatIsNotKnown) {
  server();
  kernel_.refuse_cpu = {{0, EPERM}, {2, ENODEV}};
  const Discovery found = discover();
  EXPECT_NE(found.source->signals()[0].reason.find(
                "(errno 1); perf_event_paranoid is not known, CAP_PERFMON: not known whether held"),
            std::string::npos)
      << found.source->signals()[0].reason;
  EXPECT_NE(found.source->signals()[1].reason.find("CPU 2: No such device"), std::string::npos);
  EXPECT_EQ(found.source->signals()[1].remedy, "");
}

TEST_F(Perf, HalfASocketIsNoSocket) {
  pmu("0-1\n");
  event("energy-pkg", "event=0x02\n");
  cpu(0, "0\n", "0\n");
  cpu(1, "0\n", "1\n");
  kernel_.refuse_cpu = {{1, EBUSY}};
  const Discovery found = discover();
  const Signal die = signal_of(found.source->signals(), "perf:energy-pkg:package-0-die-0");
  EXPECT_FALSE(die.readable) << "the other die's joules would be missing";
  EXPECT_NE(die.reason.find("perf:energy-pkg:package-0-die-1 of the same socket"),
            std::string::npos)
      << die.reason;
}

TEST_F(Perf, AFailedReadIsNoValueAndReadingsGoOn) {
  server();
  const Discovery found = discover();
  FakeSink sink;
  kernel_.read_errno = EAGAIN;
  found.source->sample_one(0, sink);
  kernel_.read_errno = 0;
  kernel_.short_read = 4;
  found.source->sample_one(0, sink);
  EXPECT_EQ(sink.failures[0], (std::vector<int>{EAGAIN, EBADMSG}));
  EXPECT_TRUE(sink.readings.empty());
  kernel_.short_read = -1;
  kernel_.opened[0].count = 77;
  found.source->sample_one(0, sink);
  EXPECT_EQ(sink.readings[0].size(), 1u);
  EXPECT_EQ(kernel_.opened.size(), 4u) << "neither is a reason to open it again";
}

TEST_F(Perf, AfterABreakTheIntervalIsLostAndNothingIsAddedUp) {
  server();
  const Discovery found = discover();
  record::Counter counter(record::limits_of(found.source->signals()[0]));
  FakeSink sink;
  const auto sample = [&] {
    clock_.now_ns += 10 * kMs;
    sink.clear();
    found.source->sample_one(0, sink);
    return sink.readings[0].empty() ? record::Step{record::StepKind::kGap}
                                    : counter.advance(sink.readings[0][0]);
  };
  EXPECT_TRUE(sample().exact());
  kernel_.opened[0].count = 500;
  EXPECT_EQ(sample().delta, 500u);
  // The package goes away: the event reads as ended, and cannot be opened.
  kernel_.short_read = 0;
  kernel_.refuse_cpu = {{0, ENODEV}};
  sample();
  EXPECT_EQ(sink.failures[0], (std::vector<int>{ENODEV}));
  sample();
  EXPECT_EQ(sink.failures[0], (std::vector<int>{ENODEV}));
  // It is back, but is looked for once a second only.
  kernel_.short_read = -1;
  kernel_.refuse_cpu.clear();
  sample();
  EXPECT_EQ(sink.failures[0], (std::vector<int>{ENODEV}));
  EXPECT_EQ(kernel_.opened.size(), 4u);
  clock_.now_ns += kSecond;
  // A new event, which by now has counted more than the old one ever did: no difference.
  EXPECT_EQ(sample().kind, record::StepKind::kBackward);
  ASSERT_EQ(kernel_.opened.size(), 5u);
  kernel_.opened[4].count += 900;
  EXPECT_EQ(sample().delta, 900u);
  EXPECT_EQ(counter.total(), 1400u);
}

TEST_F(Perf, ABreakBeforeAnythingWasCountedIsSeenToo) {
  server();
  const Discovery found = discover();
  record::Counter counter(record::limits_of(found.source->signals()[0]));
  FakeSink sink;
  found.source->sample_one(0, sink);
  kernel_.short_read = 0;
  found.source->sample_one(0, sink);
  kernel_.short_read = -1;
  clock_.now_ns += kSecond;
  found.source->sample_one(0, sink);
  ASSERT_EQ(sink.readings[0].size(), 2u);
  counter.advance(sink.readings[0][0]);
  EXPECT_EQ(counter.advance(sink.readings[0][1]).kind, record::StepKind::kBackward);
}

TEST_F(Perf, EventsItCannotTrustAreNotReadAndSaidSo) {
  server();
  event("energy-cores", "event=0x01\n", "nonsense\n");
  event("energy-gpu", "event=0x100\n");
  event("energy-psys", "event=0x05\n", kScale, "Watts\n");
  event("energy-moon", "event=0x09\n");
  const Discovery found = discover();
  EXPECT_EQ(found.source->signals().size(), 4u);
  ASSERT_EQ(found.notes.size(), 4u);
  EXPECT_NE(found.notes[0].find("scale 'nonsense'"), std::string::npos) << found.notes[0];
  EXPECT_NE(found.notes[1].find("'event=0x100' is not understood"), std::string::npos);
  EXPECT_NE(found.notes[2].find("'Watts', not Joules"), std::string::npos) << found.notes[2];
  EXPECT_NE(found.notes[3].find("energy-moon is not known"), std::string::npos);
}

TEST_F(Perf, TheConfigFollowsTheFormat) {
  server();
  write("format/event", "config:8-15\n");
  write("format/edge", "config:18\n");
  event("energy-pkg", "event=0x02,edge=1\n", "0.001\n");
  const Discovery found = discover();
  EXPECT_EQ(kernel_.opened[0].config, 0x40200u);
  EXPECT_EQ(found.source->signals()[0].unit, "0.001 J");
}

TEST_F(Perf, SaysWhyNothingIsHere) {
  EXPECT_NE(discover().absent.find("no power PMU"), std::string::npos);
  pmu("garbage\n");
  EXPECT_NE(discover().absent.find("cpumask: is no list of CPUs"), std::string::npos)
      << discover().absent;
  pmu("0\n");
  EXPECT_NE(discover().absent.find("the package of CPU 0 is not known"), std::string::npos);
  cpu(0, "0\n", "");
  EXPECT_NE(discover().absent.find("has no energy event"), std::string::npos);
  write("type", "many\n");
  EXPECT_NE(discover().absent.find("type: is no number of a PMU"), std::string::npos);
}

}  // namespace
}  // namespace joulepath::sensors
