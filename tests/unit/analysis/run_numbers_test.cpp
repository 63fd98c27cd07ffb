#include "core/analysis/run_numbers.hpp"

#include <gtest/gtest.h>

namespace joulepath::analysis {
namespace {

constexpr std::int64_t kSkewNs = 1'000'000'000;

ProcessLife life(std::int32_t rank, std::int64_t first, std::int64_t last, std::size_t node = 0,
                 std::int32_t world = 2) {
  ProcessLife process;
  process.rank = rank;
  process.world_size = world;
  process.node = node;
  process.first_ns = first;
  process.last_ns = last;
  process.first_utc_ns = first + static_cast<std::int64_t>(node) * kSkewNs;
  return process;
}

std::vector<int> numbers(const std::vector<ProcessLife>& processes) {
  return number_runs(processes);
}

TEST(RunNumbers, OneRun) {
  EXPECT_EQ(numbers({life(0, 10, 90), life(1, 12, 91)}), (std::vector{1, 1}));
  EXPECT_EQ(numbers({}), std::vector<int>{});
}

TEST(RunNumbers, OneAfterTheOther) {
  EXPECT_EQ(numbers({life(1, 12, 50), life(0, 10, 52), life(1, 60, 90), life(0, 61, 90)}),
            (std::vector{1, 1, 2, 2}));
}

TEST(RunNumbers, ARankThatTheFirstRunLackedIsStillOfTheSecond) {
  EXPECT_EQ(numbers({life(0, 10, 50, 0, -1), life(1, 60, 90, 0, -1), life(0, 61, 90, 0, -1)}),
            (std::vector{1, 2, 2}));
}

TEST(RunNumbers, WorldsOfTwoSizesAtOnce) {
  EXPECT_EQ(numbers({life(0, 10, 90, 0, 2), life(1, 11, 90, 0, 4), life(0, 12, 90, 0, 4)}),
            (std::vector{1, 2, 2}));
}

TEST(RunNumbers, TwoAtOnceOfOneSize) {
  EXPECT_EQ(numbers({life(0, 10, 90), life(0, 11, 90), life(1, 12, 90), life(1, 13, 90)}),
            (std::vector{1, 2, 1, 2}));
}

// The clock of node 1 is far ahead: its first run seems to begin after the second ended.
TEST(RunNumbers, ClocksOfTwoNodesAreNotCompared) {
  EXPECT_EQ(
      numbers({life(0, 10, 50, 0), life(0, 60, 90, 0), life(1, 10, 50, 1), life(1, 60, 90, 1)}),
      (std::vector{1, 2, 1, 2}));
}

TEST(RunNumbers, NoRankNoRun) {
  EXPECT_EQ(numbers({life(-1, 10, 90), life(0, 10, 90)}), (std::vector{0, 1}));
}

}  // namespace
}  // namespace joulepath::analysis
