// Readings of power become energy: exactly where power is constant, with what was not seen
// as a margin, and as a gap where nobody looked.
#include "core/analysis/power_readings.hpp"

#include <gtest/gtest.h>

namespace joulepath::analysis {
namespace {

constexpr std::int64_t kMs = 1'000'000;
using News = PowerReadings::News;

record::Signal meter(record::Kind kind, std::int64_t period_ms, std::int64_t window_ms) {
  record::Signal signal;
  signal.kind = kind;
  signal.unit = "uW";
  signal.si_per_unit = 1e-6;
  signal.domain = record::Domain::kPackage;
  signal.update_period_ns = period_ms * kMs;
  signal.averaging_ns = window_ms * kMs;
  return signal;
}

record::SampleRow at(std::int64_t ms, double watts) {
  return {0, 0, ms * kMs - 5'000, ms * kMs + 5'000, static_cast<std::uint64_t>(watts * 1e6)};
}

TEST(PowerReadings, ConstantPowerIsItsProductWithTime) {
  PowerReadings readings(meter(record::Kind::kPowerAveraged, 0, 0), 10 * kMs);
  EXPECT_EQ(readings.add(at(0, 50)).row.raw, 0u);
  PowerReadings::Step step;
  for (int i = 1; i <= 100; ++i) step = readings.add(at(10 * i, 50));
  EXPECT_EQ(step.news, News::kEnergy);
  EXPECT_EQ(step.row.raw, 50'000'000u);
  EXPECT_EQ(readings.unseen_uj(), 0.0);
}

TEST(PowerReadings, InstantaneousPowerIsIntegratedByTrapezoids) {
  PowerReadings readings(meter(record::Kind::kPower, 10, 0), 10 * kMs);
  readings.add(at(0, 10));
  EXPECT_EQ(readings.add(at(10, 30)).row.raw, 200'000u);
  // It may have changed at once, or just before the second reading.
  EXPECT_DOUBLE_EQ(readings.unseen_uj(), 100'000.0);
}

TEST(PowerReadings, AnAverageStandsForTheMiddleOfItsWindow) {
  PowerReadings readings(meter(record::Kind::kPowerAveraged, 100, 1000), 10 * kMs);
  readings.add(at(1000, 10));
  for (int i = 1; i < 5; ++i)
    EXPECT_EQ(readings.add(at(1000 + 100 * i, 10 + i)).news, News::kNothing);
  readings.add(at(1500, 20));
  const auto step = readings.add(at(1600, 30));
  EXPECT_EQ(step.row.raw, 1'000'000u + 3'000'000u) << "steps, no trapezoids";
  EXPECT_EQ((step.row.t_lo_ns + step.row.t_hi_ns) / 2, (1600 - 450) * kMs);
  EXPECT_GE(step.row.t_hi_ns - step.row.t_lo_ns, 900 * kMs);
}

TEST(PowerReadings, AnAverageOverTheWholeUpdateEndsWithIt) {
  PowerReadings readings(meter(record::Kind::kPowerAveraged, 1000, 1000), 10 * kMs);
  readings.add(at(1000, 10));
  const auto step = readings.add(at(2000, 30));
  EXPECT_EQ((step.row.t_lo_ns + step.row.t_hi_ns) / 2, 2000 * kMs);
}

TEST(PowerReadings, TheSameValueWithinAnUpdateIsNoNews) {
  PowerReadings readings(meter(record::Kind::kPowerAveraged, 100, 100), 10 * kMs);
  readings.add(at(0, 20));
  for (int i = 1; i < 15; ++i) EXPECT_EQ(readings.add(at(10 * i, 20)).news, News::kNothing) << i;
  EXPECT_EQ(readings.add(at(150, 20)).row.raw, 3'000'000u) << "updated to the same";
  EXPECT_EQ(readings.add(at(160, 25)).row.raw, 3'250'000u) << "another is news at once";
}

TEST(PowerReadings, OfUnknownPeriodEachEndIsAsUncertainAsChangesAreApart) {
  const auto width_ms = [](const PowerReadings::Step& step) {
    return (step.row.t_hi_ns - step.row.t_lo_ns) / kMs;
  };
  PowerReadings readings(meter(record::Kind::kPowerAveraged, 0, 0), 10 * kMs);
  readings.add(at(0, 20));
  EXPECT_EQ(width_ms(readings.add(at(10, 20))), 10 + 2 * 10) << "of all that was seen";
  for (int i = 2; i < 30; ++i) readings.add(at(10 * i, i < 10 ? 20 : 30));
  EXPECT_EQ(width_ms(readings.add(at(300, 30))), 10 + 2 * 300) << "one change tells nothing";
  // Changed after 90 ms and by 100 ms at first, now by 310 ms; then by 350 ms.
  EXPECT_EQ(width_ms(readings.add(at(310, 20))), 10 + 2 * 220);
  for (int i = 32; i < 35; ++i) readings.add(at(10 * i, 20));
  EXPECT_EQ(width_ms(readings.add(at(350, 30))), 10 + 2 * 50);
  for (int i = 36; i < 100; ++i) readings.add(at(10 * i, 30));
  EXPECT_EQ(width_ms(readings.add(at(1000, 30))), 10 + 2 * 50) << "it need not change to update";
  EXPECT_DOUBLE_EQ(readings.unseen_uj(), 10 * (2 * 50'000.0 + 10'000.0))
      << "late at both ends, and what the first average began with";
}

TEST(PowerReadings, WhatWasShownLastHoldsToTheLastReading) {
  PowerReadings readings(meter(record::Kind::kPowerAveraged, 1000, 1000), 10 * kMs);
  EXPECT_FALSE(readings.finish());
  readings.add(at(0, 20));
  for (int i = 1; i < 200; ++i) readings.add(at(10 * i, i < 100 ? 20 : 30));
  const auto last = readings.finish();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->raw, 1'000'000u * 30 + 990'000u * 30);
  EXPECT_EQ((last->t_lo_ns + last->t_hi_ns) / 2, 1990 * kMs);
  EXPECT_FALSE(readings.finish()) << "once";
}

TEST(PowerReadings, WhatWasNotReadIsAGap) {
  PowerReadings readings(meter(record::Kind::kPowerAveraged, 20, 20), 10 * kMs);
  readings.add(at(0, 20));
  readings.add(at(20, 21));
  const auto step = readings.add(at(1000, 22));
  EXPECT_EQ(step.news, News::kGap);
  EXPECT_EQ(step.row.raw, 420'000u) << "nothing is made up for the gap";
  EXPECT_EQ(readings.add(at(1020, 30)).row.raw, 1'020'000u);
}

TEST(PowerReadings, MoreThanADeviceCanDrawIsUnusable) {
  PowerReadings readings(meter(record::Kind::kPowerAveraged, 20, 20), 10 * kMs);
  readings.add(at(0, 20));
  EXPECT_EQ(readings.add(at(20, 1e6)).news, News::kUnusable);
  EXPECT_EQ(readings.add(at(20, 30)).row.raw, 600'000u);
  EXPECT_EQ(readings.add(at(20, 40)).news, News::kUnusable) << "not later";
}

TEST(PowerReadings, UnsampledTimeIsDoubtedWithinTheRangeOfPower) {
  record::Signal signal = meter(record::Kind::kPowerAveraged, 100, 100);
  signal.sampled_share = 0.25;
  PowerReadings readings(signal, 10 * kMs);
  readings.add(at(0, 10));
  readings.add(at(100, 30));
  EXPECT_DOUBLE_EQ(readings.unseen_uj(), (1 + 0.75) * 20 * 100'000.0)
      << "and what the first average began with";
}

TEST(AsEnergy, OnlyPowerIsTurned) {
  record::Signal counter;
  counter.si_per_unit = 0.5;
  counter.modulus = 7;
  EXPECT_EQ(as_energy(counter).si_per_unit, 0.5);
  EXPECT_EQ(as_energy(counter).modulus, 7u);
  EXPECT_EQ(as_energy(counter).provenance, record::Provenance::kMeasured);
  const record::Signal energy = as_energy(meter(record::Kind::kPower, 10, 0));
  EXPECT_EQ(energy.kind, record::Kind::kEnergy);
  EXPECT_EQ(energy.unit, "uJ");
  EXPECT_EQ(energy.provenance, record::Provenance::kDeviceAveraged);
}

}  // namespace
}  // namespace joulepath::analysis
