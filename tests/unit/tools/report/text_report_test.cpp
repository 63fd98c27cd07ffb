#include "tools/report/text_report.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "golden.hpp"
#include "synthetic_summary.hpp"
#include "tools/report/layout.hpp"

namespace joulepath::report {
namespace {

using namespace testing;

void expect_tidy(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(display_width(line), kWidth) << line;
    EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
  }
  EXPECT_EQ(text.find("\n\n\n"), std::string::npos);
}

TEST(TextReport, NoLineIsWiderThan80Columns) {
  for (const auto& summary : {measured_summary(), estimated_summary(), large_summary(),
                              empty_summary(), analysis::Summary{}})
    expect_tidy(text_report(summary));
}

// Every number of rows and every size of figure keeps to the page.
TEST(TextReport, WidthHoldsForFiguresOfAnySize) {
  for (double scale = 1e-12; scale < 1e15; scale *= 7.3) {
    auto summary = measured_summary();
    const auto basis = scale < 1 ? analysis::Basis::kEstimated : analysis::Basis::kAttributed;
    summary.energy = figure(9.9999 * scale, 9 * scale, basis);
    for (auto& row : summary.ranks) row.energy = figure(scale, 9999 * scale, basis);
    for (auto& row : summary.functions) {
      row.energy = figure(scale, 99 * scale, basis);
      row.calls = static_cast<std::uint64_t>(std::min(scale, 1e18));
      row.seconds = scale;
    }
    summary.recorder.cpu_s = scale;
    summary.duration_s = scale;
    expect_tidy(text_report(summary));
  }
}

TEST(TextReport, ManyRanksAreCutWithALineForTheOthers) {
  const std::string text = text_report(large_summary());
  EXPECT_NE(text.find("... and 112 more: min "), std::string::npos);
  EXPECT_NE(text.find("... and 8 more: min "), std::string::npos);
  EXPECT_NE(text.find("... and 30 more functions"), std::string::npos);
}

TEST(TextReport, SaysWhatIsNotThere) {
  const std::string text = text_report(empty_summary());
  EXPECT_NE(text.find("no MPI rank was seen: the energy is not split by rank"), std::string::npos);
  EXPECT_NE(text.find("unknown"), std::string::npos);
  EXPECT_NE(text.find("No energy sensor was found"), std::string::npos);
  EXPECT_EQ(text.find("0 J"), std::string::npos);
}

TEST(TextReport, EveryEstimateIsMarked) {
  const std::string text = text_report(estimated_summary());
  EXPECT_NE(text.find("ESTIMATED"), std::string::npos);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.find(" J ") != std::string::npos || line.ends_with(" W")) {
      EXPECT_NE(line.find('~'), std::string::npos) << line;
    }
}

TEST(TextReport, SaysByWhatRanksWereToldApart) {
  auto summary = measured_summary();
  EXPECT_NE(text_report(summary).find("by a fit or by time; bounds"), std::string::npos);
  summary.sensors[0].told_apart = analysis::ToldApart{0.0, 0.0, 1e9};
  EXPECT_NE(text_report(summary).find("by a fit or by time; bounds"), std::string::npos);
  summary.sensors[0].told_apart = analysis::ToldApart{6e9, 3e9, 1e9};
  std::string text = text_report(summary);
  expect_tidy(text);
  for (std::size_t at = 0; (at = text.find("\n  ", at)) != std::string::npos;)
    text.replace(at, 3, " ");
  EXPECT_NE(text.find("told apart by counters of single cores (60.0 % of their CPU time), cycles "
                      "(30.0 % of their CPU time), CPU time alone, which cannot see that cores "
                      "differ (10.0 % of their CPU time); bounds"),
            std::string::npos)
      << text;
}

TEST(TextReport, GoldenMeasured) {
  expect_golden(text_report(measured_summary()), "measured.txt");
}
TEST(TextReport, GoldenEstimated) {
  expect_golden(text_report(estimated_summary()), "estimated.txt");
}
TEST(TextReport, GoldenLarge) {
  expect_golden(text_report(large_summary()), "large.txt");
}
TEST(TextReport, GoldenEventsAndGpus) {
  const std::string text = text_report(with_events_and_gpus());
  expect_golden(text, "events.txt");
  expect_tidy(text);
}
TEST(TextReport, SaysWhyNoCausesAreKnown) {
  auto summary = with_events_and_gpus();
  summary.waits.reason = "the clocks of the nodes are not aligned";
  EXPECT_NE(text_report(summary).find("unknown, because the clocks"), std::string::npos);
}
TEST(TextReport, SaysHowClocksGo) {
  auto summary = measured_summary();
  EXPECT_EQ(text_report(summary).find("clocks"), std::string::npos) << "one node";
  summary.clocks = {analysis::ClockBasis::kMarks,
                    {{"a", true, 0, 0, 0, ""}, {"b", true, -0.8, 18, 30e-6, ""}},
                    30e-6};
  EXPECT_NE(text_report(summary).find("clocks      of all 2 nodes aligned, to within 30.00 us"),
            std::string::npos)
      << text_report(summary);
  summary.clocks.nodes.push_back({"c", false, 0, 0, 0, "it was set"});
  EXPECT_NE(text_report(summary).find("of 2 of 3 nodes aligned"), std::string::npos);
  for (auto& node : summary.clocks.nodes) node.aligned = false;
  EXPECT_NE(text_report(summary).find("of the nodes not aligned"), std::string::npos);
}
TEST(TextReport, GoldenEmpty) {
  expect_golden(text_report(empty_summary()), "empty.txt");
}

}  // namespace
}  // namespace joulepath::report
