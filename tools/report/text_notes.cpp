// What no rank took, what is not known and why, what went wrong, what recording cost.
#include <fmt/format.h>

#include <map>
#include <vector>

#include "tools/report/layout.hpp"
#include "tools/report/quantity.hpp"
#include "tools/report/text_sections.hpp"

namespace joulepath::report {
namespace {

using analysis::SensorSummary;
using analysis::Summary;

/// Sensors that failed alike are one note, so that 128 nodes do not say it 128 times.
struct Failure {
  std::vector<std::string> sensors;
  std::string reason;
  std::string remedy;
};

std::vector<Failure> failures_of(const Summary& summary) {
  std::vector<Failure> failures;
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  for (const SensorSummary& sensor : summary.sensors) {
    if (sensor.energy.known()) continue;
    const auto [entry, added] = known.try_emplace({sensor.reason, sensor.remedy}, failures.size());
    if (added) failures.push_back({{}, sensor.reason, sensor.remedy});
    failures[entry->second].sensors.push_back(
        summary.nodes.size() > 1 ? sensor.id + " on " + sensor.node : sensor.id);
  }
  return failures;
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kShown; ++i)
    text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kShown) text += fmt::format(" and {} more", names.size() - kShown);
  return text;
}

}  // namespace

std::string rest_section(const Summary& summary) {
  if (!summary.energy.known()) return {};
  std::string text = energy_head("Taken by no rank", "");
  const auto reasons = [&](bool idle) {
    for (const auto& row : summary.rests)
      if (is_idle(row.rest) == idle)
        text += paragraph(fmt::format("{} {}", joules_text(row.energy), to_string(row.rest)), 4);
  };
  text += energy_row("idle", summary.idle, summary.energy, "");
  reasons(true);
  text += energy_row("unattributed", summary.unattributed, summary.energy, "");
  reasons(false);
  return text;
}

std::string shared_section(const Summary& summary) {
  constexpr std::size_t kShown = 4;
  std::string text;
  std::size_t count = 0;
  for (const auto& node : summary.nodes) {
    if (!node.shared || !node.shared->worth_a_note()) continue;
    if (++count > kShown) continue;
    const analysis::SharedSummary& shared = *node.shared;
    std::string line = fmt::format(
        "{}: other programs used {} of the CPU time used there, between {} and {} after the start",
        node.hostname, percent_text(shared.part()), seconds_text(shared.from_s),
        seconds_text(shared.to_s));
    if (shared.sessions > 0)
      line += fmt::format("; {} of yours ran there", plural(shared.sessions, "other recorded job"));
    text += paragraph(line, 2);
  }
  if (count == 0) return text;
  if (count > kShown)
    text += paragraph(fmt::format("... and {}", plural(count - kShown, "more node")), 2);
  text += paragraph(
      "The job's energy is its share by CPU time, an estimate; theirs is unattributed.", 2);
  return "Shared with others\n" + text;
}

std::string missing_section(const Summary& summary) {
  const auto failures = failures_of(summary);
  std::string text;
  for (const std::string& why : summary.partial) text += paragraph(why, 2);
  if (summary.sensors.empty()) text += paragraph("No energy sensor was found on this machine.", 2);
  for (const auto& failure : failures) {
    text += paragraph(fmt::format("{}: {}", some_of(failure.sensors), failure.reason), 2);
    if (!failure.remedy.empty()) text += paragraph("to do: " + failure.remedy, 4);
  }
  std::size_t lost = 0;
  for (const auto& sensor : summary.sensors) {
    if (sensor.lost_intervals == 0 || !sensor.energy.known()) continue;
    if (++lost <= 3)
      text += paragraph(fmt::format("{} on {}: {} of its energy not known, {} lost to counter "
                                    "resets, jumps or gaps",
                                    sensor.id, sensor.node, seconds_text(sensor.lost_s),
                                    plural(sensor.lost_intervals, "interval")),
                        2);
  }
  if (lost > 3) text += paragraph(fmt::format("... and {} more with lost intervals", lost - 3), 2);
  // What the backends said matters where no sensor was read; else it is for `sensors`.
  if (summary.estimated())
    for (const auto& note : summary.sensor_notes) text += paragraph(note, 2);
  return text.empty() ? text : "Not measured\n" + text;
}

std::string health_section(const Summary& summary) {
  if (summary.health.empty()) return {};
  constexpr std::size_t kShown = 8;
  std::string text = "Health of the trace\n";
  for (std::size_t i = 0; i < summary.health.size() && i < kShown; ++i) {
    const auto& note = summary.health[i];
    std::string line = fmt::format("{}: {} {}", note.node, note.count, note.what);
    if (!note.subject.empty()) line += ", " + note.subject;
    if (!note.reason.empty()) line += ": " + note.reason;
    text += paragraph(line, 2);
  }
  if (summary.health.size() > kShown)
    text += paragraph(fmt::format("... and {}; --json lists all",
                                  plural(summary.health.size() - kShown, "more note")),
                      2);
  return text;
}

std::string recorder_section(const Summary& summary) {
  const auto& recorder = summary.recorder;
  if (!recorder.known) return "Recorder: its own cost is not in the trace\n";
  double recorded_s = 0.0;
  for (const auto& node : summary.nodes) recorded_s += node.duration_s;
  std::string line = fmt::format("Recorder: {} of CPU time", seconds_text(recorder.cpu_s));
  if (recorded_s > 0)
    line += fmt::format(" ({} of one core)", percent_text(recorder.cpu_s / recorded_s));
  line += fmt::format(", {} of {} ticks late, {} skipped", recorder.late_ticks, recorder.ticks,
                      recorder.skipped_ticks);
  if (recorder.thread_period_s)
    line += fmt::format(", threads looked at every {}", seconds_text(*recorder.thread_period_s));
  return paragraph(line, 0);
}

}  // namespace joulepath::report
