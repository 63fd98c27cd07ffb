#include "tools/export/timeline.hpp"

#include <algorithm>
#include <optional>

#include "core/analysis/operation_matching.hpp"
#include "core/trace/trace_reader.hpp"

namespace joulepath::tools {
namespace {

using analysis::PowerLine;

/// Of each sensor the index of its line, where it has one.
std::vector<std::optional<std::size_t>> add_lines(const record::NodeTables& node,
                                                  TimelineNode& shown) {
  std::vector<std::optional<std::size_t>> lines(node.sensors.size());
  for (const record::SensorRow& row : node.sensors) {
    const record::Signal& signal = row.signal;
    if (!signal.counted || !signal.readable || signal.kind == record::Kind::kPower) continue;
    lines[row.sensor] = shown.power.size();
    shown.power.emplace_back(signal);
  }
  return lines;
}

std::vector<MessageLine> messages_of(const analysis::CallTrace& calls,
                                     const analysis::OperationMatches& matches) {
  std::vector<MessageLine> messages;
  for (std::size_t i = 0; i < calls.operations.size(); ++i) {
    const analysis::Match& match = matches.matches[i];
    if (calls.operations[i].kind != record::OperationKind::kReceive ||
        match.state != analysis::MatchState::kMatched ||
        matches.completed_by[i] == analysis::kNever)
      continue;
    messages.push_back({calls.operations[match.operation].call, matches.completed_by[i]});
  }
  return messages;
}

}  // namespace

base::Result<Timeline> read_timeline(const std::filesystem::path& path) {
  const auto trace = trace::TraceReader::open(path);
  if (!trace) return trace.error();
  Timeline timeline;
  analysis::EventTraceBuilder events(trace->run());
  std::optional<std::int64_t> first_utc_ns;
  record::Block block;
  for (std::size_t index = 0; index < trace->node_count(); ++index) {
    const auto node = trace->node(index);
    if (!node) return node.error();
    events.begin(*node);
    timeline.time.add(*node);
    if (!first_utc_ns) first_utc_ns = node->info.start_utc_ns;
    TimelineNode& shown = timeline.nodes.emplace_back();
    shown.hostname = node->info.hostname;
    shown.offset_ns = node->info.start_utc_ns - *first_utc_ns - node->info.start_monotonic_ns;
    const auto lines = add_lines(*node, shown);
    auto blocks = trace->blocks(index);
    if (!blocks) return blocks.error();
    for (;;) {
      const auto more = blocks->next(block);
      if (!more) return more.error();
      if (!*more) break;
      events.add(block);
      for (const record::SampleRow& row : block.samples)
        if (lines[row.sensor]) shown.power[*lines[row.sensor]].add(row);
    }
  }
  timeline.events = events.finish();
  if (!timeline.events.recorded) {
    const bool power = std::any_of(timeline.nodes.begin(), timeline.nodes.end(),
                                   [](const TimelineNode& node) { return node.has_power(); });
    if (power) return timeline;
    return base::Error{base::Errc::kUsage, "holds no events, and no power over time", path.string(),
                       0, "record with joulepath run --events"};
  }
  if (timeline.events.causes_unknown.empty()) {
    const auto matches = analysis::match_operations(timeline.events.calls);
    if (!matches) return matches.error();
    timeline.messages = messages_of(timeline.events.calls, *matches);
  }
  return timeline;
}

}  // namespace joulepath::tools
