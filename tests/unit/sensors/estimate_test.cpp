// The estimate backend on machines as files.
#include "sensors/estimate/estimate.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

using record::Domain;
using record::Provenance;

const std::string kMeminfo = "MemTotal: 4194304 kB\nMemAvailable: 3145728 kB\n";  // 1 GiB used

TEST(Estimate, APackageForEachSocketAndTheMemory) {
  const FakeClock clock;
  const Discovery found = estimate::kBackend.discover(node("no-powercap", clock));
  ASSERT_NE(found.source, nullptr);
  const auto signals = found.source->signals();
  ASSERT_EQ(signals.size(), 3u);
  EXPECT_EQ(signals[0].id, "estimate:package-0");
  EXPECT_EQ(signals[1].id, "estimate:package-1");
  EXPECT_EQ(signals[1].socket, 1);
  EXPECT_EQ(signals[1].domain, Domain::kPackage);
  EXPECT_EQ(signals[2].id, "estimate:dram");
  EXPECT_EQ(signals[2].socket, -1) << "meminfo does not tell sockets apart";
  for (const auto& signal : signals) {
    EXPECT_EQ(signal.provenance, Provenance::kEstimated);
    EXPECT_DOUBLE_EQ(signal.relative_error, 0.5);
    EXPECT_EQ(signal.unit, "uJ");
    EXPECT_DOUBLE_EQ(signal.si_per_unit, 1e-6);
    EXPECT_EQ(signal.modulus, 0u);
    EXPECT_TRUE(signal.readable);
  }
  EXPECT_TRUE(estimate::kBackend.fallback);
}

TEST(Estimate, KnownLoadGivesKnownEnergy) {
  FakeClock clock;
  clock.tick_ns = 0;
  const Tree tree;
  tree.write("proc/stat", "cpu  0 0 0 0\ncpu0 0 0 0 0\ncpu1 0 0 0 0\n");
  tree.write("proc/meminfo", kMeminfo);
  Environment environment = tree.environment(clock);
  environment.estimate_model = {1.0, 4.0, 0.5, 0.3};
  const Discovery found = estimate::kBackend.discover(environment);
  ASSERT_EQ(found.source->signals().size(), 2u);
  EXPECT_EQ(found.source->signals()[1].socket, 0) << "one socket: the memory is its";
  EXPECT_DOUBLE_EQ(found.source->signals()[0].relative_error, 0.3);
  FakeSink sink;
  found.source->sample(sink);
  clock.now_ns += 2 * kSecond;
  tree.write("proc/stat", "cpu  0 0 0 0\ncpu0 150 0 0 50\ncpu1 0 0 0 200\n");
  found.source->sample(sink);
  ASSERT_EQ(sink.readings[0].size(), 2u);
  EXPECT_EQ(sink.readings[0][0].raw, 0u);
  EXPECT_EQ(sink.readings[0][1].raw, 4'000'000u + 4'500'000u);
  EXPECT_EQ(sink.readings[1][1].raw, 1'000'000u);
  EXPECT_EQ(sink.readings[0][1].t_lo_ns, clock.now_ns);
}

TEST(Estimate, AFailedPassIsAFailureAndTheNextCoversItsTime) {
  FakeClock clock;
  clock.tick_ns = 0;
  const Tree tree;
  tree.write("proc/stat", "cpu0 0 0 0 0\n");
  tree.write("proc/meminfo", kMeminfo);
  Environment environment = tree.environment(clock);
  environment.estimate_model = {1.0, 1.0, 1.0, 0.5};
  const Discovery found = estimate::kBackend.discover(environment);
  FakeSink sink;
  found.source->sample(sink);
  clock.now_ns += kSecond;
  tree.write("proc/stat", "garbage\n");
  tree.write("proc/meminfo", "");
  found.source->sample(sink);
  EXPECT_EQ(sink.failures[0], (std::vector<int>{EBADMSG}));
  EXPECT_EQ(sink.failures[1], (std::vector<int>{EBADMSG}));
  EXPECT_EQ(sink.readings[0].size(), 1u);
  clock.now_ns += kSecond;
  tree.write("proc/stat", "cpu0 0 0 0 0\n");
  tree.write("proc/meminfo", kMeminfo);
  found.source->sample(sink);
  EXPECT_EQ(sink.readings[0].back().raw, 2'000'000u);
  EXPECT_EQ(sink.readings[1].back().raw, 2'000'000u);
}

TEST(Estimate, WithoutMemoryFiguresOnlyThatSignalIsMissing) {
  const FakeClock clock;
  const Tree tree;
  tree.write("proc/stat", "cpu0 0 0 0 0\n");
  tree.write("proc/meminfo", "MemTotal: 5 kB\n");
  const Discovery found = estimate::kBackend.discover(tree.environment(clock));
  EXPECT_TRUE(found.source->signals()[0].readable);
  const auto dram = found.source->signals()[1];
  EXPECT_FALSE(dram.readable);
  EXPECT_EQ(dram.provenance, Provenance::kAbsent);
  EXPECT_NE(dram.reason.find("meminfo"), std::string::npos);
  FakeSink sink;
  found.source->sample(sink);
  EXPECT_FALSE(sink.readings.contains(1));
  EXPECT_FALSE(sink.failures.contains(1));
}

TEST(Estimate, WithoutProcItSaysSo) {
  const FakeClock clock;
  const Tree tree;
  const Discovery found = estimate::kBackend.discover(tree.environment(clock));
  EXPECT_EQ(found.source, nullptr);
  EXPECT_NE(found.absent.find("proc/stat"), std::string::npos) << found.absent;
  tree.write("proc/stat", "intr 0\n");
  EXPECT_NE(estimate::kBackend.discover(tree.environment(clock)).absent.find("no CPU lines"),
            std::string::npos);
}

TEST(Estimate, ReadsThisVeryMachine) {
  const base::SystemClock clock;
  Environment environment;
  environment.clock = &clock;
  const Discovery found = estimate::kBackend.discover(environment);
  ASSERT_NE(found.source, nullptr) << found.absent;
  FakeSink sink;
  found.source->sample(sink);
  found.source->sample(sink);
  EXPECT_TRUE(sink.failures.empty());
  for (const auto& [signal, readings] : sink.readings) {
    ASSERT_EQ(readings.size(), 2u);
    EXPECT_LE(readings[0].raw, readings[1].raw);
  }
}

}  // namespace
}  // namespace joulepath::sensors
