#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <tuple>

#include "core/analysis/node_summary.hpp"
#include "core/record/counter.hpp"

namespace joulepath::analysis {
namespace {

using record::HealthKind;
using record::HealthRow;

std::string sensor_text(std::uint32_t key, const record::NodeTables& node) {
  for (const auto& sensor : node.sensors)
    if (sensor.sensor == key) return sensor.signal.id;
  return "sensor " + std::to_string(key);
}

std::string subject_text(const HealthRow& row, const record::NodeTables& node) {
  if (row.subject == record::kNone32) return {};
  const std::string number = std::to_string(row.subject);
  switch (row.kind) {
    case HealthKind::kReadFailed:
    case HealthKind::kEdgesMissed:
    case HealthKind::kCounterStuck:
    case HealthKind::kPowerDisagrees:
    case HealthKind::kPeriodDiffers:
    case HealthKind::kCounterAnomaly: return sensor_text(row.subject, node);
    case HealthKind::kCellsDropped: return "lane " + number;
    case HealthKind::kLanesRefused:
    case HealthKind::kThreadsNotNamed:
    case HealthKind::kProcessRefused:
      if (row.subject < node.processes.size() && node.processes[row.subject].rank >= 0)
        return "rank " + std::to_string(node.processes[row.subject].rank);
      return "process " + number;
    default: return number;
  }
}

std::string of_sensors_text(const HealthRow& row, const record::NodeTables& node) {
  const double value = static_cast<double>(row.value);
  char text[64] = "";
  switch (row.kind) {
    case HealthKind::kCounterStuck:
      std::snprintf(text, sizeof text, "it did not move in %.1f s", value * 1e-9);
      return text;
    case HealthKind::kPeriodDiffers:
      std::snprintf(text, sizeof text, "it updates every %.3g ms, not as its device states",
                    value * 1e-6);
      return text;
    case HealthKind::kPowerDisagrees:
      std::snprintf(text, sizeof text, "in the first seconds %.0f %% %s what ",
                    std::abs(value) / 10, value > 0 ? "above" : "below");
      return text + sensor_text(static_cast<std::uint32_t>(row.detail), node) + " shows";
    default: break;
  }
  return std::string(record::to_string(static_cast<record::StepKind>(row.detail)));
}

/// Rows whose value is no count: each is one finding.
bool is_finding(HealthKind kind) {
  return kind == HealthKind::kCounterStuck || kind == HealthKind::kPeriodDiffers ||
         kind == HealthKind::kPowerDisagrees;
}

std::string reason_text(const HealthRow& row, const record::NodeTables& node) {
  if (is_finding(row.kind) || row.kind == HealthKind::kCounterAnomaly)
    return of_sensors_text(row, node);
  if (row.detail == 0) return {};
  if (row.kind == HealthKind::kReadFailed || row.kind == HealthKind::kRowsLost)
    return std::strerror(row.detail);
  if (row.kind == HealthKind::kRecorderStopped) return "signal " + std::to_string(row.detail);
  return {};
}

/// The recorder's cost has its own line, and an orderly end is nothing to report.
bool worth_a_note(const HealthRow& row) {
  switch (row.kind) {
    case HealthKind::kRecorderCpu:
    case HealthKind::kLateTick:
    case HealthKind::kSkippedTicks:
    case HealthKind::kThreadPeriod: return false;
    case HealthKind::kRecorderStopped: return row.detail != 0;
    default: return true;
  }
}

}  // namespace

std::vector<HealthNote> summarize_health(const record::NodeTables& node, const NodeResult& result) {
  std::vector<HealthNote> notes;
  const std::string& host = node.info.hostname;
  std::map<std::tuple<HealthKind, std::uint32_t, std::int32_t>, std::size_t> known;
  for (const auto& row : node.health) {
    if (!worth_a_note(row)) continue;
    const auto [entry, added] =
        known.try_emplace({row.kind, row.subject, row.detail}, notes.size());
    if (added)
      notes.push_back({host, std::string(record::to_string(row.kind)), subject_text(row, node), 0,
                       reason_text(row, node)});
    notes[entry->second].count += is_finding(row.kind) ? 1 : row.value;
  }
  for (std::size_t i = 0; i < node.sensors.size(); ++i) {
    const CounterFacts& facts = result.signals[i].facts;
    const std::string& id = node.sensors[i].signal.id;
    if (facts.lost_intervals > 0)
      notes.push_back({host, "intervals_lost", id, static_cast<std::int64_t>(facts.lost_intervals),
                       "counter reset, jump or gap: their energy is not known"});
    if (facts.unusable > 0)
      notes.push_back({host, "readings_unusable", id, static_cast<std::int64_t>(facts.unusable),
                       "out of the counter's range or out of time order"});
  }
  if (result.ignored_rows > 0)
    notes.push_back({host,
                     "rows_ignored",
                     {},
                     static_cast<std::int64_t>(result.ignored_rows),
                     "they name a lane, cell or sensor that no table holds"});
  if (!node.complete)
    notes.push_back({host,
                     "trace_incomplete",
                     {},
                     1,
                     "the recorder was killed or is still running: the end may be missing"});
  return notes;
}

}  // namespace joulepath::analysis
