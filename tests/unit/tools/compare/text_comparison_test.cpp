#include "tools/compare/text_comparison.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "../report/golden.hpp"
#include "tools/report/layout.hpp"
#include "two_runs.hpp"

namespace joulepath::compare {
namespace {

using namespace testing;
using namespace report::testing;

void expect_tidy(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(report::display_width(line), report::kWidth) << line;
    EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
  }
  EXPECT_EQ(text.find("\n\n\n"), std::string::npos);
}

std::string of(const analysis::Summary& before, const analysis::Summary& after) {
  return text_comparison(compare({run_figures(before, "a.h5")}, {run_figures(after, "b.h5")}));
}

TEST(TextComparison, NoLineIsWiderThan80Columns) {
  const std::vector summaries{measured_summary(), estimated_summary(), large_summary(),
                              empty_summary(),    changed_summary(),   analysis::Summary{}};
  for (const auto& before : summaries)
    for (const auto& after : summaries) expect_tidy(of(before, after));
}

// No figure or bound is cut, from a microjoule to months of a large machine.
TEST(TextComparison, NumbersAreWhole) {
  for (double scale = 1e-9; scale < 1e4; scale *= 2.3) {
    for (const double factor : {1e-6, 0.3, 0.99, 1.0, 1.7, 1e2, 1e3}) {
      RunFigures before = scaled(before_run(), scale);
      RunFigures after = scaled(before_run(), scale * factor);
      before.functions.resize(2);  // names that fit
      after.functions.resize(2);
      const std::string text = text_comparison(compare({before}, {after}));
      expect_tidy(text);
      EXPECT_EQ(text.find("…"), std::string::npos) << text;
    }
  }
}

TEST(TextComparison, AnswersFirst) {
  const std::string less = of(known_summary(), changed_summary());
  EXPECT_NE(less.find("\nLESS energy after: -200.0 J [-201.6, -198.4], -15.4 % [-15.6, -15.3]"),
            std::string::npos)
      << less;
  EXPECT_NE(less.find("phase solve -216.0 J"), std::string::npos);
  const std::string more = of(changed_summary(), known_summary());
  EXPECT_NE(more.find("\nMORE energy after: +200.0 J"), std::string::npos) << more;
  const std::string none = of(known_summary(), known_summary());
  EXPECT_NE(none.find("\nNO SURE DIFFERENCE in energy: 0 J"), std::string::npos) << none;
  EXPECT_NE(none.find("Where: not sure"), std::string::npos);
  for (const char* word : {"LESS energy", "MORE energy", "    LESS", "    MORE"})
    EXPECT_EQ(none.find(word), std::string::npos) << word;
}

TEST(TextComparison, NothingIsSubtractedThatIsNotAlike) {
  const std::string text = of(measured_summary(), estimated_summary());
  EXPECT_NE(text.find("Whether energy was saved cannot be told"), std::string::npos) << text;
  EXPECT_EQ(text.find("LESS energy"), std::string::npos);
  EXPECT_EQ(text.find("    LESS"), std::string::npos);
  EXPECT_NE(text.find("not alike"), std::string::npos);
}

TEST(TextComparison, UnknownSaysWhy) {
  const std::string text = of(measured_summary(), empty_summary());
  EXPECT_NE(text.find("unknown, because after: no counted energy sensor of laptop could be read"),
            std::string::npos)
      << text;
}

TEST(TextComparison, SpreadOfRuns) {
  const RunFigures run = before_run();
  const std::string text =
      text_comparison(compare({run, scaled(run, 1.05)}, {scaled(run, 1.03), scaled(run, 1.06)}));
  EXPECT_NE(text.find("2 runs before: 1295 J to 1360 J, 5.0 % apart"), std::string::npos) << text;
  EXPECT_EQ(text.find("One run of a side"), std::string::npos);
  expect_tidy(text);
}

TEST(TextComparison, TopCutsPhasesAndFunctions) {
  const auto run = run_figures(large_summary(), "a.h5");
  const std::string text = text_comparison(compare({run}, {run}), 3);
  EXPECT_NE(text.find("... and 37 more with smaller changes"), std::string::npos) << text;
}

TEST(TextComparison, GoldenLess) {
  expect_golden(text_comparison(compare({before_run()}, {after_run()})), "less.txt");
}
TEST(TextComparison, IsThePageOfTheDocuments) {
  const std::ifstream file(JOULEPATH_SOURCE_DIR "/docs/compare.md");
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find(text_comparison(compare({before_run()}, {after_run()}))),
            std::string::npos);
}
TEST(TextComparison, GoldenRuns) {
  const RunFigures run = before_run();
  expect_golden(
      text_comparison(compare({run, scaled(run, 1.02)}, {after_run(), scaled(after_run(), 1.01)})),
      "runs.txt");
}
TEST(TextComparison, GoldenUnlike) {
  expect_golden(of(measured_summary(), estimated_summary()), "unlike.txt");
}

}  // namespace
}  // namespace joulepath::compare
