#include "tools/compare/comparison.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "two_runs.hpp"

namespace joulepath::compare {
namespace {

using namespace testing;

const ComparedRow& row_of(const std::vector<ComparedRow>& rows, const std::string& name) {
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const auto& own) { return own.name == name; });
  if (row == rows.end()) throw std::runtime_error("no row " + name);
  return *row;
}

TEST(Comparison, Totals) {
  const Comparison comparison = compare({before_run()}, {after_run()});
  EXPECT_EQ(comparison.energy.verdict, Verdict::kLess);
  EXPECT_DOUBLE_EQ(comparison.energy.change->value, -200);
  EXPECT_NEAR(comparison.energy.change->lo, -201.6, 1e-9);
  EXPECT_NEAR(comparison.energy.change->hi, -198.4, 1e-9);
  EXPECT_EQ(comparison.duration.verdict, Verdict::kLess);
  EXPECT_NEAR(comparison.power.before->value, 1295 / 12.345, 1e-9);
  EXPECT_NEAR(comparison.power.before->lo, 1294.2 / 12.355, 1e-9);
  EXPECT_NEAR(comparison.power.before->hi, 1295.8 / 12.335, 1e-9);
  EXPECT_NEAR(comparison.delay_product.before->value, 1295 * 12.345, 1e-9);
  EXPECT_NEAR(comparison.delay_product.after->hi, 1095.8 * 10.51, 1e-9);
}

TEST(Comparison, ARunWithItselfDiffersInNothing) {
  const Comparison comparison = compare({before_run()}, {before_run()});
  for (const auto* total :
       {&comparison.energy, &comparison.duration, &comparison.power, &comparison.delay_product})
    EXPECT_EQ(total->verdict, Verdict::kWithinBounds);
  for (const auto* rows :
       {&comparison.phases, &comparison.classes, &comparison.functions, &comparison.domains}) {
    EXPECT_FALSE(rows->empty());
    for (const auto& row : *rows) EXPECT_EQ(row.energy.verdict, Verdict::kWithinBounds) << row.name;
  }
}

TEST(Comparison, RowsAreSureOnesFirst) {
  const Comparison comparison = compare({before_run()}, {after_run()});
  EXPECT_EQ(comparison.phases.front().name, "solve");
  EXPECT_EQ(comparison.phases.front().energy.verdict, Verdict::kLess);
  EXPECT_EQ(row_of(comparison.phases, "assemble").energy.verdict, Verdict::kWithinBounds);
  EXPECT_EQ(comparison.functions[0].name, "MPI_Allreduce");
  EXPECT_EQ(row_of(comparison.functions, "MPI_Isend").energy.verdict, Verdict::kOnlyBefore);
  EXPECT_EQ(row_of(comparison.functions, "MPI_Put").energy.verdict, Verdict::kOnlyAfter);
  EXPECT_EQ(comparison.domains.front().name, "package");
}

TEST(Comparison, EnergyOfAnInstance) {
  const Comparison comparison = compare({before_run()}, {after_run()});
  const ComparedRow& solve = row_of(comparison.phases, "solve");
  ASSERT_TRUE(solve.each);
  EXPECT_DOUBLE_EQ(solve.each->before->value, 516.0 / 400);
  EXPECT_DOUBLE_EQ(solve.each->after->value, 300.0 / 200);
  EXPECT_EQ(solve.each->verdict, Verdict::kMore) << "each costs more, though all cost less";
  EXPECT_EQ(*solve.count_before, 400);
  EXPECT_EQ(*solve.count_after, 200);
}

TEST(Comparison, WhatRunsOfASideDifferByIsNoDifference) {
  const RunFigures run = before_run();
  const auto times = [&](double factor) { return scaled(run, factor); };
  // One run of each: 3 % apart, far beyond the error of measuring.
  EXPECT_EQ(compare({run}, {times(1.03)}).energy.verdict, Verdict::kMore);
  const Comparison spread = compare({run, times(1.05)}, {times(1.03), times(1.06)});
  EXPECT_EQ(spread.energy.verdict, Verdict::kWithinBounds);
  EXPECT_NEAR(spread.energy.change->value, 1295 * 0.02, 1e-9);
  const Comparison apart = compare({run, times(1.02)}, {times(1.03), times(1.06)});
  EXPECT_EQ(apart.energy.verdict, Verdict::kMore);
  EXPECT_NEAR(apart.energy.change->lo, 1294.2 * 1.03 - 1295.8 * 1.02, 1e-9);
}

