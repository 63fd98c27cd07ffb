#include "pmpi/src/least_times.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace joulepath::pmpi {
namespace {

std::unique_ptr<LeastTimes> fresh() {
  return std::make_unique<LeastTimes>();  // value-initialised: all zero, as mapped pages are
}

TEST(LeastTimes, FirstCallOfAKindDoesNotWait) {
  auto times = fresh();
  EXPECT_EQ(times->wait(7, 8, 100'000'000'000), 0u);  // however long it was
}

TEST(LeastTimes, BeyondTheLeastSoFarIsWaiting) {
  auto times = fresh();
  EXPECT_EQ(times->wait(7, 8, 500), 0u);
  EXPECT_EQ(times->wait(7, 8, 700), 200u);
  EXPECT_EQ(times->wait(7, 8, 300), 0u);  // the new least
  EXPECT_EQ(times->wait(7, 8, 300), 0u);
  EXPECT_EQ(times->wait(7, 8, 700), 400u);
  EXPECT_EQ(times->wait(7, 8, 10'000'000'300), 10'000'000'000u);
  EXPECT_EQ(times->wait(7, 8, 0), 0u);
  EXPECT_EQ(times->wait(7, 8, 5), 5u);
}

TEST(LeastTimes, FunctionsAndSizesDoNotMix) {
  auto times = fresh();
  EXPECT_EQ(times->wait(7, 8, 100), 0u);
  EXPECT_EQ(times->wait(8, 8, 900), 0u);
  EXPECT_EQ(times->wait(7, 0, 900), 0u);
  EXPECT_EQ(times->wait(7, 1 << 20, 900), 0u);
  EXPECT_EQ(times->wait(7, 15, 150), 50u);  // 8 to 15 bytes are one class
  EXPECT_EQ(times->wait(7, 16, 150), 0u);
  EXPECT_EQ(times->wait(kFunctionCount - 1, ~std::uint64_t{0}, 100), 0u);
  EXPECT_EQ(times->wait(kFunctionCount - 1, std::uint64_t{1} << 40, 150), 50u);
}

TEST(LeastTimes, SizeClassesArePowersOfTwo) {
  EXPECT_EQ(LeastTimes::size_class(0), 0u);
  EXPECT_EQ(LeastTimes::size_class(1), 1u);
  EXPECT_EQ(LeastTimes::size_class(2), 2u);
  EXPECT_EQ(LeastTimes::size_class(3), 2u);
  EXPECT_EQ(LeastTimes::size_class(4), 3u);
  EXPECT_EQ(LeastTimes::size_class(~std::uint64_t{0}), LeastTimes::kSizeClasses - 1);
}

}  // namespace
}  // namespace joulepath::pmpi
