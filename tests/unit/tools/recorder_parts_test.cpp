// The pure parts behind the passes: period, budget and groups.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

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

/// A recorder on a machine where a look takes so long.
class Spending {
 public:
  /// `seconds` go by, in which the rest of its work takes `rest_ms` each, and looks at every
  /// tick would take `looks_ms` with a reading each 25, 50 and 100 us.
  void spend(int seconds, double rest_ms, std::array<double, 3> looks_ms) {
    for (int second = 0; second < seconds; ++second) {
      const auto poll = budget.poll_ns() == 25'000 ? 0U : budget.poll_ns() == 50'000 ? 1U : 2U;
      const double looks = looks_ms[poll] / budget.every();
      budget.account(1'000'000'000, std::llround((rest_ms + looks) * kMs),
                     std::llround(looks * kMs));
    }
  }
  LookBudget budget{0.01};
};

TEST(LookBudget, LooksLessCloselyBeforeItLooksLessOften) {
  Spending recorder;
  EXPECT_EQ(recorder.budget.every(), 1U);
  EXPECT_EQ(recorder.budget.poll_ns(), 25'000);
  recorder.spend(10, 4, {7, 5, 4});
  EXPECT_EQ(recorder.budget.poll_ns(), 50'000);
  recorder.spend(30, 4, {7, 5, 4});
  EXPECT_EQ(recorder.budget.poll_ns(), 50'000) << "and stays there";
  EXPECT_EQ(recorder.budget.every(), 1U);
  recorder.spend(20, 5.5, {7, 5, 4});
  EXPECT_EQ(recorder.budget.poll_ns(), 100'000);
  EXPECT_EQ(recorder.budget.every(), 1U);
  recorder.spend(20, 8.2, {7, 5, 4});
  EXPECT_EQ(recorder.budget.poll_ns(), 100'000);
  EXPECT_EQ(recorder.budget.every(), 3U);
}

TEST(LookBudget, ComesBackWhenLooksAreCheapAgain) {
  Spending recorder;
  recorder.spend(30, 9, {14, 10, 8});
  EXPECT_EQ(recorder.budget.every(), 8U);
  recorder.spend(20, 3, {2, 1.5, 1});
  EXPECT_EQ(recorder.budget.every(), 1U);
  EXPECT_EQ(recorder.budget.poll_ns(), 25'000);
}

TEST(LookBudget, LooksNowAndThenEvenWhenTheRestAloneIsTooMuch) {
  Spending recorder;
  recorder.spend(5, 50, {1, 1, 1});
  EXPECT_EQ(recorder.budget.every(), 64U);
}

TEST(LookBudget, CountersThatAreNotFollowedChangeNothing) {
  LookBudget budget(0.01);
  for (int i = 0; i < 5; ++i) budget.account(1'000'000'000, 50'000'000, 0);
  EXPECT_EQ(budget.every(), 1U);
  EXPECT_EQ(budget.poll_ns(), 25'000);
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
