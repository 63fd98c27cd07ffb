// What was counted in each phase: certain where a look has one phase, fitted where it has more,
// and in sum always what was counted.
#include "core/analysis/counter_split.hpp"

#include <gtest/gtest.h>

#include <random>

#include "core/analysis/summary.hpp"
#include "small_trace.hpp"

namespace joulepath::analysis {
namespace {

using testing::SmallTrace;

constexpr std::uint32_t kOutside = 0;  // cell of computing outside phases
constexpr std::uint32_t kSolve = 5;    // cell of computing in phase 1

SmallTrace counted_trace() {
  SmallTrace trace;
  trace.add_rank(0, "0");
  trace.node.counters = {{0, "instructions"}, {1, "cycles"}};
  return trace;
}

double sum_of(const CounterResult& result) {
  double sum = 0.0;
  for (const Counted& phase : result.by_phase) sum += phase.value;
  return sum;
}

TEST(CounterSplit, ALookWithOnePhaseIsExact) {
  SmallTrace trace = counted_trace();
  for (std::uint32_t tick = 0; tick <= 4; ++tick) trace.tick(tick);
  trace.block.counts = {{0, 0, 0, 0, 0}, {2, 0, 0, 900, 0}, {4, 0, 0, 50, 2}};
  trace.act(1, 0, kSolve, 1000);
  trace.act(2, 0, kSolve, 2000);
  trace.act(3, 0, kOutside, 1000);
  trace.act(4, 0, kOutside, 1000);
  const CounterResult result = trace.attribute().counters[0];
  EXPECT_EQ(result.total, 950u);
  EXPECT_DOUBLE_EQ(result.by_phase[1].value, 900);
  EXPECT_DOUBLE_EQ(result.by_phase[1].lo, 900);
  EXPECT_DOUBLE_EQ(result.by_phase[1].hi, 900);
  EXPECT_DOUBLE_EQ(result.by_phase[0].value, 50);
}

TEST(CounterSplit, WhatWasBeforeTheFirstLookIsNotCountedFor) {
  SmallTrace trace = counted_trace();
  for (std::uint32_t tick = 0; tick <= 4; ++tick) trace.tick(tick);
  // Counted from tick 2 on: the phase before it has no part in what comes.
  trace.block.counts = {{2, 0, 0, 0, 2}, {4, 0, 0, 70, 2}};
  trace.act(1, 0, kSolve, 1000);
  trace.act(2, 0, kSolve, 1000);
  trace.act(4, 0, kOutside, 1000);
  const CounterResult result = trace.attribute().counters[0];
  EXPECT_DOUBLE_EQ(result.by_phase[0].value, 70);
  EXPECT_DOUBLE_EQ(result.by_phase[1].hi, 0);
}

TEST(CounterSplit, MixedLooksAreSplitByTheRatesOfAFit) {
  SmallTrace trace = counted_trace();
  std::mt19937 random(7);
  std::uniform_real_distribution<double> part(0.1, 0.9);
  double solve = 0.0;
  double outside = 0.0;
  trace.tick(0);
  trace.block.counts.push_back({0, 0, 0, 0, 0});
  for (std::uint32_t tick = 1; tick <= 400; ++tick) {
    trace.tick(tick);
    const auto in_solve = static_cast<std::uint32_t>(1e7 * part(random));
    const std::uint32_t in_rest = 10'000'000 - in_solve;
    trace.act(tick, 0, kSolve, in_solve);
    trace.act(tick, 0, kOutside, in_rest);
    // 3 and 1 a nanosecond.
    solve += 3.0 * in_solve;
    outside += in_rest;
    trace.block.counts.push_back({tick, 0, 0, 3ull * in_solve + in_rest, tick - 1});
  }
  const CounterResult result = trace.attribute().counters[0];
  EXPECT_NEAR(result.by_phase[1].value, solve, 1e-3 * solve);
  EXPECT_LE(result.by_phase[1].lo, solve * (1 + 1e-6));
  EXPECT_GE(result.by_phase[1].hi, solve * (1 - 1e-6));
  EXPECT_LT(result.by_phase[1].hi - result.by_phase[1].lo, 0.1 * solve);
  EXPECT_NEAR(result.by_phase[0].value, outside, 1e-2 * outside);
  EXPECT_NEAR(sum_of(result), static_cast<double>(result.total), 1e-6 * solve);
}

TEST(CounterSplit, AllMayBeInOneShortPhase) {
  SmallTrace trace = counted_trace();
  std::mt19937 random(3);
  std::uniform_int_distribution<std::uint32_t> part(100'000, 2'000'000);
  double all = 0.0;
  trace.tick(0);
  trace.block.counts.push_back({0, 0, 0, 0, 0});
  for (std::uint32_t tick = 1; tick <= 30; ++tick) {
    trace.tick(tick);
    const std::uint32_t in_solve = part(random);
    trace.act(tick, 0, kSolve, in_solve);
    trace.act(tick, 0, kOutside, 10'000'000 - in_solve);
    trace.block.counts.push_back({tick, 0, 0, in_solve / 100, tick - 1});
    all += in_solve / 100;
  }
  const CounterResult result = trace.attribute().counters[0];
  EXPECT_NEAR(result.by_phase[1].value, all, 0.02 * all);
  EXPECT_NEAR(sum_of(result), all, 1e-6 * all);
}

TEST(CounterSplit, ALookWithoutCountsTellsAsWell) {
  SmallTrace trace = counted_trace();
  trace.tick(0);
  trace.block.counts.push_back({0, 0, 0, 0, 0});
  for (std::uint32_t tick = 1; tick <= 20; ++tick) {
    trace.tick(tick);
    trace.act(tick, 0, kOutside, 9'000'000);
    if (tick % 2 == 0) trace.act(tick, 0, kSolve, 1'000'000);
    // Whatever the phase takes, it is the phase's: what else there is counts nothing alone.
    trace.block.counts.push_back({tick, 0, 0, tick % 2 == 0 ? 1000u + 20u * tick : 0u, tick - 1});
  }
  const CounterResult result = trace.attribute().counters[0];
  EXPECT_NEAR(result.by_phase[1].value, static_cast<double>(result.total), 0.01 * 12'200);
  EXPECT_DOUBLE_EQ(result.by_phase[1].hi, static_cast<double>(result.total));
}

TEST(CounterSplit, TooFewLooksHaveBoundsFromNothingToAll) {
  SmallTrace trace = counted_trace();
  trace.tick(0);
  trace.tick(1);
  trace.block.counts = {{0, 0, 0, 0, 0}, {1, 0, 0, 1000, 0}};
  trace.act(1, 0, kSolve, 3000);
  trace.act(1, 0, kOutside, 1000);
  const CounterResult result = trace.attribute().counters[0];
  EXPECT_NEAR(result.by_phase[1].value, 750, 1);
  EXPECT_DOUBLE_EQ(result.by_phase[1].lo, 0);
  EXPECT_DOUBLE_EQ(result.by_phase[1].hi, 1000);
}

TEST(CounterSplit, AThreadThatTellsNothingCountsOutsidePhases) {
  SmallTrace trace = counted_trace();
  trace.node.lanes[0].kind = record::LaneKind::kSampled;
  trace.tick(0);
  trace.tick(1);
  trace.block.cpu = {{0, 0, 5'000, 0, 0}, {1, 0, 8'000, 0, 0}};
  trace.block.counts = {{0, 0, 1, 0, 0}, {1, 0, 1, 1234, 0}};
  const NodeResult result = trace.attribute();
  EXPECT_DOUBLE_EQ(result.counters[1].by_phase[0].value, 1234);
  EXPECT_EQ(result.counted_cpu_ns, 8'000u) << "not what it used before";
  EXPECT_EQ(result.counters[0].total, 0u);
}

}  // namespace
}  // namespace joulepath::analysis
