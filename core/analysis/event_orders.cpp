#include "core/analysis/event_orders.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "core/analysis/operation_matching.hpp"

namespace joulepath::analysis {
namespace {

/// Of the functions of kind kAllToAll those in which nobody can leave early as long as they
/// move something: an Alltoallv, say, may exchange nothing with a member.
bool waits_for_all(std::string_view function) {
  constexpr std::array<std::string_view, 4> kFunctions{"allreduce", "allgather", "alltoall",
                                                       "reduce_scatter_block"};
  if (function.starts_with("MPI_")) function.remove_prefix(4);
  if (function.ends_with("_c")) function.remove_suffix(2);
  if (function.starts_with("I")) function.remove_prefix(1);
  std::string lower(function);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::find(kFunctions.begin(), kFunctions.end(), lower) != kFunctions.end();
}

bool is_barrier(std::string_view function) {
  return function == "MPI_Barrier" || function == "MPI_Ibarrier";
}

class Orders {
 public:
  Orders(const EventTrace& trace, const std::map<std::int32_t, std::uint32_t>& node_of,
         OperationMatches matches)
      : calls_(trace.calls), node_of_(node_of), matches_(std::move(matches)) {
    for (const std::string& function : trace.functions) {
      barrier_.push_back(is_barrier(function));
      for_all_.push_back(waits_for_all(function));
    }
  }

  std::vector<ClockOrder> find() && {
    for (std::uint32_t i = 0; i < calls_.operations.size(); ++i) message(i);
    for (const auto& together : matches_.collectives) collective(together);
    return std::move(orders_);
  }

 private:
  struct OfNode {
    std::int64_t last_begin_ns = std::numeric_limits<std::int64_t>::min();
    std::int64_t first_end_ns = kNotEnded;
  };

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
      if (barrier_[function] || for_all_[function]) all_to_all(together);
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
    std::map<std::uint32_t, OfNode> nodes;
    for (const std::uint32_t operation : together) {
      OfNode& node = nodes[node_of_.at(call_of(operation).rank)];
      node.last_begin_ns = std::max(node.last_begin_ns, call_of(operation).t_begin_ns);
      node.first_end_ns = std::min(node.first_end_ns, end_of(operation));
    }
    const auto both = [&](const auto& a, const auto& b) {
      add(a.first, a.second.last_begin_ns, b.first, b.second.first_end_ns);
      add(b.first, b.second.last_begin_ns, a.first, a.second.first_end_ns);
    };
    for (auto node = nodes.begin(); node != nodes.end(); ++node) {
      const auto next = std::next(node);
      if (next != nodes.end()) both(*node, *next);
      if (node != nodes.begin() && std::prev(node) != nodes.begin()) both(*nodes.begin(), *node);
    }
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
