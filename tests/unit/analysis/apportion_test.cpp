#include "core/analysis/apportion.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace joulepath::analysis {
namespace {

TEST(ShareLedger, SharesInProportion) {
  ShareLedger ledger;
  const std::vector<Taker> takers{{0, 3}, {2, 1}};
  ledger.share(400, takers, 4, 3);
  EXPECT_EQ(ledger.whole_units(3), (std::vector<std::uint64_t>{300, 0, 100}));
}

TEST(ShareLedger, ThirdsAddUpOverManyTicks) {
  ShareLedger ledger;
  const std::vector<Taker> takers{{0, 1}, {1, 1}, {2, 1}};
  for (int i = 0; i < 1000; ++i) ledger.share(1, takers, 3, 3);
  const auto units = ledger.whole_units(3);
  EXPECT_EQ(std::accumulate(units.begin(), units.end(), std::uint64_t{0}), 1000u);
  for (const std::uint64_t own : units) {
    EXPECT_GE(own, 333u);
    EXPECT_LE(own, 334u);
  }
}

TEST(ShareLedger, HugeWeightsAndFewUnitsLoseNothing) {
  ShareLedger ledger;
  const std::uint64_t hour_of_64_lanes = 64ull * 3'600'000'000'000ull;
  const std::vector<Taker> takers{{0, hour_of_64_lanes - 1}, {1, 1}};
  for (int i = 0; i < 7; ++i) ledger.share(1, takers, hour_of_64_lanes, 2);
  EXPECT_EQ(ledger.whole_units(2), (std::vector<std::uint64_t>{7, 0}));
}

// A weight so large that a quarter of every unit is too small to divide: who took it
// must still have it in the end, not the next one in line.
TEST(ShareLedger, RemaindersStayWithTheirTaker) {
  ShareLedger ledger;
  const std::uint64_t weight = 3ull << 54;
  for (int i = 0; i < 100; ++i) ledger.share(1, std::vector<Taker>{{0, weight}}, weight, 2);
  ledger.share(1, std::vector<Taker>{{1, 1}}, 1, 2);
  const auto units = ledger.whole_units(2);
  EXPECT_GE(units[0], 99u);
  EXPECT_EQ(units[0] + units[1], 101u);
}

TEST(ShareLedger, OneTakerTakesAll) {
  ShareLedger ledger;
  const std::vector<Taker> takers{{5, 7}};
  ledger.share(123'456'789'012'345ull, takers, 7, 6);
  ledger.share(1, takers, 7, 6);
  EXPECT_EQ(ledger.whole_units(6)[5], 123'456'789'012'346ull);
}

TEST(ShareLedger, NothingSharedIsNothing) {
  const ShareLedger ledger;
  EXPECT_EQ(ledger.whole_units(2), (std::vector<std::uint64_t>{0, 0}));
}

}  // namespace
}  // namespace joulepath::analysis
