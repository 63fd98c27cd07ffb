// Passes over simulated counters: an edge row is true of the counter, every time; regular
// fast counters are followed closely, all others are left alone, and the budget is kept.
#include "tools/recorder/sensor_passes.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/tools/simulated_counters.hpp"

namespace joulepath::tools {
namespace {

using record::HealthKind;
using test::CounterKind;
using test::SimulatedCounter;

constexpr std::int64_t kTick_ns = 10'000'000;
constexpr std::int64_t kMs = 1'000'000;

/// What `discover` hands out; a plain function has no other way to it.
std::unique_ptr<sensors::Source> next_source;

sensors::Discovery discover(const sensors::Environment&) {
  return {std::move(next_source), {}, {}};
}
const sensors::Backend kSimulated{"sim", "simulated", 50, false, discover};

class SensorPassesTest : public ::testing::Test {
 protected:
  SimulatedCounter& add(int socket, const CounterKind& kind, std::int64_t nominal_ns = kMs) {
    if (source_ == nullptr) source_ = std::make_unique<test::SimulatedSource>(clock_);
    return *counters_.emplace_back(source_->add(socket, kind, nominal_ns));
  }

  void run(std::int64_t seconds, double cpu_share = 0.5, std::int64_t tick_ns = kTick_ns) {
    next_source = std::move(source_);
    sensors::Environment environment;
    environment.clock = &clock_;
    auto sampler = sensors::Sampler::open(environment, {}, {&kSimulated, 1});
    ASSERT_TRUE(sampler);
    SampleRows samples(sampler->sensors());
    SensorPasses passes(*sampler, samples, clock_,
                        {tick_ns, clock_.monotonic_ns() + tick_ns, cpu_share, all_until_ns_});
    const std::int64_t end = clock_.monotonic_ns() + seconds * 1000 * kMs;
    std::int64_t reported = clock_.monotonic_ns();
    for (std::uint32_t tick = 0; clock_.monotonic_ns() < end;) {
      clock_.sleep_until(passes.next_ns());
      const std::int64_t before = clock_.monotonic_ns();
      if (const auto pass = passes.take_due(tick)) {
        samples.move_to(sink_);
        sink_.add(record::TickRow{tick++, pass->begin_ns, clock_.monotonic_ns()});
        scopes_.push_back(pass->sockets);
        clock_.use_cpu(other_work_ns_);
      }
      longest_ns_ = std::max(longest_ns_, clock_.monotonic_ns() - before);
      if (clock_.monotonic_ns() - reported > 1000 * kMs) {
        reported = clock_.monotonic_ns();
        samples.move_failures_to(sink_, reported);
        passes.report_to(sink_, reported);
        if (each_second_) each_second_();
      }
    }
  }

  struct Seen {
    int rows = 0, edges = 0;
    double mean_width_us = 0;
  };
  /// Checks every row of a sensor against what the counter really did.
  Seen check(std::uint16_t sensor) {
    Seen seen;
    const auto& updates = counters_[sensor]->updates();
    for (const record::SampleRow& row : sink_.samples) {
      if (row.sensor != sensor) continue;
      ++seen.rows;
      // The value was shown at some time in the interval. (It may come again after a wrap.)
      auto shown =
          std::upper_bound(updates.begin(), updates.end(), row.t_hi_ns,
                           [](std::int64_t at, const auto& update) { return at < update.at_ns; });
      while (shown != updates.begin() && (--shown)->raw != row.raw) {
      }
      EXPECT_EQ(shown->raw, row.raw);
      if (shown + 1 != updates.end()) {
        EXPECT_GE((shown + 1)->at_ns, row.t_lo_ns);
      }
      if (row.edge == 0) continue;
      ++seen.edges;
      EXPECT_GE(shown->at_ns, row.t_lo_ns);
      seen.mean_width_us += 1e-3 * static_cast<double>(row.t_hi_ns - row.t_lo_ns);
    }
    seen.mean_width_us /= std::max(1, seen.edges);
    return seen;
  }
  [[nodiscard]] std::int64_t health(HealthKind kind) const {
    std::int64_t sum = 0;
    for (const record::HealthRow& row : sink_.health)
      if (row.kind == kind) sum += row.value;
    return sum;
  }
  [[nodiscard]] std::int64_t written_period_ns(std::uint16_t sensor) const {
    std::int64_t period = 0;
    for (const record::SensorRow& row : sink_.sensors)
      if (row.sensor == sensor) period = row.signal.update_period_ns;
    return period;
  }

