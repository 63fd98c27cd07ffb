#include "core/analysis/clock_summary.hpp"

#include <algorithm>

namespace joulepath::analysis {
namespace {

double seconds(std::int64_t ns) {
  return static_cast<double>(ns) * 1e-9;
}

/// Of two clocks each may be wrong.
double most_apart(const std::vector<NodeClockSummary>& nodes) {
  double most = 0, second = 0;
  for (const NodeClockSummary& node : nodes) {
    if (!node.aligned) continue;
    second = std::max(second, std::min(most, node.error_s));
    most = std::max(most, node.error_s);
  }
  return most + second;
}

}  // namespace

std::string_view to_string(ClockBasis basis) {
  switch (basis) {
    case ClockBasis::kMarks: return "marks";
    case ClockBasis::kEvents: return "events";
    case ClockBasis::kNone: break;
  }
  return "none";
}

std::size_t ClocksSummary::aligned() const {
  return static_cast<std::size_t>(
      std::count_if(nodes.begin(), nodes.end(), [](const auto& node) { return node.aligned; }));
}

ClocksSummary clocks_of_events(const EventTrace& trace) {
  ClocksSummary clocks;
  if (trace.clocks.empty()) return clocks;
  clocks.basis = ClockBasis::kEvents;
  for (std::size_t node = 0; node < trace.clocks.size(); ++node) {
    const ClockLine& clock = trace.clocks[node];
    NodeClockSummary& one = clocks.nodes.emplace_back();
    one.node = trace.nodes[node];
    one.aligned = !clock.alone();
    one.offset_s = clock.offset_ns(0) * 1e-9;
    one.drift_ppm = clock.drift_ppm();
    one.error_s = clock.error_ns() * 1e-9;
    if (clock.alone()) one.unknown = "it exchanged no messages with other nodes";
  }
  clocks.error_s = seconds(trace.calls.clock_error_ns);
  return clocks;
}

void ClocksSummaryBuilder::add(const record::RunTables& run, const record::NodeTables& node) {
  Node& one = nodes_.emplace_back();
  one.summary.node = node.info.hostname;
  const std::vector<record::ClockRow>& rows = node.clock;
  if (rows.empty()) {
    const auto why =
        run.meta_value(std::string(record::kClockUnknown) + std::to_string(nodes_.size() - 1));
    one.summary.unknown = why.empty() ? "the trace does not tell" : std::string(why);
    return;
  }
  one.summary.aligned = true;
  one.reference = true;
  for (const record::ClockRow& row : rows) {
    one.reference = one.reference && row.lo_ns == 0 && row.hi_ns == 0;
    one.summary.error_s = std::max({one.summary.error_s, seconds(row.hi_ns - row.offset_ns),
                                    seconds(row.offset_ns - row.lo_ns)});
  }
  if (const std::int64_t span_ns = rows.back().t_ns - rows.front().t_ns; span_ns > 0)
    one.summary.drift_ppm = static_cast<double>(rows.back().offset_ns - rows.front().offset_ns) /
                            static_cast<double>(span_ns) * 1e6;
  one.from_utc_ns =
      rows.front().offset_ns - (node.info.start_utc_ns - node.info.start_monotonic_ns);
}

ClocksSummary ClocksSummaryBuilder::finish() const {
  ClocksSummary clocks;
  if (nodes_.size() < 2) return clocks;
  const auto reference =
      std::find_if(nodes_.begin(), nodes_.end(), [](const Node& node) { return node.reference; });
  for (const Node& node : nodes_) {
    NodeClockSummary& one = clocks.nodes.emplace_back(node.summary);
    if (!one.aligned) continue;
    clocks.basis = ClockBasis::kMarks;
    if (reference != nodes_.end())
      one.offset_s = seconds(node.from_utc_ns - reference->from_utc_ns);
  }
  clocks.error_s = most_apart(clocks.nodes);
  return clocks;
}

}  // namespace joulepath::analysis
