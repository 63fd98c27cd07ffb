#include "core/analysis/wait_summary.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace joulepath::analysis {
namespace {

double seconds(std::int64_t ns) {
  return static_cast<double>(ns) * 1e-9;
}

WaitSeconds seconds_of(const WaitCause& cause, const CallEvent& call) {
  const std::int64_t whole = call.t_end_ns - call.t_begin_ns;
  return {seconds(cause.wait_ns), seconds(cause.lo_ns), seconds(std::min(cause.hi_ns, whole))};
}

void operator+=(WaitSeconds& sum, const WaitSeconds& more) {
  sum.wait += more.wait;
  sum.lo += more.lo;
  sum.hi += more.hi;
}

template <class Row>
void sort_longest_first(std::vector<Row>& rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.seconds.wait > b.seconds.wait; });
}

}  // namespace

WaitSummary summarize_waits(const EventTrace& trace, const WaitCauses& causes) {
  WaitSummary summary;
  summary.recorded = trace.recorded;
  summary.events = trace.events;
  summary.dropped = trace.dropped;
  summary.filtered_out = trace.filtered_out;
  summary.reason = trace.causes_unknown;
  if (!summary.reason.empty()) return summary;
  std::map<std::pair<std::uint32_t, WaitKind>, WaitOfFunction> functions;
  std::map<std::int32_t, WaitForRank> ranks;
  for (std::size_t i = 0; i < causes.by_call.size(); ++i) {
    const WaitCause& cause = causes.by_call[i];
    if (cause.kind == WaitKind::kNone) continue;
    const CallEvent& call = trace.calls.calls[i];
    const WaitSeconds waited = seconds_of(cause, call);
    WaitOfFunction& of = functions[{call.function, cause.kind}];
    of.function = trace.functions[call.function];
    of.kind = cause.kind;
    ++of.calls;
    of.seconds += waited;
    if (cause.by_rank < 0) continue;
    WaitForRank& by = ranks[cause.by_rank];
    by.rank = cause.by_rank;
    ++by.calls;
    by.seconds += waited;
    summary.longest.push_back({seconds(call.t_begin_ns), call.rank, of.function, cause.kind, waited,
                               cause.by_rank, seconds(cause.at_ns)});
    if (summary.longest.size() >= 1024) {
      sort_longest_first(summary.longest);
      summary.longest.resize(kLongestWaits);
    }
  }
  for (auto& [key, row] : functions) summary.functions.push_back(std::move(row));
  for (auto& [key, row] : ranks) summary.ranks.push_back(row);
  sort_longest_first(summary.functions);
  sort_longest_first(summary.ranks);
  sort_longest_first(summary.longest);
  if (summary.longest.size() > kLongestWaits) summary.longest.resize(kLongestWaits);
  return summary;
}

}  // namespace joulepath::analysis
