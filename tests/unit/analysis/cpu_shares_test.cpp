// Energy of a node on which other programs run too.
#include "core/analysis/cpu_shares.hpp"

#include <gtest/gtest.h>

#include "core/analysis/summary.hpp"
#include "tests/unit/analysis/small_trace.hpp"

namespace joulepath::analysis {
namespace {

using testing::SmallTrace;

constexpr std::uint64_t kSecond = 1'000'000'000;

/// Two sockets of 100 W, a rank on each, for two seconds of ticks.
SmallTrace two_sockets() {
  SmallTrace trace;
  trace.add_sensor("package-0", 0);
  trace.add_sensor("package-1", 1);
  trace.add_rank(0, "0");
  trace.add_rank(1, "1");
  for (std::uint32_t tick = 0; tick <= 200; ++tick) {
    trace.tick(tick);
    for (std::uint16_t sensor = 0; sensor < 2; ++sensor)
      trace.sample(tick, sensor, tick * 1'000'000u);
    for (std::uint32_t lane = 0; lane < 2 && tick > 0; ++lane)
      trace.act(tick, lane, 0, testing::kTickNs);
  }
  return trace;
}

/// CPU seconds of others beside one of the job's, by second.
void others_on(SmallTrace& trace, int socket, double first, double second) {
  std::uint32_t tick = 100;
  for (const double others : {first, second}) {
    trace.block.cpu_use.push_back(
        {tick, socket, kSecond, static_cast<std::uint64_t>(others * kSecond), 1, tick - 100});
    tick += 100;
  }
}

void sort_by_tick(SmallTrace& trace) {
  std::stable_sort(trace.block.cpu_use.begin(), trace.block.cpu_use.end(),
                   [](const auto& a, const auto& b) { return a.tick < b.tick; });
}

Summary summarize(const SmallTrace& trace) {
  SummaryBuilder builder(trace.run);
  builder.add(trace.node, trace.attribute());
  return builder.finish();
}

TEST(CpuShares, WhatOthersUseIsNotTheJobs) {
  SmallTrace trace = two_sockets();
  others_on(trace, 0, 3.0, 0.0);
  others_on(trace, 1, 0.0, 0.0);
  sort_by_tick(trace);
  const NodeResult result = trace.attribute();
  EXPECT_NEAR(static_cast<double>(testing::rest_of(result, 0, Rest::kOthersOnCpus)), 75e6, 1e3);
  EXPECT_NEAR(static_cast<double>(testing::units_of(result, 0, 0, 0)), 125e6, 1e3);
  EXPECT_EQ(testing::units_of(result, 1, 1, 0), 200'000'000u) << "nobody was on that socket";
  for (const SignalResult& signal : result.signals)
    EXPECT_EQ(testing::all_units(signal), signal.facts.difference);
  const Summary summary = summarize(trace);
  EXPECT_DOUBLE_EQ(summary.energy.value, 400) << "the node's total stays what was measured";
  EXPECT_NEAR(summary.unattributed.value, 75, 0.01);
  EXPECT_LE(summary.unattributed.lo, 0.01) << "they may have used nothing";
  EXPECT_GE(summary.unattributed.hi, 99.9) << "or all of it";
  // A rank may have used all that was taken off, or nothing while others ran.
  EXPECT_GE(summary.ranks[0].energy.hi, 200);
  EXPECT_LE(summary.ranks[0].energy.lo, 101);
  EXPECT_GE(summary.ranks[0].energy.lo, 97) << "in the second second nobody else was there";
  EXPECT_NEAR(summary.ranks[1].energy.lo, 200, 2.1);
  ASSERT_TRUE(summary.nodes[0].shared);
  const SharedSummary& shared = *summary.nodes[0].shared;
  EXPECT_NEAR(shared.others_cpu_s, 3, 1e-9);
  EXPECT_NEAR(shared.job_cpu_s, 4, 1e-9);
  EXPECT_NEAR(shared.from_s, 2e-5, 1e-9) << "the first pass began 20 us before its lanes";
  EXPECT_NEAR(shared.shared_s, 1, 0.02);
  EXPECT_NEAR(shared.to_s, 1, 0.03);
  EXPECT_EQ(shared.sessions, 1u);
}

TEST(CpuShares, TheSystemsOwnWorkIsNoOther) {
  SmallTrace trace = two_sockets();
  others_on(trace, 0, 0.02, 0.02);
  const NodeResult result = trace.attribute();
  EXPECT_EQ(testing::units_of(result, 0, 0, 0), 200'000'000u);
  EXPECT_FALSE(summarize(trace).nodes[0].shared);
}

TEST(CpuShares, ANodesCounterGoesByAllSockets) {
  SmallTrace trace = two_sockets();
  trace.add_sensor("node", -1);
  for (auto& sensor : trace.node.sensors) sensor.signal.counted = sensor.signal.socket < 0;
  for (std::uint32_t tick = 0; tick <= 200; ++tick) trace.sample(tick, 2, tick * 4'000'000u);
  std::stable_sort(trace.block.samples.begin(), trace.block.samples.end(),
                   [](const auto& a, const auto& b) { return a.tick < b.tick; });
  others_on(trace, 0, 2.0, 2.0);
  others_on(trace, 1, 0.0, 0.0);
  sort_by_tick(trace);
  const NodeResult result = trace.attribute();
  EXPECT_NEAR(static_cast<double>(testing::rest_of(result, 2, Rest::kOthersOnCpus)), 400e6, 1e4);
  EXPECT_EQ(testing::all_units(result.signals[2]), 800'000'000u);
}

TEST(CpuShares, WhereItIsNotToldTheJobHasIt) {
  SmallTrace trace = two_sockets();
  others_on(trace, 5, 3.0, 3.0);  // a socket without a counter
  const NodeResult result = trace.attribute();
  EXPECT_EQ(testing::units_of(result, 0, 0, 0), 200'000'000u);
}

TEST(CpuShares, ReadingsOfTicksWithoutLanesAreThoseOfTheNext) {
  SmallTrace fine = two_sockets();
  SmallTrace coarse = two_sockets();
  coarse.block.activity.clear();
  std::int64_t lanes_ns = coarse.block.ticks.front().t_lanes_ns;
  for (auto& tick : coarse.block.ticks) {
    if (tick.tick % 50 == 0) {
      lanes_ns = tick.t_lanes_ns;
      // Rank 0 works in every other stretch only, and rank 1 always.
      if (tick.tick > 0 && tick.tick % 100 == 0) coarse.act(tick.tick, 0, 0, 50 * testing::kTickNs);
      if (tick.tick > 0) coarse.act(tick.tick, 1, 0, 50 * testing::kTickNs);
    }
    tick.t_lanes_ns = lanes_ns;
  }
  const NodeResult result = coarse.attribute();
  EXPECT_EQ(testing::units_of(result, 0, 0, 0), 100'000'000u);
  EXPECT_EQ(testing::units_of(result, 1, 1, 0), 200'000'000u);
  EXPECT_EQ(testing::rest_of(result, 0, Rest::kOutsideLifetime) +
                testing::rest_of(result, 0, Rest::kNoneRunning),
            100'000'000u);
  for (const SignalResult& signal : result.signals)
    EXPECT_EQ(testing::all_units(signal), signal.facts.difference);
  EXPECT_EQ(result.signals[0].facts.samples, 201u) << "all of them count";
  EXPECT_EQ(result.ticks, fine.attribute().ticks);
}

TEST(CpuShares, ReadingsAfterTheLastLookAreNotLost) {
  SmallTrace trace = two_sockets();
  for (auto& tick : trace.block.ticks)
    if (tick.tick > 150) tick.t_lanes_ns = SmallTrace::time_of(150);
  std::erase_if(trace.block.activity, [](const auto& row) { return row.tick > 150; });
  const NodeResult result = trace.attribute();
  EXPECT_EQ(testing::units_of(result, 0, 0, 0), 150'000'000u);
  EXPECT_EQ(testing::rest_of(result, 0, Rest::kOutsideLifetime), 50'000'000u);
}

}  // namespace
}  // namespace joulepath::analysis
