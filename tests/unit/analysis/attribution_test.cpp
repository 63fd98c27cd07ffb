#include "core/analysis/attribution.hpp"

#include <gtest/gtest.h>

#include "small_trace.hpp"

namespace joulepath::analysis {
namespace {

using testing::all_units;
using testing::rest_of;
using testing::SmallTrace;
using testing::units_of;

/// Two ranks on socket 0, one on socket 1, package counters, two ticks.
SmallTrace two_sockets() {
  SmallTrace trace;
  trace.add_sensor("pkg0", 0);
  trace.add_sensor("pkg1", 1);
  trace.add_rank(0, "0");
  trace.add_rank(1, "0");
  trace.add_rank(2, "1");
  trace.tick(0);
  trace.sample(0, 0, 1000);
  trace.sample(0, 1, 50);
  return trace;
}

TEST(NodeAttribution, SplitsByTimeOnEachSocket) {
  SmallTrace trace = two_sockets();
  trace.tick(1);
  trace.sample(1, 0, 1100);
  trace.sample(1, 1, 90);
  trace.act(1, 0, 0, 6'000'000);
  trace.act(1, 0, 1, 4'000'000, 2, 64);
  trace.act(1, 1, 0, 10'000'000);
  trace.act(1, 2, 5, 10'000'000);
  const NodeResult result = trace.attribute();
  EXPECT_EQ(units_of(result, 0, 0, 0), 30u);
  EXPECT_EQ(units_of(result, 0, 0, 1), 20u);
  EXPECT_EQ(units_of(result, 0, 1, 0), 50u);
  EXPECT_EQ(units_of(result, 0, 2, 5), 0u);
  EXPECT_EQ(units_of(result, 1, 2, 5), 40u);
  EXPECT_EQ(result.slots[1].calls, 2u);
  EXPECT_EQ(result.slots[1].bytes, 64u);
}

TEST(NodeAttribution, EnergyAfterASensorsLastReadingIsLost) {
  constexpr std::uint32_t kTicks = 500;
  for (const std::uint32_t last : {100U, kTicks - 150U}) {
    SmallTrace trace = two_sockets();
    for (std::uint32_t tick = 1; tick <= kTicks; ++tick) {
      trace.tick(tick);
      if (tick <= last) trace.sample(tick, 0, 1000 + 100 * tick);
      trace.sample(tick, 1, 50 + tick);
      trace.act(tick, 0, 0, 10'000'000);
    }
    const NodeResult result = trace.attribute();
    const CounterFacts& facts = result.signals[0].facts;
    const std::int64_t unread_ns = (kTicks - last) * testing::kTickNs;
    // 1.5 s may be a pass that came late.
    EXPECT_NEAR(static_cast<double>(facts.unread_end_ns),
                last == 100U ? static_cast<double>(unread_ns) : 0.0, 20'000);
    EXPECT_EQ(facts.lost_ns, facts.unread_end_ns);
    EXPECT_EQ(facts.difference, 100 * last);
    EXPECT_EQ(result.signals[1].facts.unread_end_ns, 0);
  }
}

TEST(NodeAttribution, BoundsHoldWhatIsCertain) {
  SmallTrace trace = two_sockets();
  trace.tick(1);
  trace.sample(1, 0, 1'001'000);
  trace.act(1, 0, 0, 10'000'000);
  trace.act(1, 1, 0, 10'000'000);
  trace.tick(2);
  trace.sample(2, 0, 3'001'000);
  trace.act(2, 0, 0, 10'000'000);
  const NodeResult result = trace.attribute();
  const auto& bounds = result.signals[0].bounds;
  // 200 W at most, twice that at an end; lanes were looked at up to 1.02 ms after it.
  constexpr double kEnd = 2.0 * 200.0 * 1.02e-3 * 1e6;
  const auto& first = bounds[result.groups.index(GroupKind::kProcess, 0)];
  EXPECT_GE(first.lo, 2'000'000 - 2 * kEnd);
  EXPECT_LE(first.lo, 2'000'000);
  EXPECT_GE(first.hi, 3'000'000);
  EXPECT_LE(first.hi, 3'000'000 + 3 * kEnd);
  const auto& second = bounds[result.groups.index(GroupKind::kProcess, 1)];
  EXPECT_EQ(second.lo, 0.0);
  EXPECT_GE(second.hi, 1'000'000);
  EXPECT_LE(second.hi, 1'000'000 + kEnd);
  // Both compute in both ticks: as a class they are alone.
  const auto& compute = bounds[result.groups.index(GroupKind::kClass, 0)];
  EXPECT_GE(compute.lo, 3'000'000 - 2 * kEnd);
}

TEST(NodeAttribution, ActivityBeforeTheFirstReadingTakesNothing) {
  SmallTrace trace;
  trace.add_sensor("pkg0", 0);
  trace.add_rank(0, "0");
  trace.act(1, 0, 1, 10'000'000);
  trace.sample(1, 0, 500);
  trace.act(2, 0, 0, 10'000'000);
  trace.sample(2, 0, 700);
  const NodeResult result = trace.attribute();
  EXPECT_EQ(units_of(result, 0, 0, 1), 0u);
  EXPECT_EQ(units_of(result, 0, 0, 0), 200u);
}

TEST(NodeAttribution, MissedReadingIsSharedOverAllItsTicks) {
  SmallTrace trace = two_sockets();
  trace.tick(1);
  trace.act(1, 0, 0, 10'000'000);
  trace.tick(2);
  trace.act(2, 1, 0, 10'000'000);
  trace.tick(3);
  trace.act(3, 1, 0, 10'000'000);
  trace.sample(3, 0, 1300);
  const NodeResult result = trace.attribute();
  EXPECT_EQ(units_of(result, 0, 0, 0), 100u);
  EXPECT_EQ(units_of(result, 0, 1, 0), 200u);
}

// A counter that is updated every 100 ms says nothing in between.
TEST(NodeAttribution, SlowCounterIsSharedOverTheTicksSinceItsUpdate) {
  SmallTrace trace = two_sockets();
  trace.act(1, 0, 0, 10'000'000);
  trace.sample(1, 0, 1000);
  trace.act(2, 1, 0, 10'000'000);
  trace.sample(2, 0, 1200);
  const NodeResult result = trace.attribute();
  EXPECT_EQ(units_of(result, 0, 0, 0), 100u);
  EXPECT_EQ(units_of(result, 0, 1, 0), 100u);
}

TEST(NodeAttribution, CarriedActivityIsUsedOnce) {
  SmallTrace trace = two_sockets();
  trace.act(1, 0, 0, 10'000'000);
  trace.act(2, 1, 0, 10'000'000);
  trace.sample(2, 0, 1200);
  trace.act(3, 1, 0, 10'000'000);
  trace.sample(3, 0, 1300);
  const NodeResult result = trace.attribute();
  EXPECT_EQ(units_of(result, 0, 0, 0), 100u);
  EXPECT_EQ(units_of(result, 0, 1, 0), 200u);
}

TEST(NodeAttribution, SocketWithoutRankIsIdle) {
  SmallTrace trace;
  trace.add_sensor("pkg0", 0);
  trace.add_sensor("pkg1", 1);
  trace.add_rank(0, "0");
  for (std::uint32_t tick = 0; tick < 3; ++tick) {
    trace.tick(tick);
    trace.act(tick, 0, 0, 10'000'000);
    trace.sample(tick, 0, 100 * tick);
    trace.sample(tick, 1, 7 * tick);
  }
  const NodeResult result = trace.attribute();
  EXPECT_EQ(rest_of(result, 1, Rest::kNoRankOnSocket), 14u);
  EXPECT_EQ(result.signals[0].attributed(), 200u);
}

TEST(NodeAttribution, BeforeAndAfterTheRanksIsUnattributed) {
  SmallTrace trace;
  trace.add_sensor("pkg0", 0);
  trace.add_rank(0, "0");
  trace.sample(0, 0, 0);
  trace.sample(1, 0, 10);
  trace.act(2, 0, 0, 10'000'000);
  trace.sample(2, 0, 30);
  trace.sample(3, 0, 70);  // nobody runs, but somebody will again
  trace.act(4, 0, 0, 10'000'000);
  trace.sample(4, 0, 150);
  trace.sample(5, 0, 310);
  const NodeResult result = trace.attribute();
  EXPECT_EQ(rest_of(result, 0, Rest::kOutsideLifetime), 10u + 160u);
  EXPECT_EQ(rest_of(result, 0, Rest::kNoneRunning), 40u);
  EXPECT_EQ(result.signals[0].attributed(), 20u + 80u);
  EXPECT_EQ(all_units(result.signals[0]), 310u);
}

TEST(NodeAttribution, NoRankAtAllIsUnattributed) {
  SmallTrace trace;
  trace.add_sensor("pkg0", 0);
  trace.sample(0, 0, 0);
  trace.sample(1, 0, 10);
  EXPECT_EQ(rest_of(trace.attribute(), 0, Rest::kNoRankSeen), 10u);
}

TEST(NodeAttribution, NodeSignalGoesToAllLanes) {
  SmallTrace trace;
  trace.add_sensor("node", -1);
  trace.add_rank(0, "0");
  trace.add_rank(1, "1");
  trace.sample(0, 0, 0);
  trace.act(1, 0, 0, 10'000'000);
  trace.act(1, 1, 0, 30'000'000);
  trace.sample(1, 0, 400);
  const NodeResult result = trace.attribute();
  EXPECT_EQ(units_of(result, 0, 0, 0), 100u);
  EXPECT_EQ(units_of(result, 0, 1, 0), 300u);
}

TEST(NodeAttribution, RankOnTwoSocketsWeighsHalfOnEach) {
  SmallTrace trace;
  trace.add_sensor("pkg0", 0);
  trace.add_rank(0, "0");
  trace.add_rank(1, "0,1");
  trace.sample(0, 0, 0);
  trace.act(1, 0, 0, 10'000'000);
  trace.act(1, 1, 0, 10'000'000);
  trace.sample(1, 0, 300);
  const NodeResult result = trace.attribute();
  EXPECT_EQ(units_of(result, 0, 0, 0), 200u);
  EXPECT_EQ(units_of(result, 0, 1, 0), 100u);
}

TEST(NodeAttribution, ResetLosesItsIntervalOnly) {
  SmallTrace trace = two_sockets();
  trace.act(1, 0, 0, 10'000'000);
  trace.sample(1, 0, 1100);
  trace.act(2, 0, 1, 10'000'000);
  trace.sample(2, 0, 3);
  trace.act(3, 0, 2, 10'000'000);
  trace.sample(3, 0, 53);
  const NodeResult result = trace.attribute();
  EXPECT_EQ(units_of(result, 0, 0, 0), 100u);
  EXPECT_EQ(units_of(result, 0, 0, 1), 0u);
  EXPECT_EQ(units_of(result, 0, 0, 2), 50u);
  EXPECT_EQ(result.signals[0].facts.difference, 150u);
  EXPECT_EQ(result.signals[0].facts.lost_intervals, 1u);
  EXPECT_EQ(result.signals[0].facts.lost_ns, testing::kTickNs);
}

TEST(NodeAttribution, SignalsThatAreNotCountedAreNotShared) {
  SmallTrace trace = two_sockets();
  trace.node.sensors[0].signal.counted = false;
  trace.act(1, 0, 0, 10'000'000);
  trace.sample(1, 0, 1100);
  const NodeResult result = trace.attribute();
  EXPECT_FALSE(result.signals[0].shared);
  EXPECT_EQ(result.signals[0].facts.difference, 100u);
}

TEST(NodeAttribution, RowsThatNameNothingKnownAreCounted) {
  SmallTrace trace = two_sockets();
  trace.act(1, 99, 0, 10'000'000);
  trace.act(1, 0, 99, 10'000'000);
  trace.sample(1, 55, 1);
  EXPECT_EQ(trace.attribute().ignored_rows, 3u);
}

TEST(NodeAttribution, BlocksMayEndAnywhere) {
  SmallTrace trace = two_sockets();
  NodeAttribution attribution(trace.run, trace.node);
  attribution.add(trace.block);
  trace.block.clear();
  attribution.add(trace.block);
  trace.tick(1);
  trace.act(1, 0, 0, 10'000'000);
  attribution.add(trace.block);
  trace.block.clear();
  trace.tick(2);
  trace.act(2, 1, 0, 10'000'000);
  trace.sample(2, 0, 1100);
  attribution.add(trace.block);
  const NodeResult result = attribution.finish();
  EXPECT_EQ(units_of(result, 0, 0, 0), 50u);
  EXPECT_EQ(units_of(result, 0, 1, 0), 50u);
  EXPECT_EQ(result.ticks, 3u);
}

}  // namespace
}  // namespace joulepath::analysis
