#include "core/analysis/event_orders.hpp"

#include <algorithm>

#include "core/analysis/collective_orders.hpp"
#include "core/analysis/operation_matching.hpp"
#include "core/record/synchronising.hpp"

namespace joulepath::analysis {
namespace {

class Orders {
 public:
  Orders(const EventTrace& trace, const std::map<std::int32_t, std::uint32_t>& node_of,
         OperationMatches matches)
      : calls_(trace.calls), node_of_(node_of), matches_(std::move(matches)) {
    for (const std::string& function : trace.functions) {
      barrier_.push_back(record::is_barrier(function));
      for_all_.push_back(record::synchronises(function));
    }
  }

  std::vector<ClockOrder> find() && {
    for (std::uint32_t i = 0; i < calls_.operations.size(); ++i) message(i);
    for (const auto& together : matches_.collectives) collective(together);
    return std::move(orders_);
  }

 private:
  [[nodiscard]] const CallEvent& call_of(std::uint32_t operation) const {
    return calls_.calls[calls_.operations[operation].call];
  }
  [[nodiscard]] std::int64_t end_of(std::uint32_t operation) const {
    const std::uint32_t call = matches_.completed_by[operation];
    return call == kNever ? kNotEnded : calls_.calls[call].t_end_ns;
  }

  void add(std::uint32_t from, std::int64_t from_ns, std::uint32_t to, std::int64_t to_ns) {
    if (from != to && to_ns != kNotEnded) orders_.push_back({from, to, from_ns, to_ns});
  }

  void message(std::uint32_t receive) {
    const Match& match = matches_.matches[receive];
    if (calls_.operations[receive].kind != OperationKind::kReceive ||
        match.state != MatchState::kMatched)
      return;
    const std::uint32_t send = match.operation;
    const std::uint32_t from = node_of_.at(call_of(send).rank);
    const std::uint32_t to = node_of_.at(call_of(receive).rank);
    add(from, call_of(send).t_begin_ns, to, end_of(receive));
    if (calls_.operations[send].kind == OperationKind::kSynchronousSend)
      add(to, call_of(receive).t_begin_ns, from, end_of(send));
  }

  /// Members give their operations in the order of their ranks.
  void collective(const std::vector<std::uint32_t>& together) {
    const bool whole = std::all_of(together.begin(), together.end(), [&](std::uint32_t operation) {
      const CallEvent& call = call_of(operation);
      return barrier_[call.function] || call.bytes > 0;
    });
    if (!whole) return;
    const Operation& first = calls_.operations[together.front()];
    if (first.kind == OperationKind::kAllToAll) {
      const std::uint32_t function = call_of(together.front()).function;
      if (for_all_[function]) all_to_all(together);
      return;
    }
    const auto root = std::find_if(together.begin(), together.end(), [&](std::uint32_t operation) {
      return call_of(operation).rank == first.peer;
    });
    if (root == together.end()) return;
    const std::uint32_t root_node = node_of_.at(first.peer);
    for (const std::uint32_t operation : together) {
      const std::uint32_t node = node_of_.at(call_of(operation).rank);
      if (first.kind == OperationKind::kFromRoot)
        add(root_node, call_of(*root).t_begin_ns, node, end_of(operation));
      else
        add(node, call_of(operation).t_begin_ns, root_node, end_of(*root));
    }
  }

  void all_to_all(const std::vector<std::uint32_t>& together) {
    std::map<std::uint32_t, NodePassage> nodes;
    for (const std::uint32_t operation : together) {
      NodePassage& node = nodes[node_of_.at(call_of(operation).rank)];
      node.last_begin_ns = std::max(node.last_begin_ns, call_of(operation).t_begin_ns);
      node.first_end_ns = std::min(node.first_end_ns, end_of(operation));
    }
    add_passage(nodes, orders_);
  }

  const CallTrace& calls_;
  const std::map<std::int32_t, std::uint32_t>& node_of_;
  OperationMatches matches_;
  std::vector<bool> barrier_;
  std::vector<bool> for_all_;
  std::vector<ClockOrder> orders_;
};

}  // namespace

base::Result<std::vector<ClockOrder>> orders_between_nodes(
    const EventTrace& trace, const std::map<std::int32_t, std::uint32_t>& node_of) {
  auto matches = match_operations(trace.calls);
  if (!matches) return matches.error();
  return Orders(trace, node_of, *std::move(matches)).find();
}

}  // namespace joulepath::analysis
