#include "core/analysis/summary.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "small_trace.hpp"

namespace joulepath::analysis {
namespace {

using testing::SmallTrace;

Summary summarize(const std::vector<SmallTrace>& nodes) {
  SummaryBuilder builder(nodes.front().run);
  for (const auto& trace : nodes) builder.add(trace.node, trace.attribute());
  return builder.finish();
}

/// One socket, two ranks; 2 J in 2 ticks (100 W), 1.5 J for rank 0.
SmallTrace small() {
  SmallTrace trace;
  trace.add_sensor("pkg0", 0);
  trace.add_rank(0, "0");
  trace.add_rank(1, "0");
  trace.run.meta = {{"command", "./a"}, {"mpi", "Open MPI"}};
  trace.tick(0);
  trace.sample(0, 0, 0);
  trace.tick(1);
  trace.sample(1, 0, 1'000'000);
  trace.act(1, 0, 0, 5'000'000);
  trace.act(1, 0, 1, 5'000'000, 3, 300);
  trace.act(1, 1, 2, 10'000'000, 1, 0);
  trace.tick(2);
  trace.sample(2, 0, 2'000'000);
  trace.act(2, 0, 5, 10'000'000);
  return trace;
}

TEST(Summary, OneNode) {
  const Summary summary = summarize({small()});
  EXPECT_EQ(summary.command, "./a");
  EXPECT_DOUBLE_EQ(summary.energy.value, 2.0);
  EXPECT_EQ(summary.energy.basis, Basis::kMeasured);
  EXPECT_NEAR(summary.duration_s, 0.02002, 1e-9);
  ASSERT_EQ(summary.ranks.size(), 2u);
  EXPECT_DOUBLE_EQ(summary.ranks[0].energy.value, 1.5);
  EXPECT_DOUBLE_EQ(summary.ranks[1].energy.value, 0.5);
  EXPECT_DOUBLE_EQ(summary.ranks[0].seconds, 0.02);
  EXPECT_DOUBLE_EQ(summary.ranks[0].class_seconds[0], 0.015);
  ASSERT_EQ(summary.functions.size(), 2u);
  EXPECT_EQ(summary.functions[0].name, "MPI_Wait");
  EXPECT_DOUBLE_EQ(summary.functions[0].energy.value, 0.5);
  EXPECT_EQ(summary.functions[1].calls, 3u);
  EXPECT_EQ(summary.functions[1].bytes, 300u);
  ASSERT_EQ(summary.phases.size(), 2u);
  EXPECT_EQ(summary.phases[1].name, "solve");
  EXPECT_DOUBLE_EQ(summary.phases[1].energy.value, 1.0);
  ASSERT_EQ(summary.classes.size(), 3u);
  EXPECT_DOUBLE_EQ(summary.classes[0].energy.value, 1.25);
  // 15 ms and 0 ms of computing; 1.5 J and 0.5 J.
  EXPECT_DOUBLE_EQ(summary.imbalance.compute_seconds.value_or(-1), 1.0);
  EXPECT_DOUBLE_EQ(summary.imbalance.energy.value_or(-1), 0.5);
  EXPECT_DOUBLE_EQ(summary.idle.value, 0.0);
  EXPECT_TRUE(summary.idle.known());
}

TEST(Summary, BoundsHoldTheValueEverywhere) {
  const Summary summary = summarize({small()});
  const auto check = [](const Figure& figure) {
    EXPECT_LE(figure.lo, figure.value);
    EXPECT_GE(figure.hi, figure.value);
    EXPECT_GE(figure.lo, 0.0);
  };
  check(summary.energy);
  for (const auto& row : summary.ranks) check(row.energy);
  for (const auto& row : summary.functions) check(row.energy);
  for (const auto& row : summary.classes) check(row.energy);
}

TEST(Summary, NodesAreAdded) {
  SmallTrace second = small();
  second.node.info.hostname = "node02";
  second.node.processes[0].rank = 2;
  second.node.processes[1].rank = 7;
  const Summary summary = summarize({small(), second});
  EXPECT_DOUBLE_EQ(summary.energy.value, 4.0);
  ASSERT_EQ(summary.ranks.size(), 4u);
  EXPECT_EQ(summary.runs, 1);
  EXPECT_EQ(summary.ranks[3].rank, 7);
  EXPECT_TRUE(summary.imbalance.energy);
  EXPECT_EQ(summary.functions[1].calls, 6u);
  EXPECT_EQ(summary.sensors.size(), 2u);
}

TEST(Summary, RanksOfTwoRunsStayApart) {
  SmallTrace trace = small();
  trace.node.processes[1].rank = 0;
  trace.node.processes[0].last_ns = 50;
  trace.node.processes[1].first_ns = 60;
  const Summary summary = summarize({trace});
  EXPECT_EQ(summary.runs, 2);
  ASSERT_EQ(summary.ranks.size(), 2u);
  EXPECT_EQ(summary.ranks[0].run, 1);
  EXPECT_EQ(summary.ranks[1].run, 2);
  EXPECT_DOUBLE_EQ(summary.ranks[0].energy.value, 1.5);
  ASSERT_EQ(summary.threads.size(), 2u);
  EXPECT_EQ(summary.threads[1].run, 2);
  EXPECT_FALSE(summary.imbalance.energy);
}

TEST(Summary, ThreadsOfARank) {
  SmallTrace trace = small();
  record::LaneRow lane;
  lane.lane = 2;
  lane.thread = 1;
  lane.tid = 77;
  trace.node.lanes.push_back(lane);
  trace.tick(3);
  trace.act(3, 2, 0, 10'000'000);
  trace.sample(3, 0, 3'000'000);
  const Summary summary = summarize({trace});
  ASSERT_EQ(summary.threads.size(), 3u);  // rank 0 thread 0, rank 0 thread 1, rank 1
  EXPECT_EQ(summary.threads[1].rank, 0);
  EXPECT_EQ(summary.threads[1].tid, 77);
  EXPECT_DOUBLE_EQ(summary.threads[1].energy.value, 1.0);
  EXPECT_DOUBLE_EQ(summary.threads[0].energy.value + summary.threads[1].energy.value,
                   summary.ranks[0].energy.value);
  EXPECT_EQ(summary.ranks[0].threads, 2u);
}

TEST(Summary, ThreadsThatTellNothingTakeEnergyForTheirCpuTime) {
  SmallTrace trace = small();
  record::LaneRow lane;
  lane.lane = 2;
  lane.thread = record::kNone32;
  lane.tid = 78;
  lane.kind = record::LaneKind::kSampled;
  lane.name = "worker";
  trace.node.lanes.push_back(lane);
  lane = {};
  lane.lane = 3;
  lane.thread = record::kNone32;
  lane.kind = record::LaneKind::kOthers;
  trace.node.lanes.push_back(lane);
  // Ticks 3 to 6: the first thread runs all the time, the worker half, others a quarter.
  for (std::uint32_t tick = 3; tick < 7; ++tick) {
    trace.tick(tick);
    trace.act(tick, 0, 0, 10'000'000);
    trace.sample(tick, 0, 2'000'000 + (tick - 2) * 700'000);
  }
  trace.block.cpu = {{2, 0, 0, -1, 2},
                     {4, 0, 20'000'000, 1, 2},
                     {6, 0, 20'000'000, 0, 4},
                     {6, 2, 20'000'000, 3, 2},
                     {6, 3, 10'000'000, -1, 2}};
  const Summary summary = summarize({trace});
  ASSERT_EQ(summary.threads.size(), 4u);
  const ThreadSummary& first = summary.threads[0];
  const ThreadSummary& worker = summary.threads[1];
  const ThreadSummary& others = summary.threads[2];
  EXPECT_EQ(worker.kind, record::LaneKind::kSampled);
  EXPECT_EQ(worker.name, "worker");
  EXPECT_EQ(worker.cpus, std::vector<std::int32_t>{3});
  EXPECT_EQ(first.cpus, (std::vector<std::int32_t>{0, 1}));
  EXPECT_DOUBLE_EQ(worker.cpu_seconds.value_or(0), 0.02);
  EXPECT_NEAR(worker.energy.value, 2.8 * 20 / 70, 1e-4);
  EXPECT_NEAR(others.energy.value, 2.8 * 10 / 70, 1e-4);
  const auto& raw = summary.sensors[0].raw;
  ASSERT_TRUE(raw && raw->attributed);
  EXPECT_EQ(*raw->attributed + *raw->idle + *raw->unattributed, raw->difference);
  const RankSummary& rank = summary.ranks[0];
  EXPECT_EQ(rank.threads, 2u) << "others are no thread";
  EXPECT_DOUBLE_EQ(rank.cpu_seconds.value_or(0), 0.07);
  EXPECT_NEAR(first.energy.value + worker.energy.value + others.energy.value, rank.energy.value,
              1e-9);
  ASSERT_TRUE(rank.thread_imbalance);
  EXPECT_NEAR(*rank.thread_imbalance,
              first.work_seconds * 2 / (first.work_seconds + worker.work_seconds) - 1, 1e-9);
}

TEST(Summary, WaitsOfThreadsAreAClassOfTheirOwn) {
  SmallTrace trace = small();
  trace.run.functions.push_back({5, "OpenMP barrier", "thread_wait"});
  trace.run.functions.push_back({6, "OpenMP parallel", "threads"});
  trace.node.cells.push_back({6, 0, 5});
  trace.node.cells.push_back({7, 0, 6});
  trace.tick(3);
  trace.act(3, 0, 0, 4'000'000);
  trace.act(3, 0, 6, 5'000'000, 3);
  trace.act(3, 0, 7, 1'000'000, 1);
  trace.sample(3, 0, 3'000'000);
  const Summary summary = summarize({trace});
  const auto& rank = summary.ranks[0];
  EXPECT_NEAR(rank.class_seconds[static_cast<std::size_t>(ReportClass::kThreads)], 6e-3, 1e-12);
  EXPECT_EQ(summary.classes.back().report_class, ReportClass::kThreads);
  EXPECT_NEAR(summary.classes.back().seconds, 6e-3, 1e-12);
  EXPECT_EQ(to_string(ReportClass::kThreads), "OpenMP wait");
  for (const FunctionSummary& function : summary.functions) {
    if (function.name == "OpenMP barrier") {
      EXPECT_NEAR(function.wait_seconds.value_or(0), 5e-3, 1e-12) << "all of it is waiting";
    }
    if (function.name == "OpenMP parallel") {
      EXPECT_NEAR(function.wait_seconds.value_or(-1), 0.0, 1e-12);
    }
  }
}

TEST(Summary, WhatNoTableKnowsIsStillARow) {
  SmallTrace trace = small();
  trace.node.lanes[1].process = 9;
  trace.node.cells[5].phase = 9;
  trace.node.cells[2].function = 99;
  const Summary summary = summarize({trace});
  double ranks = 0;
  double phases = 0;
  for (const auto& row : summary.ranks) ranks += row.energy.value;
  for (const auto& row : summary.phases) phases += row.energy.value;
  EXPECT_DOUBLE_EQ(ranks, 2.0);
  EXPECT_DOUBLE_EQ(phases, 2.0);
  EXPECT_EQ(summary.ranks.back().rank, -1);
  EXPECT_DOUBLE_EQ(summary.ranks.back().energy.value, 0.5);
  EXPECT_EQ(summary.functions[0].name, "(unknown)");
  EXPECT_DOUBLE_EQ(summary.functions[0].energy.value, 0.5);
}

TEST(Summary, NestedPhasesAndTheirInstances) {
  SmallTrace trace;
  trace.run.phases = {{0, ""}, {1, "solve"}, {2, "solve/exchange"}, {3, "io/write"}};
  trace.add_sensor("pkg0", 0);
  trace.add_rank(0, "0");
  trace.add_rank(1, "0");
  // 6: computing in solve/exchange, 7: sending there, 8: computing in io/write.
  trace.node.cells.insert(trace.node.cells.end(), {{6, 2, 0}, {7, 2, 1}, {8, 3, 0}});
  trace.tick(0);
  trace.sample(0, 0, 0);
  trace.tick(1);
  trace.sample(1, 0, 1'000'000);
  trace.act(1, 0, 5, 2'000'000, 4);
  trace.act(1, 0, 6, 1'000'000, 8);
  trace.act(1, 0, 7, 3'000'000, 500);
  trace.act(1, 1, 5, 2'000'000, 3);
  trace.act(1, 1, 8, 1'000'000, 1);
  trace.act(1, 1, 0, 1'000'000);
  const Summary summary = summarize({trace});
  ASSERT_EQ(summary.phases.size(), 5u);
  const PhaseSummary& solve = summary.phases[1];
  EXPECT_EQ(solve.name, "solve");
  EXPECT_EQ(solve.instances, 7u);  // 4 on rank 0, 3 on rank 1
  EXPECT_DOUBLE_EQ(solve.own_energy.value, 0.4);
  EXPECT_DOUBLE_EQ(solve.energy.value, 0.8);
  EXPECT_DOUBLE_EQ(solve.seconds, 0.008);
  EXPECT_EQ(summary.phases[2].name, "solve/exchange");
  EXPECT_EQ(summary.phases[2].parent, "solve");
  EXPECT_EQ(summary.phases[2].instances, 8u);  // calls of MPI_Send are no instances
  EXPECT_EQ(summary.phases[3].name, "io");     // known only as the place of io/write
  EXPECT_FALSE(summary.phases[3].instances);
  EXPECT_DOUBLE_EQ(summary.phases[3].own_energy.value, 0.0);
  EXPECT_TRUE(summary.phases[3].own_energy.known());
  EXPECT_DOUBLE_EQ(summary.phases[3].energy.value, 0.1);
  double top = 0;
  for (const auto& phase : summary.phases)
    if (phase.parent.empty()) top += phase.energy.value;
  EXPECT_DOUBLE_EQ(top, summary.energy.value);
}

TEST(Summary, ProcessesWithoutRankStayApart) {
  SmallTrace trace = small();
  trace.node.processes[0].rank = trace.node.processes[1].rank = -1;
  const Summary summary = summarize({trace});
  EXPECT_EQ(summary.ranks.size(), 2u);
  EXPECT_FALSE(summary.imbalance.energy);
}

TEST(Summary, UnreadableCountedSensorIsMissedByName) {
  SmallTrace trace = small();
  const auto key = trace.add_sensor("pkg1", 1);
  trace.node.sensors[key].signal.readable = false;
  trace.node.sensors[key].signal.reason = "Permission denied";
  const Summary summary = summarize({trace});
  EXPECT_DOUBLE_EQ(summary.energy.value, 2.0);
  EXPECT_EQ(summary.energy.missing_text(), "pkg1 on node01: Permission denied");
  EXPECT_EQ(summary.sensors[1].provenance, "absent");
  EXPECT_FALSE(summary.sensors[1].energy.known());
}

TEST(Summary, NothingReadableIsUnknownEverywhereNotZero) {
  SmallTrace trace = small();
  trace.node.sensors[0].signal.readable = false;
  const Summary summary = summarize({trace});
  EXPECT_FALSE(summary.energy.known());
  EXPECT_FALSE(summary.idle.known());
  EXPECT_FALSE(summary.ranks[0].energy.known());
  EXPECT_FALSE(summary.ranks[0].energy.missing.empty());
  EXPECT_FALSE(summary.functions[0].energy.known());
  EXPECT_EQ(summary.functions[0].name, "MPI_Wait");  // by time then
}

TEST(Summary, PartsAreShownButNotAdded) {
  SmallTrace trace = small();
  const auto key = trace.add_sensor("core0", 0);
  auto& signal = trace.node.sensors[key].signal;
  signal.domain = record::Domain::kCore;
  signal.counted = false;
  signal.contained_in = "pkg0";
  trace.sample(2, key, 5);
  trace.sample(3, key, 500'005);
  const Summary summary = summarize({trace});
  EXPECT_DOUBLE_EQ(summary.energy.value, 2.0);
  const auto& domains = summary.nodes[0].sockets[0].domains;
  ASSERT_EQ(domains.size(), 2u);
  EXPECT_EQ(domains[1].included_in, "pkg0");
  EXPECT_DOUBLE_EQ(domains[1].energy.value, 0.5);
  EXPECT_EQ(summary.sensors[1].reason, "included in pkg0");
  ASSERT_TRUE(summary.sensors[1].raw);
  EXPECT_FALSE(summary.sensors[1].raw->attributed);
}

TEST(Summary, EstimateMarksEverySum) {
  SmallTrace trace = small();
  trace.node.sensors[0].signal.provenance = record::Provenance::kEstimated;
  trace.node.sensors[0].signal.relative_error = 0.5;
  const Summary summary = summarize({trace});
  EXPECT_TRUE(summary.estimated());
  EXPECT_EQ(summary.ranks[0].energy.basis, Basis::kEstimated);
  EXPECT_EQ(summary.idle.basis, Basis::kEstimated);
}

TEST(Summary, HealthIsSummedAndTheRecorderAccounted) {
  SmallTrace trace = small();
  using record::HealthKind;
  trace.node.health = {{1, HealthKind::kRecorderCpu, record::kNone32, 0, 1'000'000},
                       {2, HealthKind::kRecorderCpu, record::kNone32, 0, 3'000'000},
                       {2, HealthKind::kLateTick, record::kNone32, 0, 2},
                       {3, HealthKind::kLateTick, record::kNone32, 0, 1},
                       {3, HealthKind::kReadFailed, 0, 11, 4},
                       {4, HealthKind::kReadFailed, 0, 11, 1}};
  trace.node.complete = false;
  const Summary summary = summarize({trace});
  EXPECT_DOUBLE_EQ(summary.recorder.cpu_s, 0.003);
  EXPECT_EQ(summary.recorder.late_ticks, 3);
  ASSERT_EQ(summary.health.size(), 2u);
  EXPECT_EQ(summary.health[0].what, "read_failed");
  EXPECT_EQ(summary.health[0].subject, "pkg0");
  EXPECT_EQ(summary.health[0].count, 5);
  EXPECT_EQ(summary.health[1].what, "trace_incomplete");
}

TEST(Summary, FindingsOnSensorsSayWhatTheyAre) {
  SmallTrace trace = small();
  using record::HealthKind;
  trace.node.sensors.push_back(trace.node.sensors[0]);
  trace.node.sensors[1].sensor = 1;
  trace.node.sensors[1].signal.id = "pkg0.power";
  trace.node.sensors[1].signal.counted = false;
  trace.node.health = {{1, HealthKind::kCounterStuck, 0, 0, 10'020'000'000},
                       {1, HealthKind::kPeriodDiffers, 0, 0, 50'000'000},
                       {1, HealthKind::kPowerDisagrees, 0, 1, -153},
                       {1, HealthKind::kCounterAnomaly, 0, 1, 4}};
  const Summary summary = summarize({trace});
  ASSERT_EQ(summary.health.size(), 4u);
  for (const HealthNote& note : summary.health) EXPECT_EQ(note.subject, "pkg0");
  EXPECT_EQ(summary.health[0].what, "counter_stuck");
  EXPECT_EQ(summary.health[0].count, 1);
  EXPECT_EQ(summary.health[0].reason, "it did not move in 10.0 s");
  EXPECT_EQ(summary.health[1].reason, "it updates every 50 ms, not as its device states");
  EXPECT_EQ(summary.health[2].reason, "in the first seconds 15 % below what pkg0.power shows");
  EXPECT_EQ(summary.health[3].count, 4);
  EXPECT_EQ(summary.health[3].reason, "backward");
}

TEST(Summary, AStuckCounterIsMissingFromTheTotal) {
  SmallTrace trace = small();
  trace.add_sensor("dram0", 0);
  for (std::uint32_t tick = 0; tick < 3; ++tick) trace.sample(tick, 1, 42);
  std::stable_sort(trace.block.samples.begin(), trace.block.samples.end(),
                   [](const auto& a, const auto& b) { return a.tick < b.tick; });
  const Summary summary = summarize({trace});
  EXPECT_DOUBLE_EQ(summary.energy.value, 2.0);
  const std::string why = "the counter did not move in 0.02 s: stuck, or what it counts is off";
  EXPECT_EQ(summary.energy.missing_text(), "dram0 on node01: " + why);
  EXPECT_FALSE(summary.sensors[1].energy.known());
  EXPECT_EQ(summary.sensors[1].reason, why);
  EXPECT_DOUBLE_EQ(summary.ranks[0].energy.value, 1.5);
}

TEST(Summary, ConservationBlockIsExact) {
  const Summary summary = summarize({small()});
  ASSERT_TRUE(summary.sensors[0].raw);
  const Conservation& raw = *summary.sensors[0].raw;
  EXPECT_EQ(raw.difference, 2'000'000u);
  EXPECT_EQ(raw.attributed.value_or(0) + raw.idle.value_or(1) + raw.unattributed.value_or(1),
            raw.difference);
}

}  // namespace
}  // namespace joulepath::analysis
