// Ticks to nanoseconds: exact at any length, telescoping, and true to the real clocks.
#include "core/record/tick_scale.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace joulepath::record {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(TickScale, IdentityLeavesNanosecondsAlone) {
  const TickScale scale = TickScale::identity();
  EXPECT_EQ(scale.duration_ns(0), 0u);
  EXPECT_EQ(scale.duration_ns(1), 1u);
  EXPECT_EQ(scale.duration_ns(0xffffffffffffu), 0xffffffffffffu);
  EXPECT_EQ(scale.at_ns(77), 77);
  EXPECT_EQ(scale.ns_per_tick(), 1.0);
}

TEST(TickScale, RateOfTwoPairs) {
  // 3 GHz: a third of a nanosecond a tick.
  const TickScale scale({1000, 500}, {1000 + 3'000'000'000u, 500 + kSecond});
  EXPECT_DOUBLE_EQ(scale.ns_per_tick(), 1.0 / 3);
  EXPECT_NEAR(static_cast<double>(scale.duration_ns(3'000'000'000u)), 1e9, 1);
  EXPECT_NEAR(static_cast<double>(scale.duration_ns(1'500'000'000u)), 5e8, 1);
}

TEST(TickScale, SlowerThanNanosecondsToo) {
  // 24 MHz, as AArch64 counters run.
  const TickScale scale({0, 0}, {24'000'000, kSecond});
  EXPECT_NEAR(static_cast<double>(scale.duration_ns(24)), 1000, 1);
  EXPECT_NEAR(static_cast<double>(scale.duration_ns(24'000'000)), 1e9, 1);
}

TEST(TickScale, LongDurationsKeepTheirNanoseconds) {
  const TickScale scale({0, 0}, {2'500'000'000u, kSecond});
  // 100 days at 2.5 GHz: beyond 53 bits of a double times the rate, far below 1 ppm off.
  const std::uint64_t days = 100ull * 86'400 * 2'500'000'000u;
  const double expected = 100.0 * 86'400 * 1e9;
  EXPECT_LT(std::abs(static_cast<double>(scale.duration_ns(days)) / expected - 1), 1e-9);
}

TEST(TickScale, ConvertedTotalsTelescope) {
  const TickScale scale({0, 0}, {2'893'437'211u, kSecond});
  std::uint64_t total_ns = 0;
  std::uint64_t before = 0;
  for (std::uint64_t step = 1; step < 100'000; ++step) {
    const std::uint64_t after = before + step % 7;
    total_ns += scale.duration_ns(after) - scale.duration_ns(before);
    before = after;
  }
  EXPECT_EQ(total_ns, scale.duration_ns(before));
}

TEST(TickScale, MomentsOnBothSidesOfTheAnchor) {
  TickScale scale({0, 0}, {2000, 1000});
  EXPECT_EQ(scale.at_ns(2000), 1000);
  EXPECT_EQ(scale.at_ns(2600), 1300);
  EXPECT_EQ(scale.at_ns(1600), 800);
  scale.anchor({10'000, 7000});
  EXPECT_EQ(scale.at_ns(10'000), 7000);
  EXPECT_EQ(scale.at_ns(9'000), 6500);
}

TEST(TickScale, PairsThatTellNothingGiveTheIdentity) {
  EXPECT_EQ(TickScale({5, 5}, {5, 5}).duration_ns(10), 10u);
  EXPECT_EQ(TickScale({9, 5}, {5, 9}).duration_ns(10), 10u);
}

TEST(TickScale, AgreesWithTheMonotonicClock) {
  const base::TickKind kind = base::best_tick_kind();
  const TickPair first = read_tick_pair(kind);
  TickPair second = read_tick_pair(kind);
  while (second.ns < first.ns + 5'000'000) second = read_tick_pair(kind);
  const TickScale scale(first, second);
  EXPECT_NEAR(static_cast<double>(scale.duration_ns(second.ticks - first.ticks)),
              static_cast<double>(second.ns - first.ns), 2);
  // Over a stretch of its own the rate holds within a thousandth.
  TickPair third = read_tick_pair(kind);
  while (third.ns < second.ns + 5'000'000) third = read_tick_pair(kind);
  EXPECT_NEAR(static_cast<double>(scale.duration_ns(third.ticks - second.ticks)) /
                  static_cast<double>(third.ns - second.ns),
              1, 0.001);
}

TEST(TickScale, MonotonicPairReadsOneClock) {
  const TickPair pair = read_tick_pair(base::TickKind::kMonotonicNs);
  EXPECT_NEAR(static_cast<double>(static_cast<std::int64_t>(pair.ticks) - pair.ns), 0, 1e7);
}

}  // namespace
}  // namespace joulepath::record
