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
    EXPECT_EQ(report.at("schema_version"), 1);
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

TEST(JsonReport, GoldenMeasured) {
  expect_golden(json_report(measured_summary()), "measured.json");
}
TEST(JsonReport, GoldenEmpty) {
  expect_golden(json_report(empty_summary()), "empty.json");
}

}  // namespace
}  // namespace joulepath::report
