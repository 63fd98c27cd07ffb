// The arithmetic of the estimate and the text it reads, without files or clock.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "sensors/estimate/cpu_load.hpp"
#include "sensors/estimate/energy_model.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors::estimate {
namespace {

TEST(EstimateConstants, DefaultsAreThoseOfTheMethodology) {
  const EstimateModel model;
  EXPECT_DOUBLE_EQ(model.min_w_per_cpu, 0.74);
  EXPECT_DOUBLE_EQ(model.max_w_per_cpu, 3.5);
  EXPECT_DOUBLE_EQ(model.w_per_gib, 0.392);
  EXPECT_DOUBLE_EQ(model.relative_error, 0.5);
  EXPECT_TRUE(check(model));
}

TEST(EstimateConstants, ImpossibleOnesAreNamed) {
  const auto where = [](EstimateModel model) {
    const auto checked = check(model);
    return checked ? std::string() : checked.error().where;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(where({-1, 3.5, 0.4, 0.5}), "estimate model, min_w_per_cpu");
  EXPECT_EQ(where({2, 1, 0.4, 0.5}), "estimate model, max_w_per_cpu");
  EXPECT_EQ(where({0, 1001, 0.4, 0.5}), "estimate model, max_w_per_cpu");
  EXPECT_EQ(where({0, 1, nan, 0.5}), "estimate model, w_per_gib");
  EXPECT_EQ(where({0, 1, 1, 1.5}), "estimate model, relative_error");
  EXPECT_EQ(where({0, 0, 0, 0}), "");
}

TEST(CpuLoad, BusyIsNeitherIdleNorWaitNorStealNorGuestTwice) {
  std::string_view text =
      "cpu  9 9 9 9 9 9 9 9 9 9\n"
      "cpu3 1 20 300 4000 50000 600000 7000000 80000000 900000000 1000000000\n"
      "intr 5\n";
  const auto cpu = next_cpu(text);
  ASSERT_TRUE(cpu);
  EXPECT_EQ(cpu->cpu, 3u);
  EXPECT_EQ(cpu->ticks, 1u + 20 + 300 + 600000 + 7000000);
  EXPECT_FALSE(next_cpu(text));
}

TEST(CpuLoad, OddTextEndsTheLines) {
  for (const char* odd : {"", "cpu0", "cpu0 1 2 3 4", "cpu0 1 2 3\n", "cpux 1 2 3 4\n",
                          "cpu0 1 2 -3 4\n", "cpu99999999 1 2 3 4\n", "intr 1\ncpu0 1 2 3 4\n"}) {
    std::string_view text = odd;
    EXPECT_FALSE(next_cpu(text)) << odd;
  }
  std::string_view oldest = "cpu0 1 2 3 4\n";
  EXPECT_EQ(next_cpu(oldest)->ticks, 6u);
}

TEST(MemoryInUse, TotalLessAvailable) {
  EXPECT_EQ(memory_in_use_kib("MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable:  300 kB\n"), 700u);
  EXPECT_EQ(memory_in_use_kib("MemTotal: 10 kB\nMemAvailable: 300 kB\n"), 0u);
  EXPECT_FALSE(memory_in_use_kib("MemTotal: 10 kB\nMemFree: 3 kB\n"));
  EXPECT_FALSE(memory_in_use_kib(""));
  EXPECT_FALSE(memory_in_use_kib("MemTotal: x kB\nMemAvailable: 3 kB\n"));
}

TEST(Sockets, FromTheTopologyOrTheLowest) {
  const Tree tree;
  const std::string cpu = "sys/devices/system/cpu/cpu";
  tree.write(cpu + "0/topology/physical_package_id", "4\n");
  tree.write(cpu + "2/topology/physical_package_id", "7\n");
  tree.write(cpu + "3/topology/physical_package_id", "-1\n");
  tree.write(cpu + "1/online", "0\n");
  tree.write(cpu + "freq/x", "");
  EXPECT_EQ(sockets_of_cpus(tree.at("sys")), (std::vector<int>{4, 4, 7, 4}));
  EXPECT_TRUE(sockets_of_cpus(tree.at("nowhere")).empty());
}

TEST(EnergyAccumulator, CarriesEveryRemainder) {
  Accumulator often;
  for (int i = 0; i < 1'000'003; ++i) often.add(740'000, 333);
  Accumulator once;
  once.add(740'000, 333 * 1'000'003ll);
  EXPECT_EQ(often.energy_uj(), once.energy_uj());
  EXPECT_EQ(once.energy_uj(), 246'420u);  // 0.74 W for 333 ms: 246420.74 uJ
  once.add(1, -5);
  EXPECT_EQ(once.energy_uj(), 246'420u);
}

constexpr std::int64_t kTick = 10 * kMs;

/// One pass over CPUs 0, 1, ... with these busy ticks; ~0: the line is missing.
constexpr std::uint64_t kGone = ~0ull;
void pass(PackageModel& model, std::int64_t now_ns, std::vector<std::uint64_t> ticks) {
  model.begin(now_ns);
  for (std::uint32_t cpu = 0; cpu < ticks.size(); ++cpu)
    if (ticks[cpu] != kGone) model.cpu({cpu, ticks[cpu]});
  model.end();
}

TEST(PackageModel, IdleAndBusyPowerBySocket) {
  PackageModel model({0.5, 3.5, 0, 0}, {0, 0, 5, 5}, kTick);
  ASSERT_EQ(model.socket_ids(), (std::vector<int>{0, 5}));
  pass(model, 0, {1000, 1000, 1000, 1000});
  EXPECT_EQ(model.energy_uj(0), 0u) << "the first pass is the base";
  // In one second: CPU 0 wholly busy, CPU 2 half, the others idle.
  pass(model, kSecond, {1100, 1000, 1050, 1000});
  EXPECT_EQ(model.energy_uj(0), 3'500'000u + 500'000u);
  EXPECT_EQ(model.energy_uj(1), 2'000'000u + 500'000u);
}

TEST(PackageModel, ReadingMoreOftenThanTicksComeLosesNothing) {
  PackageModel model({0.74, 3.5, 0, 0}, {0}, kTick);
  for (int ms = 0; ms <= 1000; ++ms) pass(model, ms * kMs, {static_cast<std::uint64_t>(ms / 10)});
  EXPECT_EQ(model.energy_uj(0), 3'500'000u);
}

TEST(PackageModel, NeverGoesBack) {
  PackageModel model({0, 3, 0, 0}, {0}, kTick);
  pass(model, 0, {100});
  pass(model, kSecond, {150});
  const std::uint64_t before = model.energy_uj(0);
  EXPECT_EQ(before, 1'500'000u);
  pass(model, 2 * kSecond, {149});  // rounding
  EXPECT_EQ(model.energy_uj(0), before);
  pass(model, 3 * kSecond, {151});  // and made up: one tick beyond the highest, not two
  EXPECT_EQ(model.energy_uj(0), before + 30'000);
  pass(model, 4 * kSecond, {3});  // counting began anew
  EXPECT_EQ(model.energy_uj(0), before + 30'000);
  pass(model, 5 * kSecond, {13});
  EXPECT_EQ(model.energy_uj(0), before + 330'000);
}

TEST(PackageModel, ACpuIsNeverBusyForLongerThanTheTimeThatPassed) {
  PackageModel model({0, 1, 0, 0}, {0}, kTick);
  pass(model, 0, {0});
  pass(model, kSecond, {1'000'000});
  EXPECT_EQ(model.energy_uj(0), 1'050'000u);  // and the slack of five ticks
}

TEST(PackageModel, AnOfflineCpuDrawsNothingUntilItIsBack) {
  PackageModel model({1, 2, 0, 0}, {0, 0}, kTick);
  pass(model, 0, {0, 100});
  pass(model, kSecond, {0, kGone});
  EXPECT_EQ(model.energy_uj(0), 1'000'000u);
  pass(model, 2 * kSecond, {0, 110});
  EXPECT_EQ(model.energy_uj(0), 1'000'000u + 2'000'000u + 100'000u);
}

TEST(PackageModel, UnknownCpusAreLeftOutAndTimeDoesNotGoBack) {
  PackageModel model({1, 2, 0, 0}, {0}, kTick);
  pass(model, kSecond, {0, 5});
  pass(model, 0, {0, 50});
  EXPECT_EQ(model.energy_uj(0), 0u);
  pass(model, 2 * kSecond, {0, 60});
  EXPECT_EQ(model.energy_uj(0), 1'000'000u);
}

TEST(MemoryModel, ByMeanUseBetweenReadings) {
  MemoryModel model({0, 0, 0.4, 0});
  model.set(0, 1 << 20);  // 1 GiB
  EXPECT_EQ(model.energy_uj(), 0u);
  model.set(kSecond, 3 << 20);
  EXPECT_EQ(model.energy_uj(), 800'000u);  // 2 GiB on average
  model.set(2 * kSecond, 3 << 20);
  EXPECT_EQ(model.energy_uj(), 2'000'000u);
  model.set(kSecond, 3 << 20);
  EXPECT_EQ(model.energy_uj(), 2'000'000u);
}

}  // namespace
}  // namespace joulepath::sensors::estimate