  test::SimulatedClock clock_;
  std::unique_ptr<test::SimulatedSource> source_;
  std::vector<std::shared_ptr<SimulatedCounter>> counters_;
  test::MemorySink sink_;
  std::vector<SocketMask> scopes_;
  std::int64_t longest_ns_ = 0;
  std::int64_t other_work_ns_ = 0;
  std::int64_t all_until_ns_ = 0;
  std::function<void()> each_second_;
};

TEST_F(SensorPassesTest, FollowsACounterThatUpdatesEachMillisecond) {
  add(0, {});
  run(10);
  const Seen seen = check(0);
  EXPECT_GE(seen.rows, 990);
  EXPECT_GT(seen.edges, 0.93 * seen.rows);
  EXPECT_LT(seen.mean_width_us, 70);
  EXPECT_LT(longest_ns_, 2'500'000);
}

TEST_F(SensorPassesTest, KeepsEachReadingThatIsHandedOverOnce) {
  add(0, {});
  add(-1, {.period_ns = 20 * kMs, .left_out = 0, .once = true}, 20 * kMs);
  run(10);
  const Seen followed = check(0);
  EXPECT_GT(followed.edges, 0.9 * followed.rows);
  EXPECT_GE(check(1).rows + 2, std::ssize(counters_[1]->updates()));
}

TEST_F(SensorPassesTest, LearnsThatThePeriodIsNotAsStated) {
  add(0, {.period_ns = 2 * kMs});
  run(10);
  const Seen seen = check(0);
  EXPECT_GT(seen.edges, 0.9 * seen.rows);
  EXPECT_NEAR(static_cast<double>(written_period_ns(0)), 2e6, 0.01e6);
}

TEST_F(SensorPassesTest, LearnsThePeriodWhereNoneIsStated) {
  add(0, {}, 0);
  run(5);
  const Seen seen = check(0);
  EXPECT_GT(seen.edges, 0.9 * seen.rows);
  EXPECT_NEAR(static_cast<double>(written_period_ns(0)), 1e6, 0.01e6);
}

TEST_F(SensorPassesTest, SlowCountersAreReadAtTheTicksAndTheirChangesAreEdges) {
  for (const std::int64_t period : {61 * kMs, 100 * kMs}) {
    counters_.clear();
    sink_ = {};
    add(0, {.period_ns = period, .left_out = 0}, kMs);
    run(10);
    const Seen seen = check(0);
    EXPECT_GE(written_period_ns(0), period) << "a reading may be that stale";
    EXPECT_LT(written_period_ns(0), period * 103 / 100);
    // From the sixteenth change on.
    EXPECT_GT(seen.edges, 10 * 1000 * kMs / period - 35);
    EXPECT_LT(seen.mean_width_us, 10'200);
    EXPECT_EQ(health(HealthKind::kEdgesMissed), 0);
  }
}

TEST_F(SensorPassesTest, WrapsAreUpdatesLikeOthers) {
  add(0, {.modulus = 1'000'000});
  run(5);
  EXPECT_GT(check(0).edges, 400);
}

TEST_F(SensorPassesTest, ACounterThatStandsStillIsLeftAlone) {
  add(0, {.period_ns = 0});
  run(10);
  const Seen seen = check(0);
  EXPECT_EQ(seen.edges, 0);
  EXPECT_GE(seen.rows, 990);
  EXPECT_LT(clock_.sleeps, 1200) << "hardly more than a wake-up a tick";
  EXPECT_EQ(health(HealthKind::kEdgesMissed), 0);
}

TEST_F(SensorPassesTest, AnIrregularCounterIsReadAtTheTicks) {
  add(0, {.irregular = true});
  run(20);
  const Seen seen = check(0);
  EXPECT_LT(seen.edges, 0.05 * seen.rows);
  EXPECT_LT(clock_.sleeps, 6000) << "tries now and then, ever more rarely";
  EXPECT_EQ(written_period_ns(0), 0) << "no period is made up";
}

TEST_F(SensorPassesTest, FindsACounterAgainThatWasDisturbed) {
  SimulatedCounter& counter = add(0, {});
  int second = 0;
  each_second_ = [&] {
    if (++second == 3) counter.disturb(kMs, 430'000);
    if (second == 6) counter.disturb(kMs * 5 / 4, 0);
  };
  run(12);
  const Seen seen = check(0);
  EXPECT_GT(seen.edges, 0.8 * seen.rows);
  EXPECT_NEAR(static_cast<double>(written_period_ns(0)), 1.25e6, 0.02e6);
}

TEST_F(SensorPassesTest, NoChaseWhereTheTickIsHardlyLongerThanThePeriod) {
  add(0, {});
  run(3, 0.5, kMs * 3 / 2);
  EXPECT_LT(clock_.sleeps, 2100);
}

TEST_F(SensorPassesTest, EachSocketIsReadAtItsOwnUpdateWithItsOwnLanes) {
  add(0, {});
  add(1, {});
  run(10);
  for (std::uint16_t sensor = 0; sensor < 2; ++sensor) {
    const Seen seen = check(sensor);
    EXPECT_GT(seen.edges, 0.85 * seen.rows);
  }
  for (const record::SampleRow& row : sink_.samples)
    EXPECT_NE(scopes_[row.tick] & (SocketMask{1} << row.sensor), 0U) << "lanes of its socket";
  for (std::size_t tick = 1; tick < sink_.samples.size(); ++tick)
    ASSERT_LE(sink_.samples[tick - 1].tick, sink_.samples[tick].tick);
}

TEST_F(SensorPassesTest, OthersOfTheSocketAreReadRightBehindTheLeader) {
  add(0, {.jitter_ns = 0, .left_out = 0});
  add(0, {.jitter_ns = 0, .left_out = 0});  // on a phase of its own
  run(5);
  std::int64_t together = 0;
  for (std::size_t at = 1; at < sink_.samples.size(); ++at) {
    const auto& leader = sink_.samples[at - 1];
    const auto& other = sink_.samples[at];
    if (leader.sensor != 0 || other.sensor != 1 || leader.tick != other.tick) continue;
    if (leader.edge == 1 && other.t_hi_ns - leader.t_hi_ns < 10'000) ++together;
  }
  EXPECT_GT(together, 400);
}

TEST_F(SensorPassesTest, WhatAnotherCountsIsReadAtEveryTickForTheSelfTest) {
  add(0, {});
  add(0, {.twin_of = 0});
  all_until_ns_ = clock_.monotonic_ns() + 10'000 * kMs;
  run(10);
  EXPECT_GE(check(1).rows, 990);
}

TEST_F(SensorPassesTest, WhatAnotherCountsIsReadEachSecondThen) {
  add(0, {});
  SimulatedCounter& twin = add(0, {.modulus = 1'000'000'000'000, .twin_of = 0});
  add(0, {});  // another package of the socket: nobody else has its joules
  all_until_ns_ = clock_.monotonic_ns() + 10'000 * kMs;
  run(40);
  const int rows = check(1).rows;
  EXPECT_GE(rows, 1000 + 28);
  EXPECT_LT(rows, 1110 + 32) << "within a second of the end of the self-test";
  EXPECT_LT(twin.reads, 2 * 1110 + 32) << "nor are there looks of which no row is kept";
  EXPECT_GE(check(0).rows, 3990);
  EXPECT_GT(check(0).edges, 0.9 * 3990);
  EXPECT_GE(check(2).rows, 3990);
  EXPECT_EQ(health(HealthKind::kCounterAnomaly), 0);
  std::int64_t last_ns = 0;
  for (const record::SampleRow& row : sink_.samples) {
    if (row.sensor != 1) continue;
    if (last_ns != 0) {
      EXPECT_LT(row.t_hi_ns - last_ns, 1020 * kMs);
    }
    last_ns = row.t_hi_ns;
  }
}

TEST_F(SensorPassesTest, NoneStandsInForASensorThatFails) {
  SimulatedCounter& counted = add(0, {});
  SimulatedCounter& twin = add(0, {.twin_of = 0});
  int second = 0;
  each_second_ = [&] {
    if (++second == 5) counted.fails = true;
  };
  run(15);
  EXPECT_LT(check(1).rows, 130) << "the failure changes nothing for the other";
  EXPECT_LT(twin.reads, 240);
  EXPECT_LT(check(0).rows, 550);
  EXPECT_GE(counted.reads, 1500 - 60) << "it may come back";
  EXPECT_GE(health(HealthKind::kReadFailed), 850) << "each is counted";
}

TEST_F(SensorPassesTest, LooksLessOftenWhenTheBudgetIsReachedAndCountsIt) {
  add(0, {});
  other_work_ns_ = 90'000;  // 0.9 % of a core
  run(20, 0.01);
  const Seen seen = check(0);
  EXPECT_GT(health(HealthKind::kBudgetReached), 500);
  EXPECT_GT(seen.edges, 20) << "but it looks";
  EXPECT_LT(static_cast<double>(clock_.cpu_ns()), 0.0125 * 20e9);
}

}  // namespace
}  // namespace joulepath::tools
