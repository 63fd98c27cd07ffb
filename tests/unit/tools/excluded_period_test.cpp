// What nobody counts is read rarely, and never so rarely that its own figure were wrong.
#include "tools/recorder/excluded_period.hpp"

#include <gtest/gtest.h>

#include "core/record/counter.hpp"

namespace joulepath::tools {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

record::Signal package() {
  record::Signal signal;
  signal.domain = record::Domain::kPackage;
  signal.si_per_unit = 1e-6;
  return signal;
}

TEST(ExcludedPeriod, CountersAreReadEachSecond) {
  record::Signal signal = package();
  EXPECT_EQ(excluded_period_ns(signal), kSecond);
  signal.modulus = 262'143'328'851;
  signal.longest_gap_ns = 10 * kSecond;
  EXPECT_EQ(excluded_period_ns(signal), kSecond);
}

TEST(ExcludedPeriod, SingleCoresAreReadRarelyAllCoresAreNot) {
  record::Signal signal = package();
  EXPECT_FALSE(is_read_rarely(signal));
  signal.excluded_by = "another";
  EXPECT_TRUE(is_read_rarely(signal));
  signal.excluded_by.clear();
  signal.domain = record::Domain::kCore;
  signal.device = "package-0/energy-cores";
  EXPECT_FALSE(is_read_rarely(signal));
  signal.device = "package-0/core-17";
  EXPECT_TRUE(is_read_rarely(signal));
  signal.counted = true;
  EXPECT_FALSE(is_read_rarely(signal));
}

TEST(ExcludedPeriod, NoWrapIsLost) {
  record::Signal signal = package();
  signal.modulus = 1'000'000'000;  // 1 kJ: half of it in 250 ms at the 2 kW that may be
  const std::int64_t period = excluded_period_ns(signal);
  EXPECT_EQ(period, kSecond / 8);
  const auto limits = record::limits_of(signal);
  EXPECT_TRUE(record::step(limits, {0, 1, 900'000'000}, {period, period + 1000, 100}).exact());
}

TEST(ExcludedPeriod, NothingIsLostThatTheDeviceDoesNotKeep) {
  record::Signal signal = package();
  signal.longest_gap_ns = kSecond;
  EXPECT_EQ(excluded_period_ns(signal), kSecond / 2);
}

TEST(ExcludedPeriod, NoPowerThatIsShownIsLeftOut) {
  record::Signal signal = package();
  for (const record::Kind kind : {record::Kind::kPower, record::Kind::kPowerAveraged}) {
    signal.kind = kind;
    signal.update_period_ns = 0;
    EXPECT_EQ(excluded_period_ns(signal), 0) << "it may change at any time";
    signal.update_period_ns = kSecond / 10;
    EXPECT_EQ(excluded_period_ns(signal), kSecond / 20);
    signal.update_period_ns = 60 * kSecond;
    EXPECT_EQ(excluded_period_ns(signal), kSecond);
  }
}

}  // namespace
}  // namespace joulepath::tools
