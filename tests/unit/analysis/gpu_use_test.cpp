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

TEST(GpuUse, WithoutAProcessAllCount) {
  SmallTrace trace;
  add_gpu(trace, "0000:0a:00.0");
  leave_out_others_gpus(trace.node);
  EXPECT_TRUE(trace.node.sensors[0].signal.counted);
}

}  // namespace
}  // namespace joulepath::analysis
