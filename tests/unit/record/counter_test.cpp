// Every way a counter can move between two readings: exact, or named as what it is.
#include "core/record/counter.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace joulepath::record {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::uint64_t kModulus = 262'143'328'911;  // uJ, as powercap has it
constexpr std::uint64_t kTwoKw = 2'000'000'000;      // uJ per second

Reading at(std::int64_t t_ns, std::uint64_t raw) {
  return {t_ns, t_ns + 1000, raw};
}

constexpr CounterLimits kRapl{kModulus, kTwoKw, kMs};
constexpr CounterLimits kEndless{0, kTwoKw, kMs};

TEST(LongestStill, ThreeUpdatesOrTheTimeOfAUnitAtATenthOfAWatt) {
  Signal signal;
  signal.update_period_ns = 1'000'000;
  signal.si_per_unit = 1e-6;
  EXPECT_EQ(longest_still_ns(signal), 3'000'000);
  signal.si_per_unit = 1.0;
  EXPECT_EQ(longest_still_ns(signal), 10'000'000'000);
  signal.si_per_unit = 1e-6;
  signal.update_period_ns = 0;
  EXPECT_EQ(longest_still_ns(signal), 3'000'000'000) << "a period that is not known";
}

TEST(CounterStep, PlainDifference) {
  const Step taken = step(kRapl, at(0, 1000), at(10 * kMs, 501'000));
  EXPECT_EQ(taken.kind, StepKind::kExact);
  EXPECT_EQ(taken.delta, 500'000u);
  EXPECT_FALSE(taken.wrapped);
}

TEST(CounterStep, NoMovementIsExactlyZero) {
  const Step taken = step(kRapl, at(0, 77), at(10 * kMs, 77));
  EXPECT_TRUE(taken.exact());
  EXPECT_EQ(taken.delta, 0u);
}

TEST(CounterStep, WrapExactlyAtTheModulus) {
  // The last value, then zero: one unit went by.
  const Step one = step(kRapl, at(0, kModulus - 1), at(10 * kMs, 0));
  EXPECT_EQ(one.kind, StepKind::kExact);
  EXPECT_EQ(one.delta, 1u);
  EXPECT_TRUE(one.wrapped);
  const Step more = step(kRapl, at(0, kModulus - 10), at(10 * kMs, 15));
  EXPECT_EQ(more.delta, 25u);
}

TEST(CounterStep, ResetIsNotAWrap) {
  // From the middle of the range to near zero would be 131 kJ in 10 ms.
  const Step taken = step(kRapl, at(0, kModulus / 2), at(10 * kMs, 5));
  EXPECT_EQ(taken.kind, StepKind::kBackward);
  EXPECT_EQ(taken.delta, 0u);
}

TEST(CounterStep, BackwardByOne) {
  EXPECT_EQ(step(kRapl, at(0, 1000), at(10 * kMs, 999)).kind, StepKind::kBackward);
  EXPECT_EQ(step(kEndless, at(0, 1000), at(10 * kMs, 999)).kind, StepKind::kBackward);
}

TEST(CounterStep, WithoutModulusEveryDecreaseIsBackward) {
  EXPECT_EQ(step(kEndless, at(0, ~0ull), at(10 * kMs, 3)).kind, StepKind::kBackward);
}

TEST(CounterStep, WithoutARateNoDecreaseIsCalledAWrap) {
  EXPECT_EQ(step({kModulus, 0, 0}, at(0, kModulus - 1), at(kMs, 0)).kind, StepKind::kBackward);
}

TEST(CounterStep, JumpBeyondThePossible) {
  // 2 kW for 10 ms and one update period of 1 ms: 22 J, and the reading's own 1 us.
  EXPECT_TRUE(step(kRapl, at(0, 0), at(10 * kMs, 22'000'000)).exact());
  EXPECT_EQ(step(kRapl, at(0, 0), at(10 * kMs, 22'100'000)).kind, StepKind::kJump);
}

TEST(CounterStep, GapLongerThanHalfTheRangeIsNeverGuessed) {
  const std::int64_t half_ns = 65'535'832'227;  // half of 262 kJ at 2 kW
  EXPECT_TRUE(step(kRapl, at(0, 0), at(half_ns - kMs, 5)).exact());
  EXPECT_EQ(step(kRapl, at(0, 0), at(half_ns + kMs, 5)).kind, StepKind::kGap);
  EXPECT_EQ(step(kRapl, at(0, 9), at(half_ns + kMs, 5)).kind, StepKind::kGap);
  // What never wraps has no such limit.
  EXPECT_TRUE(step(kEndless, at(0, 0), at(3600'000 * kMs, 5)).exact());
}

TEST(CounterStep, OutOfRange) {
  EXPECT_EQ(step(kRapl, at(0, 1), at(10 * kMs, kModulus)).kind, StepKind::kOutOfRange);
  EXPECT_EQ(step(kRapl, at(0, kModulus), at(10 * kMs, 1)).kind, StepKind::kOutOfRange);
  EXPECT_TRUE(step(kRapl, at(0, kModulus - 2), at(10 * kMs, kModulus - 1)).exact());
}

TEST(CounterStep, TimeMustAdvance) {
  EXPECT_EQ(step(kRapl, at(kMs, 1), at(kMs, 2)).kind, StepKind::kNonPositiveTime);
  EXPECT_EQ(step(kRapl, at(2 * kMs, 1), at(kMs, 2)).kind, StepKind::kNonPositiveTime);
  // Either end of the interval that did not advance is enough.
  EXPECT_EQ(step(kRapl, {10, 20, 1}, {10, 30, 2}).kind, StepKind::kNonPositiveTime);
  EXPECT_EQ(step(kRapl, {10, 20, 1}, {11, 20, 2}).kind, StepKind::kNonPositiveTime);
  EXPECT_TRUE(step(kRapl, {10, 20, 1}, {11, 21, 2}).exact());
}

TEST(CounterStep, LargestValuesDoNotOverflow) {
  const CounterLimits limits{~0ull, ~0ull, 0};
  EXPECT_EQ(step(limits, at(0, 0), at(INT64_MAX - 2000, 1)).kind, StepKind::kGap);
  const CounterLimits endless{0, ~0ull, 0};
  const Step taken = step(endless, at(0, 0), at(INT64_MAX - 2000, ~0ull));
  EXPECT_TRUE(taken.exact());
  EXPECT_EQ(taken.delta, ~0ull);
}

TEST(Counter, TwentyWrapsLoseNothing) {
  Counter counter(kRapl);
  std::uint64_t energy = 123;
  const std::uint64_t first = energy;
  std::int64_t t = 0;
  counter.advance(at(t, energy % kModulus));
  while (energy < 20 * kModulus + 1000) {
    energy += 12'345'678'901;  // 1.2 kW for 10 s
    t += 10'000 * kMs;
    EXPECT_TRUE(counter.advance(at(t, energy % kModulus)).exact());
  }
  EXPECT_EQ(counter.total(), energy - first);
  EXPECT_EQ(counter.wraps(), 20u);
}

TEST(Counter, FirstReadingIsTheBase) {
  Counter counter(kRapl);
  const Step first = counter.advance(at(0, 5000));
  EXPECT_TRUE(first.exact());
  EXPECT_EQ(first.delta, 0u);
  EXPECT_EQ(counter.total(), 0u);
}

TEST(Counter, OutOfRangeKeepsTheBaseSoNothingIsLost) {
  Counter counter(kRapl);
  EXPECT_EQ(counter.advance(at(0, kModulus)).kind, StepKind::kOutOfRange);
  counter.advance(at(10 * kMs, 1000));
  EXPECT_EQ(counter.advance(at(20 * kMs, kModulus + 1)).kind, StepKind::kOutOfRange);
  EXPECT_EQ(counter.advance(at(15 * kMs - 20 * kMs, 1001)).kind, StepKind::kNonPositiveTime);
  EXPECT_EQ(counter.advance(at(30 * kMs, 4000)).delta, 3000u);
  EXPECT_EQ(counter.total(), 3000u);
}

TEST(Counter, AfterAResetItCountsOn) {
  Counter counter(kRapl);
  counter.advance(at(0, kModulus / 2));
  EXPECT_EQ(counter.advance(at(10 * kMs, 100)).kind, StepKind::kBackward);
  EXPECT_EQ(counter.advance(at(20 * kMs, 350)).delta, 250u);
  EXPECT_EQ(counter.total(), 250u);
}

TEST(CounterLimitsOf, RateIsInRawUnits) {
  Signal package;
  package.domain = Domain::kPackage;
  package.si_per_unit = 1e-6;
  package.modulus = kModulus;
  package.update_period_ns = kMs;
  const CounterLimits limits = limits_of(package);
  EXPECT_EQ(limits.modulus, kModulus);
  EXPECT_EQ(limits.max_rate, kTwoKw);
  EXPECT_EQ(limits.update_period_ns, kMs);

  Signal gpu;
  gpu.domain = Domain::kGpu;
  gpu.si_per_unit = 1e-3;
  EXPECT_EQ(limits_of(gpu).max_rate, 5'000'000u);
  EXPECT_EQ(limits_of(gpu).update_period_ns, 1000 * kMs);

  Signal platform;
  platform.domain = Domain::kPlatform;
  platform.si_per_unit = 1e6;  // one count is more than a second's worth
  EXPECT_EQ(limits_of(platform).max_rate, 1u);
  platform.si_per_unit = 0;
  EXPECT_EQ(limits_of(platform).max_rate, static_cast<std::uint64_t>(9e18));

  package.provenance = Provenance::kEstimated;
  EXPECT_EQ(limits_of(package).max_rate, 0u);
}

}  // namespace
}  // namespace joulepath::record
