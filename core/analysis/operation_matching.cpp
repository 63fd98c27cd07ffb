#include "core/analysis/operation_matching.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace joulepath::analysis {
namespace {

bool is_send(OperationKind kind) {
  return kind == OperationKind::kSend || kind == OperationKind::kSynchronousSend ||
         kind == OperationKind::kBufferedSend;
}

bool is_collective(OperationKind kind) {
  return kind == OperationKind::kAllToAll || kind == OperationKind::kFromRoot ||
         kind == OperationKind::kToRoot;
}

std::optional<base::Error> error(std::string what, std::string where) {
  return base::Error{base::Errc::kFormat, std::move(what), std::move(where), 0, {}};
}

std::optional<base::Error> find_fault(const CallTrace& trace) {
  if (trace.clock_error_ns < 0) return error("clock error below 0", "call events");
  std::map<std::pair<std::int32_t, std::uint32_t>, std::int64_t> ends;
  for (std::size_t i = 0; i < trace.calls.size(); ++i) {
    const CallEvent& call = trace.calls[i];
    const std::string where = "call " + std::to_string(i);
    if (call.t_end_ns < call.t_begin_ns) return error("ends before it begins", where);
    const auto [end, first] = ends.try_emplace({call.rank, call.lane}, call.t_end_ns);
    if (!first && call.t_begin_ns < end->second)
      return error("begins before its lane's last call has ended", where);
    end->second = call.t_end_ns;
  }
  std::map<std::uint32_t, std::set<std::int32_t>> members;
  for (const Communicator& row : trace.communicators)
    if (!members.try_emplace(row.communicator, row.members.begin(), row.members.end()).second)
      return error("is there twice", "communicator " + std::to_string(row.communicator));
  for (std::size_t i = 0; i < trace.operations.size(); ++i) {
    const Operation& operation = trace.operations[i];
    const std::string where = "operation " + std::to_string(i);
    if (operation.call >= trace.calls.size()) return error("names a call without a row", where);
    if (!is_collective(operation.kind)) continue;
    const auto known = members.find(operation.communicator);
    if (known == members.end()) return error("names a communicator without a row", where);
    if (!known->second.contains(trace.calls[operation.call].rank))
      return error("is of a rank that is no member of its communicator", where);
    if (operation.kind != OperationKind::kAllToAll && !known->second.contains(operation.peer))
      return error("has a root that is no member of its communicator", where);
  }
  for (std::size_t i = 0; i < trace.completions.size(); ++i)
    if (trace.completions[i].call >= trace.calls.size())
      return error("names a call without a row", "completion " + std::to_string(i));
  return std::nullopt;
}

class Matcher {
 public:
  explicit Matcher(const CallTrace& trace)
      : trace_(trace),
        incomplete_(trace.incomplete_ranks.begin(), trace.incomplete_ranks.end()),
        unsure_receivers_(trace.unsure_receivers.begin(), trace.unsure_receivers.end()),
        in_order_(trace.operations.size()) {
    result_.matches.resize(trace.operations.size());
    result_.completed_by.assign(trace.operations.size(), kNever);
    result_.unknown_requests.assign(trace.calls.size(), 0);
    for (std::uint32_t i = 0; i < in_order_.size(); ++i) in_order_[i] = i;
    std::stable_sort(in_order_.begin(), in_order_.end(), [&](std::uint32_t a, std::uint32_t b) {
      return call_of(a).t_begin_ns < call_of(b).t_begin_ns;
    });
  }

  OperationMatches run() && {
    complete_requests();
    match_messages();
    match_collectives();
    return std::move(result_);
  }

 private:
  using Operations = std::vector<std::uint32_t>;
  struct Channel {
    Operations sends;
    Operations receives;
  };

  [[nodiscard]] const CallEvent& call_of(std::uint32_t operation) const {
    return trace_.calls[trace_.operations[operation].call];
  }
  [[nodiscard]] std::int64_t end_of(std::uint32_t operation) const {
    const std::uint32_t call = result_.completed_by[operation];
    return call == kNever ? kNotEnded : trace_.calls[call].t_end_ns;
  }
  /// `a` was over before `b` began, whatever the clocks' error.
  [[nodiscard]] bool surely_over_before(std::uint32_t a, std::uint32_t b) const {
    const std::int64_t error_ns = call_of(a).rank == call_of(b).rank ? 0 : trace_.clock_error_ns;
    return end_of(a) < call_of(b).t_begin_ns - error_ns;
  }

  void complete_requests() {
    std::vector<Completion> completions = trace_.completions;
    const auto begin = [&](const Completion& row) { return trace_.calls[row.call].t_begin_ns; };
    std::stable_sort(completions.begin(), completions.end(),
                     [&](const Completion& a, const Completion& b) { return begin(a) < begin(b); });
    std::map<std::pair<std::int32_t, std::uint64_t>, std::uint32_t> open;
    auto next = in_order_.begin();
    const auto start_next = [&] {
      const Operation& operation = trace_.operations[*next];
      if (operation.request == kNoRequest)
        result_.completed_by[*next] = operation.call;
      else
        open[{call_of(*next).rank, operation.request}] = *next;
      ++next;
    };
    for (const Completion& row : completions) {
      while (next != in_order_.end() && call_of(*next).t_begin_ns <= begin(row)) start_next();
      const auto found = open.find({trace_.calls[row.call].rank, row.request});
      if (found == open.end()) {
        ++result_.unknown_requests[row.call];
        continue;
      }
      result_.completed_by[found->second] = row.call;
      open.erase(found);
    }
    while (next != in_order_.end()) start_next();
  }

