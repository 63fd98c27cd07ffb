// The pure parts behind the passes: period, budget and groups.
#include <gtest/gtest.h>

#include "tools/recorder/look_budget.hpp"
#include "tools/recorder/period_finder.hpp"
#include "tools/recorder/sensor_groups.hpp"

namespace joulepath::tools {
namespace {

constexpr std::int64_t kMs = 1'000'000;

TEST(PeriodFinder, UpdatesThatAreLeftOutChangeNothing) {
  PeriodFinder finder;
  for (const std::int64_t at : {1, 2, 3, 5, 6, 9, 10, 11})
    finder.seen({at * kMs - 20'000, at * kMs + 20'000});
  EXPECT_EQ(finder.period_ns(), kMs);
  EXPECT_FALSE(finder.settled_period_ns());
}

TEST(PeriodFinder, ChangesAtEveryReadingTellNoPeriod) {
  PeriodFinder finder;
  for (std::int64_t at = 1; at < 40; ++at) finder.seen({(at - 1) * 10 * kMs, at * 10 * kMs + 2000});
  EXPECT_FALSE(finder.period_ns());
}

TEST(PeriodFinder, UpdatesThatComeWhenTheyLikeHaveNoPeriod) {
  PeriodFinder finder;
  std::int64_t at = 0;
  for (const std::int64_t step : {10, 14, 6, 17, 5, 13, 8, 16}) {
    at += step * kMs / 10;
    finder.seen({at - 1000, at + 1000});
  }
  EXPECT_FALSE(finder.period_ns());
}

TEST(LookBudget, LooksLessUntilTheShareIsKeptAndComesBack) {
  LookBudget budget(0.01);
  EXPECT_EQ(budget.every(), 1U);
  // 0.6 % for the rest; looks at every tick take 1.2 %, so every third fits.
  const auto second = [&] {
    budget.account(1'000'000'000, 6'000'000 + 12'000'000 / budget.every(),
                   12'000'000 / budget.every());
  };
  for (int i = 0; i < 5; ++i) second();
  EXPECT_EQ(budget.every(), 3U);
  for (int i = 0; i < 20; ++i) second();
  EXPECT_EQ(budget.every(), 3U) << "and stays there";
  for (int i = 0; i < 12; ++i) budget.account(1'000'000'000, 3'000'000, 1'000'000);
  EXPECT_EQ(budget.every(), 1U);
}

TEST(LookBudget, LooksNowAndThenEvenWhenTheRestAloneIsTooMuch) {
  LookBudget budget(0.01);
  for (int i = 0; i < 5; ++i) budget.account(1'000'000'000, 50'000'000, 1'000'000);
  EXPECT_EQ(budget.every(), 64U);
}

record::SensorRow sensor(std::uint16_t key, int socket, bool counted = true,
                         std::int64_t period_ns = kMs) {
  record::SensorRow row;
  row.sensor = key;
  row.signal.socket = socket;
  row.signal.readable = true;
  row.signal.counted = counted;
  row.signal.update_period_ns = period_ns;
  return row;
}

TEST(SensorGroups, OneForEachSocketLedByItsFastestCountedCounter) {
  const std::vector<record::SensorRow> sensors{sensor(0, 0, false), sensor(1, 0, true, 2 * kMs),
                                               sensor(2, 0), sensor(3, 1)};
  const auto groups = group_sensors(sensors);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].leader, 2);
  EXPECT_EQ(groups[0].sensors, (std::vector<std::uint16_t>{0, 1}));
  EXPECT_EQ(groups[0].sockets, 1U);
  EXPECT_EQ(groups[1].leader, 3);
  EXPECT_EQ(groups[1].sockets, ~SocketMask{1}) << "and lanes of sockets without a sensor";
}

TEST(SensorGroups, WhatIsOfNoSocketIsReadWithAllLanes) {
  const std::vector<record::SensorRow> sensors{sensor(0, 0), sensor(1, 1), sensor(2, -1)};
  const auto groups = group_sensors(sensors);
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[1].leader, 1);
  EXPECT_EQ(groups[1].sensors, (std::vector<std::uint16_t>{2}));
  EXPECT_EQ(groups[1].sockets, kAllSockets);
}

TEST(SensorGroups, WithoutSensorsThereIsStillAPassForTheLanes) {
  const auto groups = group_sensors({});
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].sockets, kAllSockets);
  EXPECT_FALSE(groups[0].leader);
}

TEST(SensorGroups, SocketsOfAList) {
  EXPECT_EQ(sockets_of("0,2"), 5U);
  EXPECT_EQ(sockets_of(""), kAllSockets);
  EXPECT_EQ(sockets_of("64"), kAllSockets);
  EXPECT_EQ(sockets_of("x"), kAllSockets);
}

}  // namespace
}  // namespace joulepath::tools
