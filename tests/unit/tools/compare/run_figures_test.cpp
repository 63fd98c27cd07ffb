#include "tools/compare/run_figures.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "../report/synthetic_summary.hpp"

namespace joulepath::compare {
namespace {

using namespace report::testing;

const RowFigures* row_of(const std::vector<RowFigures>& rows, const std::string& name) {
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const auto& own) { return own.name == name; });
  return row == rows.end() ? nullptr : &*row;
}

TEST(RunFigures, AreThoseOfTheReport) {
  const auto summary = measured_summary();
  const RunFigures run = run_figures(summary, "a.h5");
  EXPECT_EQ(run.energy.value, summary.energy.value);
  EXPECT_EQ(run.ranks, "4");
  EXPECT_EQ(run.hosts, std::vector<std::string>{"node01"});
  ASSERT_NE(row_of(run.phases, "solve/exchange"), nullptr);
  EXPECT_EQ(row_of(run.phases, "solve/exchange")->count, 48'000u);
  EXPECT_EQ(row_of(run.functions, "MPI_Isend")->energy.value, 40.9);
  EXPECT_EQ(row_of(run.classes, "unattributed")->energy.value, 49.0);
}

TEST(RunFigures, DomainsAreSummedOverSocketsAndPartsStandApart) {
  const RunFigures run = run_figures(measured_summary(), "a.h5");
  EXPECT_DOUBLE_EQ(row_of(run.domains, "package")->energy.value, 1220);
  EXPECT_DOUBLE_EQ(row_of(run.domains, "package")->energy.lo, 1219.4);
  EXPECT_DOUBLE_EQ(row_of(run.domains, "dram")->energy.value, 75);
  EXPECT_DOUBLE_EQ(row_of(run.domains, "core (part)")->energy.value, 410);
  EXPECT_EQ(run.counted, std::set<std::string>{"1 dram + 2 package"});
  EXPECT_EQ(row_of(run.domains, "package")->devices, std::set<std::string>{"2 package"});
}

TEST(RunFigures, ClassesAndRestsAddUpAsInTheReport) {
  const RunFigures run = run_figures(measured_summary(), "a.h5");
  double sum = 0;
  for (const auto& row : run.classes) sum += row.energy.value;
  EXPECT_NEAR(sum, run.energy.value, 1e-6);
}

TEST(RunFigures, LostIntervalsAreInsideTheBounds) {
  auto summary = measured_summary();
  summary.sensors[2].energy.missing = {"1 interval lost"};
  const RunFigures run = run_figures(summary, "a.h5");
  EXPECT_TRUE(run.incomplete.empty());
  EXPECT_TRUE(run.unread.empty());
  EXPECT_EQ(run.lost,
            std::vector<std::string>{"powercap:intel-rapl:1:0 on node01: 1 interval lost"});
}

TEST(RunFigures, IncompleteWhereSomethingIsNotInTheTotal) {
  auto partial = measured_summary();
  partial.partial = {"node02: its recorder did not end in order"};
  EXPECT_EQ(run_figures(partial, "a.h5").incomplete, partial.partial);

  auto dark = measured_summary();
  dark.nodes.push_back(empty_summary().nodes[0]);
  EXPECT_TRUE(run_figures(dark, "a.h5").incomplete.empty()) << "its joules are another node's";
  dark.energy.add(dark.nodes.back().energy);
  EXPECT_EQ(run_figures(dark, "a.h5").incomplete.size(), 1u);
  EXPECT_EQ(
      run_figures(dark, "a.h5").counted,
      (std::set<std::string>{"1 dram + 2 package on 1 of the nodes", "nothing on 1 of the nodes"}));
}

// A counter that stands still on both sides is missing alike; the other socket's is not.
TEST(RunFigures, WhatIsCountedNamesWhatCouldNotBeRead) {
  auto summary = measured_summary();
  summary.sensors[0].energy = analysis::unknown_figure("it never moved");
  const RunFigures run = run_figures(summary, "a.h5");
  EXPECT_TRUE(run.incomplete.empty());
  EXPECT_EQ(run.unread,
            std::vector<std::string>{"powercap:intel-rapl:0 on node01: it never moved"});
  EXPECT_EQ(run.counted, std::set<std::string>{"1 dram + 1 package without powercap:intel-rapl:0"});
  EXPECT_EQ(row_of(run.domains, "package")->devices,
            std::set<std::string>{"1 package without powercap:intel-rapl:0"});
}

TEST(RunFigures, NodesOfOneKindAreToldOnce) {
  auto summary = measured_summary();
  auto second = summary.nodes[0];
  second.hostname = "node02";
  summary.nodes.push_back(second);
  auto sensors = summary.sensors;
  for (auto& sensor : sensors) sensor.node = "node02";
  summary.sensors.insert(summary.sensors.end(), sensors.begin(), sensors.end());
  EXPECT_EQ(run_figures(summary, "a.h5").counted, std::set<std::string>{"1 dram + 2 package"});
  EXPECT_EQ(row_of(run_figures(summary, "a.h5").domains, "dram")->devices,
            std::set<std::string>{"1 dram"});
  summary.sensors.erase(summary.sensors.begin());
  EXPECT_EQ(row_of(run_figures(summary, "a.h5").domains, "package")->devices,
            (std::set<std::string>{"1 package on 1 of the nodes", "2 package on 1 of the nodes"}));
}

TEST(RunFigures, HowWaitingIsTold) {
  EXPECT_EQ(run_figures(measured_summary(), "a.h5").waiting, Waiting::kExcess);
  EXPECT_EQ(run_figures(with_events_and_gpus(), "a.h5").waiting, Waiting::kEvents);
  EXPECT_EQ(run_figures(estimated_summary(), "a.h5").waiting, Waiting::kNotTold);
}

TEST(RunFigures, OthersOnTheNode) {
  auto summary = measured_summary();
  summary.nodes[0].shared = analysis::SharedSummary{8.0, 2.0, 3.0, 1.0, 4.0, 0};
  EXPECT_EQ(run_figures(summary, "a.h5").shared,
            std::vector<std::string>{"node01 (20.0 % of its CPU time)"});
}

TEST(RunFigures, DurationIsKnownToAPeriod) {
  const RunFigures run = run_figures(measured_summary(), "a.h5");
  EXPECT_DOUBLE_EQ(run.duration_s.lo, 12.335);
  EXPECT_DOUBLE_EQ(run.duration_s.hi, 12.355);
}

}  // namespace
}  // namespace joulepath::compare