  /// Calls of two threads at once have no order that MPI would keep.
  [[nodiscard]] bool ordered(const Operations& operations) const {
    for (std::size_t i = 1; i < operations.size(); ++i) {
      const CallEvent& before = call_of(operations[i - 1]);
      const CallEvent& now = call_of(operations[i]);
      if (before.lane != now.lane && now.t_begin_ns < before.t_end_ns) return false;
    }
    return true;
  }

  [[nodiscard]] bool trusted(const Channel& channel) const {
    if (!ordered(channel.sends) || !ordered(channel.receives)) return false;
    for (std::size_t i = 0; i < channel.receives.size(); ++i) {
      const std::uint32_t receive = channel.receives[i];
      if (i >= channel.sends.size()) {
        // Received without a send: an event is missing, and any of them may be it.
        if (end_of(receive) != kNotEnded) return false;
        continue;
      }
      const std::uint32_t send = channel.sends[i];
      if (surely_over_before(receive, send)) return false;
      if (trace_.operations[send].kind == OperationKind::kSynchronousSend &&
          surely_over_before(send, receive))
        return false;
    }
    return true;
  }

  void match_messages() {
    std::map<std::tuple<std::uint32_t, std::int32_t, std::int32_t, std::int32_t>, Channel> channels;
    for (const std::uint32_t index : in_order_) {
      const Operation& operation = trace_.operations[index];
      const std::int32_t rank = call_of(index).rank;
      if (is_send(operation.kind)) {
        channels[{operation.communicator, rank, operation.peer, operation.tag}].sends.push_back(
            index);
      } else if (operation.kind == OperationKind::kReceive) {
        channels[{operation.communicator, operation.peer, rank, operation.tag}].receives.push_back(
            index);
      }
    }
    for (const auto& [key, channel] : channels) {
      const bool whole = !incomplete_.contains(std::get<1>(key)) &&
                         !incomplete_.contains(std::get<2>(key)) &&
                         !unsure_receivers_.contains(std::get<2>(key));
      if (!whole || !trusted(channel)) continue;
      for (std::size_t i = 0; i < std::min(channel.sends.size(), channel.receives.size()); ++i)
        join(channel.sends[i], channel.receives[i]);
    }
    for (const std::uint32_t index : in_order_)
      if (trace_.operations[index].kind == OperationKind::kBufferedSend)
        result_.matches[index] = {MatchState::kWaitsForNobody};
  }

  void join(std::uint32_t send, std::uint32_t receive) {
    const CallEvent& source = call_of(send);
    const CallEvent& sink = call_of(receive);
    result_.matches[send] = {MatchState::kMatched, sink.rank, sink.t_begin_ns, receive};
    result_.matches[receive] = {MatchState::kMatched, source.rank, source.t_begin_ns, send};
  }

  void match_collectives() {
    std::map<std::uint32_t, std::map<std::int32_t, Operations>> by_member;
    for (const Communicator& row : trace_.communicators)
      for (const std::int32_t member : row.members) by_member[row.communicator][member];
    for (const std::uint32_t index : in_order_)
      if (is_collective(trace_.operations[index].kind))
        by_member[trace_.operations[index].communicator][call_of(index).rank].push_back(index);
    for (const auto& [communicator, members] : by_member) match_collectives_of(members);
  }

  void match_collectives_of(const std::map<std::int32_t, Operations>& members) {
    std::size_t count = kNever;
    for (const auto& [rank, operations] : members) {
      if (incomplete_.contains(rank) || !ordered(operations)) return;
      count = std::min(count, operations.size());
    }
    if (members.empty()) return;
    Operations together(members.size());
    for (std::size_t n = 0; n < count; ++n) {
      std::transform(members.begin(), members.end(), together.begin(),
                     [&](const auto& member) { return member.second[n]; });
      // Members that do not do the same are out of step from here on.
      if (!alike(together)) return;
      for (const std::uint32_t index : together) match_collective(index, together);
      result_.collectives.push_back(together);
    }
  }

  [[nodiscard]] bool alike(const Operations& together) const {
    const Operation& first = trace_.operations[together.front()];
    return std::all_of(together.begin(), together.end(), [&](std::uint32_t index) {
      const Operation& other = trace_.operations[index];
      return other.kind == first.kind &&
             (first.kind == OperationKind::kAllToAll || other.peer == first.peer);
    });
  }

  void match_collective(std::uint32_t index, const Operations& together) {
    const Operation& operation = trace_.operations[index];
    const std::int32_t rank = call_of(index).rank;
    const bool root = operation.peer == rank;
    std::optional<std::uint32_t> last;
    for (const std::uint32_t other : together) {
      const std::int32_t other_rank = call_of(other).rank;
      if (other_rank == rank) continue;
      if (operation.kind == OperationKind::kFromRoot && other_rank != operation.peer) continue;
      if (!last || call_of(*last).t_begin_ns < call_of(other).t_begin_ns) last = other;
    }
    const bool waits = last && !(operation.kind == OperationKind::kFromRoot && root) &&
                       !(operation.kind == OperationKind::kToRoot && !root);
    if (!waits) {
      result_.matches[index] = {MatchState::kWaitsForNobody};
    } else if (!surely_over_before(index, *last)) {
      // One that did not wait, as those that exchange nothing may, is not explained.
      result_.matches[index] = {MatchState::kMatched, call_of(*last).rank,
                                call_of(*last).t_begin_ns, *last};
    }
  }

  const CallTrace& trace_;
  std::set<std::int32_t> incomplete_;
  std::set<std::int32_t> unsure_receivers_;
  Operations in_order_;  ///< by the begin of their calls
  OperationMatches result_;
};

}  // namespace

base::Result<OperationMatches> match_operations(const CallTrace& trace) {
  if (auto fault = find_fault(trace)) return *std::move(fault);
  return Matcher(trace).run();
}

}  // namespace joulepath::analysis
