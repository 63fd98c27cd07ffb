// Whose the energy of a GPU is: exact in counter units, and never of who may not use it.
#include "core/analysis/gpu_use.hpp"

#include <gtest/gtest.h>

#include "core/analysis/summary.hpp"
#include "small_trace.hpp"

namespace joulepath::analysis {
namespace {

using testing::SmallTrace;
using testing::units_of;

/// A GPU of 1 J a tick, in mJ.
void add_gpu(SmallTrace& trace, const std::string& pci) {
  record::Signal& signal = trace.node.sensors[trace.add_sensor("nvml:" + pci, -1)].signal;
  signal.domain = record::Domain::kGpu;
  signal.pci = pci;
  signal.source = "nvml";
}

/// Two GPUs of 100 and 50 W; two ranks compute in all of 200 ticks.
SmallTrace two_gpus(const std::string& of_rank_0, const std::string& of_rank_1) {
  SmallTrace trace;
  add_gpu(trace, "0000:0a:00.0");
  add_gpu(trace, "0000:c1:00.0");
  trace.add_rank(0, "0");
  trace.add_rank(1, "0");
  trace.node.processes[0].gpus = of_rank_0;
  trace.node.processes[1].gpus = of_rank_1;
  for (record::ProcessRow& process : trace.node.processes) process.last_ns = 1'000'000'000;
  for (std::uint32_t tick = 0; tick <= 200; ++tick) {
    trace.tick(tick);
    trace.sample(tick, 0, tick * 1'000'000);
    trace.sample(tick, 1, tick * 500'000);
    if (tick == 0) continue;
    trace.act(tick, 0, 0, 10'000'000);
    trace.act(tick, 1, 0, 10'000'000);
  }
  return trace;
}

Summary summarize(SmallTrace trace) {
  leave_out_others_gpus(trace.node);
  SummaryBuilder builder(trace.run);
  builder.add(trace.node, trace.attribute());
  return builder.finish();
}

TEST(GpuUse, EachRankHasItsOwn) {
  const SmallTrace trace = two_gpus("0000:c1:00.0", "0000:0a:00.0");
  const NodeResult result = trace.attribute();
  EXPECT_EQ(units_of(result, 0, 0, 0), 0u);
  EXPECT_EQ(units_of(result, 0, 1, 0), 200'000'000u);
  EXPECT_EQ(units_of(result, 1, 0, 0), 100'000'000u);
  const Summary summary = summarize(trace);
  EXPECT_DOUBLE_EQ(summary.ranks[0].energy.value, 100);
  EXPECT_NEAR(summary.ranks[0].energy.hi, 100, 1.0);
  EXPECT_DOUBLE_EQ(summary.ranks[1].energy.value, 200);
  EXPECT_NEAR(summary.ranks[1].energy.lo, 200, 2.0);
  EXPECT_DOUBLE_EQ(summary.energy.value, 300);
  ASSERT_EQ(summary.gpus.size(), 2u);
  EXPECT_EQ(summary.gpus[0].ranks, std::vector<std::int32_t>{1});
  EXPECT_FALSE(summary.gpus[0].shared);
}

TEST(GpuUse, ASharedOneIsSplitWithBoundsFromNoneToAll) {
  const SmallTrace trace = two_gpus("0000:0a:00.0", "0000:0a:00.0,0000:c1:00.0");
  const NodeResult result = trace.attribute();
  EXPECT_EQ(units_of(result, 0, 0, 0) + units_of(result, 0, 1, 0), 200'000'000u);
  const Summary summary = summarize(trace);
  EXPECT_NEAR(summary.ranks[0].energy.value, 100, 1e-3);
  EXPECT_DOUBLE_EQ(summary.ranks[0].energy.lo, 0);
  EXPECT_NEAR(summary.ranks[0].energy.hi, 200, 1e-3);
  EXPECT_NEAR(summary.ranks[1].energy.lo, 100, 1.0);
  EXPECT_NEAR(summary.ranks[1].energy.hi, 300, 1.0);
  EXPECT_TRUE(summary.gpus[0].shared);
  EXPECT_FALSE(summary.gpus[1].shared);
}

TEST(GpuUse, WhoIsSeenLaterMayHaveUsedASharedOneBefore) {
  SmallTrace trace = two_gpus("0000:0a:00.0", "0000:0a:00.0");
  std::erase_if(trace.block.activity,
                [](const record::ActivityRow& row) { return row.lane == 1 && row.tick < 50; });
  const Summary summary = summarize(trace);
  EXPECT_DOUBLE_EQ(summary.ranks[0].energy.lo, 0);
  EXPECT_NEAR(summary.ranks[0].energy.hi, 200, 1e-3);
}

TEST(GpuUse, OneAfterTheOtherIsNotShared) {
  SmallTrace trace = two_gpus("0000:0a:00.0", "0000:0a:00.0");
  EXPECT_TRUE(is_shared(trace.node, "0000:0a:00.0"));
  EXPECT_FALSE(is_shared(trace.node, "0000:c1:00.0"));
  trace.node.processes[1].first_ns = 1'000'000'001;
  EXPECT_FALSE(is_shared(trace.node, "0000:0a:00.0"));
}

TEST(GpuUse, OthersGpusAreShownApart) {
  const Summary summary = summarize(two_gpus("0000:c1:00.0", ""));
  EXPECT_DOUBLE_EQ(summary.energy.value, 100);
  EXPECT_DOUBLE_EQ(summary.ranks[0].energy.value, 100);
  ASSERT_EQ(summary.gpus.size(), 2u);
  EXPECT_FALSE(summary.gpus[0].of_job);
  EXPECT_DOUBLE_EQ(summary.gpus[0].energy.value, 200);
  EXPECT_TRUE(summary.gpus[1].of_job);
  EXPECT_EQ(summary.sensors[0].reason, kOthersGpu);
}

/// Of ranks that may use both GPUs: looks every 20 ticks, as far as tick 200.
SmallTrace looked_at(const std::vector<record::GpuUseRow>& each_time) {
  SmallTrace trace = two_gpus("0000:0a:00.0,0000:c1:00.0", "0000:0a:00.0,0000:c1:00.0");
  for (std::uint32_t tick = 20; tick <= 200; tick += 20)
    for (record::GpuUseRow row : each_time) {
      row.tick = tick;
      row.since = tick - 20;
      trace.block.gpu_use.push_back(row);
    }
  return trace;
}

constexpr std::uint32_t kOthers = record::kNone32;

TEST(GpuUse, WhoIsOnItIsChargedWhoeverMayUseIt) {
  const SmallTrace trace = looked_at(
      {{0, 0, 0, 900, 0}, {0, 0, kOthers, 0, 0}, {0, 1, 1, 300, 0}, {0, 1, kOthers, 0, 0}});
  const NodeResult result = trace.attribute();
  EXPECT_EQ(units_of(result, 0, 0, 0), 200'000'000u);
  EXPECT_EQ(units_of(result, 0, 1, 0), 0u);
  EXPECT_EQ(units_of(result, 1, 1, 0), 100'000'000u);
  const Summary summary = summarize(trace);
  EXPECT_NEAR(summary.ranks[0].energy.lo, 200, 2.0) << "alone on it: no doubt";
  EXPECT_NEAR(summary.ranks[0].energy.hi, 200, 2.0);
  EXPECT_EQ(summary.gpus[0].seen, std::vector<std::int32_t>{0});
}

TEST(GpuUse, ASharedOneIsSplitByHowBusyEachKeptIt) {
  SmallTrace trace = looked_at({{0, 0, 0, 600, 0}, {0, 0, 1, 200, 0}, {0, 0, kOthers, 0, 0}});
  // A thread more makes a process no busier on the GPU.
  record::LaneRow lane;
  lane.lane = 2;
  lane.process = 1;
  trace.node.lanes.push_back(lane);
  SmallTrace threaded = trace;
  threaded.block.activity.clear();
  for (const record::ActivityRow& row : trace.block.activity) {
    threaded.block.activity.push_back(row);
    if (row.lane == 1) threaded.block.activity.push_back({row.tick, 2, 0, row.ns});
  }
  for (const SmallTrace& one : {trace, threaded}) {
    const NodeResult result = one.attribute();
    EXPECT_NEAR(static_cast<double>(units_of(result, 0, 0, 0)), 150e6, 2e6);
    const Summary summary = summarize(one);
    EXPECT_NEAR(summary.ranks[1].energy.lo, 0, 50.1) << "the other GPU is not told of";
    EXPECT_GE(summary.ranks[1].energy.hi, 250);
  }
}

TEST(GpuUse, TurnsAreExact) {
  SmallTrace trace = two_gpus("0000:0a:00.0", "0000:0a:00.0");
  for (std::uint32_t tick = 20; tick <= 200; tick += 20) {
    trace.block.gpu_use.push_back({tick, 0, tick <= 60 ? 0u : 1u, record::kBusyNotTold, tick - 20});
    trace.block.gpu_use.push_back({tick, 0, kOthers, 0, tick - 20});
  }
  const Summary summary = summarize(trace);
  EXPECT_NEAR(summary.ranks[0].energy.value, 60, 0.1);
  EXPECT_NEAR(summary.ranks[0].energy.lo, 60, 2.1);
  EXPECT_NEAR(summary.ranks[0].energy.hi, 60, 2.1);
  EXPECT_NEAR(summary.ranks[1].energy.value, 140, 0.1);
}

TEST(GpuUse, WhatOthersUseIsNotTheJobs) {
  const SmallTrace trace = looked_at({{0, 0, 0, 300, 0}, {0, 0, kOthers, 100, 0}});
  const NodeResult result = trace.attribute();
  EXPECT_EQ(units_of(result, 0, 0, 0), 150'000'000u);
  EXPECT_EQ(units_of(result, 0, 1, 0), 0u);
  EXPECT_EQ(testing::rest_of(result, 0, Rest::kOthersOnGpu), 50'000'000u);
  const Summary summary = summarize(trace);
  const Figure& others = summary.rests[static_cast<std::size_t>(Rest::kOthersOnGpu)].energy;
  EXPECT_NEAR(others.value, 50, 1e-3);
  EXPECT_DOUBLE_EQ(others.lo, 0);
  EXPECT_NEAR(others.hi, 200, 1.0);
  EXPECT_GE(summary.ranks[0].energy.hi, 199);
  EXPECT_LE(summary.ranks[0].energy.lo, 1);
}

TEST(GpuUse, AnEmptyOneIsIdle) {
  const SmallTrace trace = looked_at({{0, 0, kOthers, 0, 0}});
  const NodeResult result = trace.attribute();
  EXPECT_EQ(testing::rest_of(result, 0, Rest::kNoneOnGpu), 200'000'000u);
  EXPECT_EQ(summarize(trace).gpus[0].seen, std::vector<std::int32_t>{});
}

TEST(GpuUse, OnItButNotBusyIsByTime) {
  const SmallTrace trace = looked_at({{0, 0, 0, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, kOthers, 0, 0}});
  EXPECT_EQ(units_of(trace.attribute(), 0, 0, 0), 100'000'000u);
}

TEST(GpuUse, WhereNothingIsToldAnythingIsPossible) {
  SmallTrace trace = looked_at({{0, 0, 0, 500, 0}, {0, 0, kOthers, 0, 0}});
  std::erase_if(trace.block.gpu_use, [](const record::GpuUseRow& row) { return row.tick > 100; });
  const Summary summary = summarize(trace);
  EXPECT_NEAR(summary.ranks[0].energy.lo, 100, 2.1);
  // At least half of the rest, and of the other GPU.
  EXPECT_GE(summary.ranks[0].energy.value, 100 + 50 + 50 - 0.1);
  EXPECT_GE(summary.ranks[0].energy.hi, 299);
}

TEST(GpuUse, WithoutAProcessAllCount) {
  SmallTrace trace;
  add_gpu(trace, "0000:0a:00.0");
  leave_out_others_gpus(trace.node);
  EXPECT_TRUE(trace.node.sensors[0].signal.counted);
}

}  // namespace
}  // namespace joulepath::analysis
