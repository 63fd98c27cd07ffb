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
  EXPECT_EQ(row_of(run.domains, "package")->devices, std::set<std::size_t>{2});
}

TEST(RunFigures, ClassesAndRestsAddUpAsInTheReport) {
  const RunFigures run = run_figures(measured_summary(), "a.h5");
  double sum = 0;
  for (const auto& row : run.classes) sum += row.energy.value;
  EXPECT_NEAR(sum, run.energy.value, 1e-6);
}

TEST(RunFigures, LostIntervalsAreInsideTheBounds) {
  auto summary = measured_summary();
  summary.energy.note_missing("dram: 1 interval lost");
  const RunFigures run = run_figures(summary, "a.h5");
  EXPECT_TRUE(run.incomplete.empty());
  EXPECT_EQ(run.lost, std::vector<std::string>{"dram: 1 interval lost"});
}

TEST(RunFigures, IncompleteWhereSomethingIsNotInTheTotal) {
  auto partial = measured_summary();
  partial.partial = {"node02: its recorder did not end in order"};
  EXPECT_EQ(run_figures(partial, "a.h5").incomplete, partial.partial);

  auto unread = measured_summary();
  unread.sensors[0].energy = analysis::unknown_figure("read failed");
  unread.sensors[0].reason = "read failed";
  ASSERT_EQ(run_figures(unread, "a.h5").incomplete.size(), 1u);
  EXPECT_NE(run_figures(unread, "a.h5").incomplete[0].find("read failed"), std::string::npos);

  auto dark = measured_summary();
  dark.nodes.push_back(empty_summary().nodes[0]);
  EXPECT_TRUE(run_figures(dark, "a.h5").incomplete.empty()) << "its joules are another node's";
  dark.energy.add(dark.nodes.back().energy);
  EXPECT_EQ(run_figures(dark, "a.h5").incomplete.size(), 1u);
  EXPECT_EQ(run_figures(dark, "a.h5").counted,
            (std::set<std::string>{"1 dram + 2 package", "nothing"}));
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
