#include "core/analysis/wait_causes.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "core/analysis/operation_matching.hpp"

namespace joulepath::analysis {
namespace {

/// Longest that the call can have waited; of one that never returned too.
std::int64_t length_ns(const CallEvent& call) {
  if (call.blocking == Blocking::kNone) return 0;
  return call.t_end_ns == kNotEnded ? kNotEnded : call.t_end_ns - call.t_begin_ns;
}

WaitKind kind_of(OperationKind operation) {
  switch (operation) {
    case OperationKind::kReceive: return WaitKind::kLateSender;
    case OperationKind::kSend:
    case OperationKind::kSynchronousSend:
    case OperationKind::kBufferedSend: return WaitKind::kLateReceiver;
    case OperationKind::kAllToAll:
    case OperationKind::kFromRoot:
    case OperationKind::kToRoot: return WaitKind::kCollective;
    case OperationKind::kNone:
    case OperationKind::kExchange:
    case OperationKind::kOther: break;
  }
  return WaitKind::kNotMatched;
}

/// What `call` waits for one operation that it completes.
WaitCause wait_of(const CallEvent& call, const Operation& operation, const Match& match,
                  std::int64_t clock_error_ns) {
  const std::int64_t longest_ns = length_ns(call);
  if (match.state == MatchState::kWaitsForNobody || longest_ns == 0) return {};
  if (match.state == MatchState::kNotMatched)
    return {WaitKind::kNotMatched, 0, 0, longest_ns, -1, 0, 1};
  const std::int64_t error_ns = match.rank == call.rank ? 0 : clock_error_ns;
  const std::int64_t after_ns = match.at_ns - call.t_begin_ns;
  const auto cut = [&](std::int64_t ns) { return std::clamp<std::int64_t>(ns, 0, longest_ns); };
  WaitCause wait{kind_of(operation.kind),
                 cut(after_ns),
                 cut(after_ns - error_ns),
                 cut(after_ns + error_ns),
                 match.rank,
                 match.at_ns,
                 0};
  if (wait.kind != WaitKind::kLateReceiver) return wait;
  const bool synchronous = operation.kind == OperationKind::kSynchronousSend;
  // A standard send that ended before its receive began had been copied: it did not wait.
  // One that ended later may have been copied as well, and have been busy with that.
  if (!synchronous) {
    wait.lo_ns = 0;
    if (after_ns > longest_ns) wait.wait_ns = 0;
    if (after_ns - error_ns > longest_ns) wait.hi_ns = 0;
  }
  return wait;
}

/// Of a call that waits for both.
void wait_for_both(WaitCause& wait, const WaitCause& other) {
  WaitCause both = other.wait_ns > wait.wait_ns ? other : wait;
  both.lo_ns = std::max(wait.lo_ns, other.lo_ns);
  both.hi_ns = std::max(wait.hi_ns, other.hi_ns);
  both.unmatched = wait.unmatched + other.unmatched;
  wait = both;
}

/// Of a call that waits for one of them. What is not matched may have been the first.
void wait_for_either(WaitCause& wait, const WaitCause& other) {
  const bool unknown = wait.kind == WaitKind::kNotMatched;
  const bool other_unknown = other.kind == WaitKind::kNotMatched;
  const bool decides = unknown != other_unknown ? unknown : other.wait_ns < wait.wait_ns;
  WaitCause either = decides ? other : wait;
  either.lo_ns = std::min(wait.lo_ns, other.lo_ns);
  either.hi_ns = std::min(wait.hi_ns, other.hi_ns);
  either.unmatched = wait.unmatched + other.unmatched;
  wait = either;
}

/// A wait of nothing has no cause.
void settle(WaitCause& wait) {
  if (wait.wait_ns != 0) return;
  wait.kind = wait.unmatched != 0 ? WaitKind::kNotMatched : WaitKind::kNone;
  wait.by_rank = -1;
  wait.at_ns = 0;
}

void add(WaitTotal& total, const WaitCause& wait) {
  ++total.calls;
  if (wait.unmatched != 0) ++total.not_matched;
  total.wait_ns += wait.wait_ns;
  total.lo_ns += wait.lo_ns;
  total.hi_ns = wait.hi_ns > kNotEnded - total.hi_ns ? kNotEnded : total.hi_ns + wait.hi_ns;
}

std::vector<WaitTotal> listed(const std::map<std::int64_t, WaitTotal>& totals) {
  std::vector<WaitTotal> rows;
  rows.reserve(totals.size());
  for (const auto& [key, total] : totals) {
    rows.push_back(total);
    rows.back().key = key;
  }
  return rows;
}

}  // namespace

std::string_view to_string(WaitKind kind) {
  switch (kind) {
    case WaitKind::kNone: return "none";
    case WaitKind::kLateSender: return "late sender";
    case WaitKind::kLateReceiver: return "late receiver";
    case WaitKind::kCollective: return "collective";
    case WaitKind::kNotMatched: break;
  }
  return "not matched";
}

base::Result<WaitCauses> find_wait_causes(const CallTrace& trace) {
  auto matched = match_operations(trace);
  if (!matched) return std::move(matched).error();
  WaitCauses causes;
  causes.by_call.resize(trace.calls.size());
  std::vector<bool> begun(trace.calls.size(), false);
  const auto wait_too = [&](std::uint32_t call, const WaitCause& wait) {
    WaitCause& all = causes.by_call[call];
    if (!begun[call]) {
      all = wait;
    } else if (trace.calls[call].blocking == Blocking::kUntilFirst) {
      wait_for_either(all, wait);
    } else {
      wait_for_both(all, wait);
    }
    begun[call] = true;
  };
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    const std::uint32_t call = matched->completed_by[i];
    if (call == kNever) continue;
    wait_too(call, wait_of(trace.calls[call], trace.operations[i], matched->matches[i],
                           trace.clock_error_ns));
  }
  std::map<std::int64_t, WaitTotal> by_function;
  std::map<std::int64_t, WaitTotal> by_rank;
  for (std::uint32_t call = 0; call < trace.calls.size(); ++call) {
    for (std::uint32_t n = 0; n < matched->unknown_requests[call]; ++n)
      wait_too(call, wait_of(trace.calls[call], {}, {}, trace.clock_error_ns));
    WaitCause& wait = causes.by_call[call];
    settle(wait);
    add(by_function[trace.calls[call].function], wait);
    if (wait.by_rank >= 0) add(by_rank[wait.by_rank], wait);
  }
  causes.by_function = listed(by_function);
  causes.by_rank = listed(by_rank);
  return causes;
}

}  // namespace joulepath::analysis