TEST(Comparison, ARowThatSomeRunsOfASideLackIsUnknown) {
  const Comparison comparison = compare({before_run(), before_run()}, {before_run(), after_run()});
  const ComparedRow& row = row_of(comparison.functions, "MPI_Isend");
  EXPECT_EQ(row.energy.verdict, Verdict::kUnknown);
  EXPECT_EQ(row.energy.reason, "after: it is in 1 of 2 runs only");
}

TEST(Comparison, UnlikeTotalsHaveNoDifferenceButAlikeDomainsDo) {
  auto after = run_figures(
      [] {
        auto summary = changed_summary();
        std::erase_if(summary.sensors, [](const auto& row) { return row.domain == "dram"; });
        for (auto& socket : summary.nodes[0].sockets)
          std::erase_if(socket.domains, [](const auto& row) { return row.domain == "dram"; });
        return summary;
      }(),
      "after.h5");
  const Comparison comparison = compare({before_run()}, {after});
  for (const auto* total : {&comparison.energy, &comparison.power, &comparison.delay_product}) {
    EXPECT_EQ(total->verdict, Verdict::kNotAlike);
    EXPECT_FALSE(total->change);
  }
  EXPECT_EQ(comparison.duration.verdict, Verdict::kLess);
  for (const auto* rows : {&comparison.phases, &comparison.classes, &comparison.functions})
    for (const auto& row : *rows) EXPECT_EQ(row.energy.verdict, Verdict::kNotAlike) << row.name;
  EXPECT_EQ(row_of(comparison.domains, "package").energy.verdict, Verdict::kLess);
  EXPECT_EQ(row_of(comparison.domains, "dram").energy.verdict, Verdict::kOnlyBefore);
}

TEST(Comparison, ADomainOfMoreDevicesIsNotAlike) {
  auto after = after_run();
  for (auto& row : after.domains)
    if (row.name == "package") row.devices = {"1 package"};
  const Comparison comparison = compare({before_run()}, {after});
  EXPECT_EQ(row_of(comparison.domains, "package").energy.verdict, Verdict::kNotAlike);
  EXPECT_EQ(row_of(comparison.domains, "dram").energy.verdict, Verdict::kWithinBounds);
}

TEST(Comparison, OfAnIncompleteTraceNothingIsSubtracted) {
  auto after = after_run();
  after.incomplete = {"node02: gone"};
  const Comparison comparison = compare({before_run()}, {after});
  for (const auto* total :
       {&comparison.energy, &comparison.duration, &comparison.power, &comparison.delay_product})
    EXPECT_EQ(total->verdict, Verdict::kNotAlike);
  for (const auto* rows :
       {&comparison.phases, &comparison.classes, &comparison.functions, &comparison.domains})
    for (const auto& row : *rows) EXPECT_EQ(row.energy.verdict, Verdict::kNotAlike) << row.name;
}

TEST(Comparison, WaitingToldInTwoWaysIsNotSubtracted) {
  auto after = after_run();
  after.waiting = Waiting::kEvents;
  const Comparison comparison = compare({before_run()}, {after});
  EXPECT_EQ(row_of(comparison.classes, "MPI wait").energy.verdict, Verdict::kNotAlike);
  EXPECT_EQ(row_of(comparison.classes, "MPI transfer").energy.verdict, Verdict::kNotAlike);
  EXPECT_EQ(row_of(comparison.classes, "compute").energy.verdict, Verdict::kLess);
}

TEST(Comparison, NothingKnown) {
  const RunFigures nothing = run_figures(report::testing::empty_summary(), "x.h5");
  const Comparison comparison = compare({nothing}, {nothing});
  EXPECT_FALSE(comparison.energy.change);
  EXPECT_FALSE(comparison.power.change);
}

}  // namespace
}  // namespace joulepath::compare
