// Moments of nodes whose clocks have nothing in common, on one line of time.
#include "core/analysis/common_time.hpp"

#include <gtest/gtest.h>

namespace joulepath::analysis {
namespace {

record::NodeTables node(std::int64_t utc_ns, std::int64_t monotonic_ns,
                        std::vector<record::ClockRow> clock) {
  record::NodeTables tables;
  tables.info.start_utc_ns = utc_ns;
  tables.info.start_monotonic_ns = monotonic_ns;
  tables.clock = std::move(clock);
  return tables;
}

TEST(ClockOffset, StraightBetweenRowsAndAsTheNearestBeyond) {
  const std::vector<record::ClockRow> clock{{100, -50, -60, -40}, {200, -40, -60, -30}};
  EXPECT_EQ(clock_offset_ns(clock, 0), -50);
  EXPECT_EQ(clock_offset_ns(clock, 100), -50);
  EXPECT_EQ(clock_offset_ns(clock, 150), -45);
  EXPECT_EQ(clock_offset_ns(clock, 200), -40);
  EXPECT_EQ(clock_offset_ns(clock, 900), -40);
  EXPECT_EQ(clock_offset_ns({}, 900), 0);
}

TEST(CommonTime, ClocksOfTheTraceAndElseUtc) {
  CommonTime time;
  // The second's UTC is a second wrong; its clock is 4000 ahead, and gains one in ten.
  time.add(node(7'000'000'000, 1'000, {{1'000, 0, 0, 0}, {2'000, 0, 0, 0}}));
  time.add(node(8'000'000'000, 5'200, {{5'000, -4'000, 0, 0}, {6'100, -4'100, 0, 0}}));
  time.add(node(7'000'000'500, 90'000, {}));
  EXPECT_EQ(time.since_start_ns(0, 1'000), 0);
  EXPECT_EQ(time.since_start_ns(0, 1'700), 700);
  EXPECT_EQ(time.since_start_ns(1, 5'000), 0);
  EXPECT_EQ(time.since_start_ns(1, 6'100), 1'000);
  EXPECT_EQ(time.since_start_ns(2, 90'000), 500);
}

TEST(CommonTime, TheReferenceIsNotTheFirst) {
  CommonTime time;
  time.add(node(7'000'000'000, 1'000, {{1'000, 500, 0, 0}}));
  time.add(node(0, 0, {{0, 0, 0, 0}}));
  EXPECT_EQ(time.since_start_ns(0, 1'000), 0);
  EXPECT_EQ(time.since_start_ns(1, 1'600), 100);
}

}  // namespace
}  // namespace joulepath::analysis
