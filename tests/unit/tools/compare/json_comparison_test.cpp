#include "tools/compare/json_comparison.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "../report/golden.hpp"
#include "two_runs.hpp"

namespace joulepath::compare {
namespace {

using namespace testing;
using namespace report::testing;
using nlohmann::json;

void expect_figure(const json& figure) {
  for (const char* key : {"value", "lo", "hi", "provenance"}) EXPECT_TRUE(figure.contains(key));
}

void expect_difference(const json& difference) {
  for (const char* key : {"verdict", "reason", "before", "after", "difference", "relative"})
    ASSERT_TRUE(difference.contains(key)) << key;
  for (const char* key : {"before", "after", "difference"})
    if (!difference.at(key).is_null()) expect_figure(difference.at(key));
  const std::string verdict = difference.at("verdict");
  const bool told = verdict == "less" || verdict == "more" || verdict == "within_bounds";
  EXPECT_EQ(difference.at("difference").is_null(), !told) << difference;
  if (verdict == "unknown" || verdict == "not_alike") {
    EXPECT_FALSE(difference.at("reason").is_null());
  }
}

TEST(JsonComparison, HasTheDocumentedKeys) {
  const std::vector runs{before_run(), after_run(), run_figures(estimated_summary(), "e.h5"),
                         run_figures(empty_summary(), "x.h5"),
                         run_figures(large_summary(), "l.h5")};
  for (const auto& before : runs)
    for (const auto& after : runs) {
      const json comparison = json::parse(json_comparison(compare({before}, {after})));
      EXPECT_EQ(comparison.at("schema_version"), 1);
      for (const char* key : {"energy_j", "duration_s", "mean_power_w", "energy_delay_js"})
        expect_difference(comparison.at(key));
      for (const char* table : {"phases", "classes", "functions", "domains"})
        for (const auto& row : comparison.at(table)) {
          expect_difference(row.at("energy_j"));
          for (const char* key :
               {"name", "each_j", "seconds_before", "seconds_after", "count_before", "count_after"})
            EXPECT_TRUE(row.contains(key)) << key;
        }
      for (const char* side : {"before", "after"})
        for (const auto& run : comparison.at(side))
          for (const char* key : {"trace", "command", "mpi", "nodes", "ranks", "duration_s",
                                  "energy_j", "counted", "incomplete", "shared"})
            EXPECT_TRUE(run.contains(key)) << key;
    }
}

TEST(JsonComparison, GoldenLess) {
  expect_golden(json_comparison(compare({before_run()}, {after_run()})), "less.json");
}

}  // namespace
}  // namespace joulepath::compare
