// No period is so long that a sensor loses what it counted.
#include "tools/recorder/reading_period.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace joulepath::tools {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

record::SensorRow sensor(std::int64_t longest_gap_ns, bool readable = true) {
  record::SensorRow row;
  row.signal.longest_gap_ns = longest_gap_ns;
  row.signal.readable = readable;
  return row;
}

TEST(ReadingPeriod, IsThatOfTheUserWhereNothingIsLost) {
  const std::vector<record::SensorRow> sensors{sensor(0), sensor(10 * kSecond)};
  EXPECT_EQ(reading_period_ns(10 * kSecond, {}), 10 * kSecond);
  EXPECT_EQ(reading_period_ns(10 * kSecond, {sensors.data(), 1}), 10 * kSecond);
  EXPECT_EQ(reading_period_ns(5 * kSecond, sensors), 5 * kSecond);
  EXPECT_EQ(reading_period_ns(10'000'000, sensors), 10'000'000);
}

TEST(ReadingPeriod, IsHalfTheShortestGapOfWhatIsRead) {
  const std::vector<record::SensorRow> sensors{sensor(0), sensor(10 * kSecond), sensor(6 * kSecond),
                                               sensor(kSecond, false)};
  EXPECT_EQ(reading_period_ns(10 * kSecond, {sensors.data(), 2}), 5 * kSecond);
  EXPECT_EQ(reading_period_ns(10 * kSecond, sensors), 3 * kSecond);
}

}  // namespace
}  // namespace joulepath::tools
