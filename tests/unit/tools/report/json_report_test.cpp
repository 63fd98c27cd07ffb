#include "tools/report/json_report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "golden.hpp"
#include "synthetic_summary.hpp"

namespace joulepath::report {
namespace {

using namespace testing;
using nlohmann::json;

void expect_figure(const json& figure) {
  for (const char* key : {"value", "lo", "hi", "provenance"}) EXPECT_TRUE(figure.contains(key));
  EXPECT_EQ(figure.at("value").is_null(), figure.at("provenance") == "unknown");
  EXPECT_EQ(figure.at("value").is_null(), figure.contains("reason"));
}

TEST(JsonReport, HasTheDocumentedKeys) {
  for (const auto& summary : {measured_summary(), large_summary(), empty_summary()}) {
    const json report = json::parse(json_report(summary));
    EXPECT_EQ(report.at("schema_version"), 2);
    for (const char* key : {"duration_s", "command", "nodes", "sensors", "ranks", "functions",
                            "phases", "classes", "health"})
      EXPECT_TRUE(report.contains(key)) << key;
    for (const char* key : {"energy_j", "idle_j", "unattributed_j"}) expect_figure(report.at(key));
    for (const auto& row : report.at("ranks")) {
      for (const char* key : {"rank", "node", "sockets", "gpus", "seconds"})
        EXPECT_TRUE(row.contains(key)) << key;
      expect_figure(row.at("energy_j"));
    }
    for (const auto& row : report.at("functions")) {
      for (const char* key : {"name", "calls", "bytes", "seconds"})
        EXPECT_TRUE(row.contains(key)) << key;
      expect_figure(row.at("energy_j"));
    }
    for (const auto& row : report.at("phases")) {
      EXPECT_TRUE(row.contains("instances"));
      expect_figure(row.at("energy_j"));
    }
    for (const auto& row : report.at("sensors")) {
      for (const char* key : {"id", "domain", "node", "unit", "provenance", "samples", "reason"})
        EXPECT_TRUE(row.contains(key)) << key;
      expect_figure(row.at("energy_j"));
    }
  }
}

TEST(JsonReport, TellsHowClocksGo) {
  auto summary = large_summary();
  EXPECT_TRUE(json::parse(json_report(summary)).at("clocks").is_null());
  summary.clocks = {
      analysis::ClockBasis::kMarks,
      {{"a", true, 0, 0, 0, ""}, {"b", true, -0.8, 18, 3e-5, ""}, {"c", false, 0, 0, 0, "why"}},
      3e-5};
  const json clocks = json::parse(json_report(summary)).at("clocks");
  EXPECT_EQ(clocks.at("from"), "marks");
  EXPECT_EQ(clocks.at("error_s"), 3e-5);
  EXPECT_EQ(clocks.at("nodes").at(1), (json{{"node", "b"},
                                            {"offset_s", -0.8},
                                            {"drift_ppm", 18.0},
                                            {"error_s", 3e-5},
                                            {"reason", nullptr}}));
  EXPECT_EQ(clocks.at("nodes").at(2), (json{{"node", "c"},
                                            {"offset_s", nullptr},
                                            {"drift_ppm", nullptr},
                                            {"error_s", nullptr},
                                            {"reason", "why"}}));
}

double value_of(const json& figure) {
  return figure.at("value").is_null() ? 0.0 : figure.at("value").get<double>();
}

TEST(JsonReport, PhasesClassesAndThreadsAddUpToTheRanks) {
  const json report = json::parse(json_report(measured_summary()));
  double ranks = 0;
  double threads = 0;
  double top = 0;
  double own = 0;
  double classes = 0;
  for (const auto& row : report.at("ranks")) ranks += value_of(row.at("energy_j"));
  for (const auto& row : report.at("threads")) threads += value_of(row.at("energy_j"));
  for (const auto& row : report.at("classes")) classes += value_of(row.at("energy_j"));
  for (const auto& row : report.at("phases")) {
    own += value_of(row.at("own_energy_j"));
    if (row.at("parent").is_null()) top += value_of(row.at("energy_j"));
  }
  EXPECT_NEAR(threads, ranks, 1e-6);
  EXPECT_NEAR(top, ranks, 1e-6);
  EXPECT_NEAR(own, ranks, 1e-6);
  EXPECT_NEAR(classes, ranks, 1e-6);
  EXPECT_NEAR(ranks + value_of(report.at("idle_j")) + value_of(report.at("unattributed_j")),
              value_of(report.at("energy_j")), 1e-6);
  EXPECT_EQ(report.at("phases")[2].at("parent"), report.at("phases")[1].at("parent"));
  EXPECT_EQ(report.at("phases")[3].at("parent"), "solve");
  EXPECT_TRUE(report.at("phases")[0].at("instances").is_null());
}

TEST(JsonReport, WaitingNobodyLookedForIsNullNotZero) {
  const json row = json::parse(json_report(estimated_summary())).at("functions")[0];
  EXPECT_TRUE(row.at("wait_seconds").is_null());
  EXPECT_TRUE(row.at("wait_energy_j").at("value").is_null());
  EXPECT_TRUE(row.at("wait_energy_j").contains("reason"));
}

TEST(JsonReport, FitsAndStaticPower) {
  const json report = json::parse(json_report(measured_summary()));
  EXPECT_EQ(report.at("fits")[0].at("method"), "fit");
  EXPECT_EQ(report.at("fits")[0].at("phase_power")[1].at("power_w").at("value"), 118.4);
  EXPECT_TRUE(report.at("fits")[1].at("residual").is_null());
  EXPECT_EQ(report.at("static")[0].at("origin"), "learned");
  EXPECT_TRUE(report.at("static")[1].at("power_w").at("value").is_null());
}

TEST(JsonReport, ByWhatThreadsWereToldApart) {
  auto summary = measured_summary();
  summary.sensors[0].told_apart = analysis::ToldApart{6e9, 3e9, 1e9};
  const json report = json::parse(json_report(summary));
  EXPECT_EQ(report.at("sensors")[0].at("told_apart_by"),
            json({{"core_counters", 0.6}, {"cycles", 0.3}, {"cpu_time", 0.1}}));
  EXPECT_TRUE(report.at("sensors")[1].at("told_apart_by").is_null());
}

TEST(JsonReport, UnknownIsNullWithAReason) {
  const json report = json::parse(json_report(empty_summary()));
  EXPECT_TRUE(report.at("energy_j").at("value").is_null());
  EXPECT_EQ(report.at("energy_j").at("reason"), "no counted energy sensor of laptop could be read");
}

TEST(JsonReport, IntegersAreExact) {
  const json report = json::parse(json_report(large_summary()));
  EXPECT_EQ(report.at("functions")[0].at("bytes").get<std::uint64_t>(),
            18'446'744'073'709'551'615ull);
  const json& raw = report.at("sensors")[0].at("conservation");
  EXPECT_EQ(raw.at("raw_attributed").get<std::uint64_t>() +
                raw.at("raw_idle").get<std::uint64_t>() +
                raw.at("raw_unattributed").get<std::uint64_t>(),
            655'665'000u);
}

TEST(JsonReport, TextThatIsNoUtf8DoesNotBreakIt) {
  auto summary = measured_summary();
  summary.command = "./a \xff\xfe";
  EXPECT_TRUE(json::accept(json_report(summary)));
}

TEST(JsonReport, CausesOfWaits) {
  EXPECT_TRUE(json::parse(json_report(measured_summary()))["waits"].is_null());
  const json waits = json::parse(json_report(with_events_and_gpus()))["waits"];
  EXPECT_EQ(waits["events"], 1'234'567);
  EXPECT_EQ(waits["dropped"], 12);
  EXPECT_TRUE(waits["reason"].is_null());
  EXPECT_EQ(waits["functions"][0]["cause"], "late sender");
  EXPECT_EQ(waits["functions"][0]["wait_s"]["lo"], 12.4);
  EXPECT_EQ(waits["ranks"][0]["rank"], 1);
  EXPECT_EQ(waits["longest"][0]["for_rank"], 1);
  EXPECT_EQ(waits["longest"][0]["until_s"], 2.0);
}

TEST(JsonReport, GoldenMeasured) {
  expect_golden(json_report(measured_summary()), "measured.json");
}
TEST(JsonReport, GoldenEmpty) {
  expect_golden(json_report(empty_summary()), "empty.json");
}

}  // namespace
}  // namespace joulepath::report
