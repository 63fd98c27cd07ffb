#include "tools/report/view.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "golden.hpp"
#include "synthetic_summary.hpp"
#include "tools/report/json_report.hpp"
#include "tools/report/layout.hpp"
#include "tools/report/text_view.hpp"

namespace joulepath::report {
namespace {

using namespace testing;
using nlohmann::json;

double sum_of(const std::vector<ViewRow>& rows) {
  double sum = 0;
  for (const auto& row : rows) sum += row.energy.value;
  return sum;
}

void expect_levels_add_up(const std::vector<ViewRow>& rows) {
  for (const auto& row : rows) {
    EXPECT_LE(row.energy.lo, row.energy.value) << row.label;
    EXPECT_GE(row.energy.hi, row.energy.value) << row.label;
    if (row.inside.empty()) continue;
    EXPECT_NEAR(sum_of(row.inside), row.energy.value, 1e-6) << row.label;
    expect_levels_add_up(row.inside);
  }
}

TEST(View, RowsAddUpToTheTotalHoweverSortedAndCut) {
  const auto summary = measured_summary();
  for (const auto& [by_name, by] : by_names())
    for (const auto& [sort_name, sort] : sort_names())
      for (const std::size_t top : {std::size_t{1}, std::size_t{2}, kAllRows}) {
        const View view = make_view(summary, {by, sort, top});
        EXPECT_NEAR(sum_of(view.rows), 1295.0, 0.001) << by_name << " " << sort_name << " " << top;
        expect_levels_add_up(view.rows);
      }
}

TEST(View, CutRowsAreSummedInOne) {
  const View view = make_view(measured_summary(), {By::kFunction, Sort::kCalls, 2});
  ASSERT_EQ(view.rows.size(), 6u);
  EXPECT_EQ(view.rows[0].label, "MPI_Isend");
  EXPECT_EQ(view.rows[1].label, "MPI_Waitall");
  EXPECT_EQ(view.rows[2].label, "(3 more)");
  EXPECT_EQ(view.rows[2].calls, 12'044u);
  EXPECT_EQ(view.rows[3].label, "(outside MPI)");
  EXPECT_EQ(view.rows[4].label, "idle");
  EXPECT_EQ(view.rows[5].label, "unattributed");
}

TEST(View, ASumIsBoundedByTheTotal) {
  const View view = make_view(large_summary(), {By::kRank, Sort::kEnergy, 1});
  EXPECT_EQ(view.rows[1].label, "(127 more)");
  EXPECT_LE(view.rows[1].energy.hi, std::max(view.total.hi, view.rows[1].energy.value));
}

TEST(View, Orders) {
  const auto first = [](By by, Sort sort) {
    return make_view(measured_summary(), {by, sort, kAllRows}).rows.front().label;
  };
  EXPECT_EQ(first(By::kRank, Sort::kEnergy), "rank 3 s1");
  EXPECT_EQ(first(By::kRank, Sort::kName), "rank 0 s0");
  EXPECT_EQ(first(By::kFunction, Sort::kEnergy), "MPI_Allreduce");
  EXPECT_EQ(first(By::kFunction, Sort::kTime), "MPI_Waitall");
  EXPECT_EQ(first(By::kFunction, Sort::kName), "MPI_Allreduce");
  // By the waiting in them, not by their own.
  EXPECT_EQ(first(By::kWait, Sort::kEnergy), "MPI_Waitall");
}

TEST(View, RanksSortByNumberNotByText) {
  const View view = make_view(large_summary(), {By::kRank, Sort::kName, kAllRows});
  EXPECT_TRUE(view.rows[2].label.starts_with("rank 2 ")) << view.rows[2].label;
  EXPECT_TRUE(view.rows[100].label.starts_with("rank 100 ")) << view.rows[100].label;
}

TEST(View, PhasesNest) {
  const View view = make_view(measured_summary(), {By::kPhase, Sort::kEnergy, kAllRows});
  EXPECT_EQ(view.rows[0].label, "assemble");
  const ViewRow& solve = view.rows[1];
  EXPECT_EQ(solve.label, "solve");
  EXPECT_EQ(solve.calls, 400u);
  ASSERT_EQ(solve.inside.size(), 2u);
  EXPECT_EQ(solve.inside[0].label, "exchange");
  EXPECT_EQ(solve.inside[1].label, "(itself)");
  EXPECT_EQ(view.rows[2].label, "(outside phases)");
  EXPECT_FALSE(view.rows[2].calls);
}

TEST(View, WaitsNobodyLookedForAreNoZero) {
  const View view = make_view(estimated_summary(), {By::kWait, Sort::kEnergy, kAllRows});
  for (const auto& row : view.rows) EXPECT_TRUE(row.inside.empty()) << row.label;
  EXPECT_NE(view.note.find("does not say"), std::string::npos);
}

TEST(View, RunsAreNamedWhereThereAreSeveral) {
  auto summary = measured_summary();
  summary.runs = 2;
  summary.ranks[3].run = 2;
  const View view = make_view(summary, {By::kRank, Sort::kName, kAllRows});
  EXPECT_EQ(view.rows[3].label, "rank 3 (run 2) s1");
}

TEST(TextView, KeepsToThePage) {
  for (const auto& summary : {measured_summary(), estimated_summary(), large_summary(),
                              empty_summary(), analysis::Summary{}})
    for (const auto& [name, by] : by_names())
      for (const std::size_t top : {std::size_t{3}, kAllRows}) {
        std::istringstream lines(text_view(summary, {by, Sort::kEnergy, top}));
        for (std::string line; std::getline(lines, line);) {
          EXPECT_LE(display_width(line), kWidth) << line;
          EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
        }
      }
}

TEST(TextView, UnknownRowsSayWhyAndAreNotSummed) {
  const std::string text = text_view(large_summary(), {By::kPhase, Sort::kName, kAllRows});
  EXPECT_NE(text.find("unknown, because why"), std::string::npos);
  EXPECT_NE(text.find("Rows that are unknown are in no sum"), std::string::npos);
  EXPECT_EQ(text.find("The rows add up to the total"), std::string::npos);
}

TEST(JsonView, HasTheHeadAndTheRows) {
  const json view =
      json::parse(json_view(measured_summary(), {By::kPhase, Sort::kEnergy, std::size_t{1}}));
  EXPECT_EQ(view.at("by"), "phase");
  EXPECT_EQ(view.at("sort"), "energy");
  EXPECT_EQ(view.at("top"), 1);
  EXPECT_EQ(view.at("energy_j").at("value"), 1295.0);
  EXPECT_FALSE(view.contains("ranks"));
  const json& rows = view.at("rows");
  EXPECT_EQ(rows[0].at("phase"), "assemble");
  EXPECT_EQ(rows[0].at("calls"), 4);
  EXPECT_EQ(rows[1].at("more"), 1);
  EXPECT_EQ(rows[2].at("label"), "(outside phases)");
  double sum = 0;
  for (const auto& row : rows) sum += row.at("energy_j").at("value").get<double>();
  EXPECT_NEAR(sum, 1295.0, 0.001);
}

TEST(JsonView, KeysNameTheRow) {
  const json rank =
      json::parse(json_view(measured_summary(), {By::kRank, Sort::kName, kAllRows})).at("rows")[2];
  EXPECT_EQ(rank.at("rank"), 2);
  EXPECT_EQ(rank.at("run"), 1);
  EXPECT_EQ(rank.at("node"), "node01");
  EXPECT_EQ(rank.at("pid"), 4002);
}

TEST(TextView, GoldenPhase) {
  expect_golden(text_view(measured_summary(), {By::kPhase, Sort::kEnergy, kAllRows}), "phase.txt");
}
TEST(TextView, GoldenWait) {
  expect_golden(text_view(measured_summary(), {By::kWait, Sort::kEnergy, 2}), "wait.txt");
}
TEST(TextView, GoldenLargePhase) {
  expect_golden(text_view(large_summary(), {By::kPhase, Sort::kEnergy, 5}), "large_phase.txt");
}
TEST(TextView, GoldenLargeThread) {
  expect_golden(text_view(large_summary(), {By::kThread, Sort::kName, 5}), "large_thread.txt");
}
TEST(TextView, GoldenThread) {
  expect_golden(text_view(measured_summary(), {By::kThread, Sort::kEnergy, kAllRows}),
                "thread.txt");
}
TEST(JsonView, GoldenThread) {
  expect_golden(json_view(measured_summary(), {By::kThread, Sort::kEnergy, 3}), "thread_view.json");
}
TEST(JsonView, GoldenRank) {
  expect_golden(json_view(measured_summary(), {By::kRank, Sort::kEnergy, 2}), "rank_view.json");
}

}  // namespace
}  // namespace joulepath::report
