// Where a device's own time stamp puts a reading.
#include "sensors/api/device_time.hpp"

#include <gtest/gtest.h>

namespace joulepath::sensors {
namespace {

constexpr std::int64_t kMs = 1'000'000;
/// The device's clock began long after ours.
constexpr std::int64_t kZero = 5'000'000 * kMs;

record::Reading call(std::int64_t begin_ms, std::int64_t end_ms) {
  return {kZero + begin_ms * kMs, kZero + end_ms * kMs, 1};
}

void expect_taken(const std::optional<record::Reading>& taken, std::int64_t lo_ms,
                  std::int64_t hi_ms) {
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->t_lo_ns, kZero + lo_ms * kMs);
  EXPECT_EQ(taken->t_hi_ns, kZero + hi_ms * kMs);
}

/// Fresh values of 1 ms calls each 20 ms, up to 100 ms before our zero, so that the device's
/// clock is known.
DeviceTime settled() {
  DeviceTime time;
  for (std::int64_t at = -1400; at < -100; at += 20)
    if (!time.place(call(at, at + 1), (10'000 + at + 1) * kMs)) ADD_FAILURE();
  return time;
}
/// By the device's clock.
constexpr std::int64_t stamp(std::int64_t ms) {
  return (10'000 + ms) * kMs;
}

TEST(DeviceTime, KeepsTheCallOfAFreshValue) {
  DeviceTime time = settled();
  expect_taken(time.place(call(0, 1), stamp(1)), 0, 1);
  expect_taken(time.place(call(20, 21), stamp(21)), 20, 21);
}

TEST(DeviceTime, PutsAnOldValueWhereItWasTaken) {
  DeviceTime time = settled();
  // Asked at 200, but taken at 150.
  expect_taken(time.place(call(200, 210), stamp(150)), 149, 150);
}

TEST(DeviceTime, NeverEndsAfterTheCall) {
  DeviceTime time = settled();
  // The device's clock is 8 ms further on than all before let believe.
  expect_taken(time.place(call(0, 1), stamp(9)), 0, 1);
  expect_taken(time.place(call(20, 40), stamp(31)), 20, 23);
  expect_taken(time.place(call(60, 80), stamp(88)), 60, 80);
}

TEST(DeviceTime, TheSameStampIsNoNewReading) {
  DeviceTime time;
  ASSERT_TRUE(time.place(call(100, 101), 101 * kMs));
  EXPECT_FALSE(time.place(call(120, 121), 101 * kMs));
  EXPECT_TRUE(time.place(call(140, 141), 141 * kMs));
}

TEST(DeviceTime, LearnsAnewWhenTheStampsGoBack) {
  DeviceTime time = settled();
  expect_taken(time.place(call(0, 1), 3 * kMs), 0, 1);
  // An old one by what was learnt before; now nothing is known.
  expect_taken(time.place(call(20, 21), 13 * kMs), 20, 21);
}

TEST(DeviceTime, DoesNotBelieveTheFirstSecond) {
  DeviceTime time;
  for (std::int64_t at = 0; at < 1000; at += 20)
    expect_taken(time.place(call(at, at + 1), stamp(at + (at % 40 == 0 ? 1 : -9))), at, at + 1);
  expect_taken(time.place(call(1020, 1021), stamp(1011)), 1010, 1011);
}

TEST(DeviceTime, DoesNotBelieveStampsInAnotherUnit) {
  for (const auto& [numerator, denominator] : {std::pair{1, 10}, {1, 1000}, {10, 1}}) {
    DeviceTime time;
    for (std::int64_t at = 0; at < 5000; at += 20) {
      const std::int64_t device_ns = stamp(at) / denominator * numerator;
      expect_taken(time.place(call(at, at + 1), device_ns), at, at + 1);
    }
  }
}

TEST(DeviceTime, DoesNotBelieveAValueOfASecondAgo) {
  DeviceTime time = settled();
  expect_taken(time.place(call(3000, 3001), stamp(1900)), 3000, 3001);
}

TEST(DeviceTime, ForgetsSoThatDriftDoesNotAddUp) {
  DeviceTime time;
  // The device runs 0.1 % slow: after 100 s it would seem 100 ms old.
  for (std::int64_t at = 0; at < 5000; ++at) {
    const record::Reading called{kZero + at * 20 * kMs, kZero + at * 20 * kMs + kMs, 1};
    const auto taken = time.place(called, (at * 20 + 1) * kMs / 1000 * 999 + kMs);
    ASSERT_TRUE(taken);
    ASSERT_GE(taken->t_hi_ns, called.t_hi_ns - 3 * kMs) << at;
  }
}

}  // namespace
}  // namespace joulepath::sensors
