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

TEST(DeviceTime, KeepsTheCallOfAFreshValue) {
  DeviceTime time;
  expect_taken(time.place(call(100, 102), 102 * kMs), 100, 102);
  expect_taken(time.place(call(120, 122), 122 * kMs), 120, 122);
}

TEST(DeviceTime, PutsAnOldValueWhereItWasTaken) {
  DeviceTime time;
  expect_taken(time.place(call(100, 101), 101 * kMs), 100, 101);
  // Asked at 200, but taken at 150.
  expect_taken(time.place(call(200, 210), 150 * kMs), 149, 150);
}

TEST(DeviceTime, NeverEndsAfterTheCall) {
  DeviceTime time;
  expect_taken(time.place(call(100, 130), 101 * kMs), 100, 130);
  // This one shows that the device's clock is 20 ms further on than the first let believe.
  expect_taken(time.place(call(140, 141), 132 * kMs), 140, 141);
  expect_taken(time.place(call(160, 180), 152 * kMs), 160, 161);
}

TEST(DeviceTime, TheSameStampIsNoNewReading) {
  DeviceTime time;
  ASSERT_TRUE(time.place(call(100, 101), 101 * kMs));
  EXPECT_FALSE(time.place(call(120, 121), 101 * kMs));
  EXPECT_TRUE(time.place(call(140, 141), 141 * kMs));
}

TEST(DeviceTime, LearnsAnewWhenTheStampsGoBack) {
  DeviceTime time;
  ASSERT_TRUE(time.place(call(100'000, 100'001), 100'001 * kMs));
  expect_taken(time.place(call(100'020, 100'021), 3 * kMs), 100'020, 100'021);
  expect_taken(time.place(call(100'040, 100'041), 13 * kMs), 100'030, 100'031);
}

TEST(DeviceTime, DoesNotBelieveAValueOfASecondAgo) {
  DeviceTime time;
  ASSERT_TRUE(time.place(call(100, 101), 101 * kMs));
  // A clock at a tenth of the rate: as if stamps were in the wrong unit.
  expect_taken(time.place(call(2'100, 2'101), 301 * kMs), 2'100, 2'101);
}

TEST(DeviceTime, ForgetsSoThatDriftDoesNotAddUp) {
  DeviceTime time;
  // The device runs 0.1 % slow: after 100 s it would seem 100 ms old.
  std::optional<record::Reading> taken;
  for (std::int64_t at = 0; at < 5000; ++at) {
    const record::Reading called{kZero + at * 20 * kMs, kZero + at * 20 * kMs + kMs, 1};
    taken = time.place(called, (at * 20 + 1) * kMs / 1000 * 999 + kMs);
    ASSERT_TRUE(taken);
    ASSERT_GE(taken->t_hi_ns, called.t_hi_ns - 2 * kMs) << at;
  }
}

}  // namespace
}  // namespace joulepath::sensors
