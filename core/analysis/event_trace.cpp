#include "core/analysis/event_trace.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <set>
#include <span>
#include <utility>

#include "core/analysis/collective_orders.hpp"
#include "core/analysis/event_orders.hpp"
#include "core/record/node_marks.hpp"

namespace joulepath::analysis {

using record::EventRole;
using record::EventRule;
using record::OperationKind;

namespace {

/// What a call's row and items say beside its times.
struct Part {
  std::uint32_t request = 0;
  std::int32_t peer = record::kNoPeer;
  std::int32_t tag = record::kNoTag;
};

struct RawCall {
  std::uint32_t communicator = record::kNone32;  ///< index into State::communicators
  Part first;
  std::uint32_t items_begin = 0;
  std::uint32_t items_end = 0;
};

/// A communicator over all nodes.
struct Members {
  std::int32_t size = 0;
  std::map<std::int32_t, std::int32_t> world_ranks;  ///< by rank in it

  [[nodiscard]] bool whole() const {
    return size > 0 && world_ranks.size() == static_cast<std::size_t>(size);
  }
  [[nodiscard]] std::int32_t world(std::int32_t rank) const {
    const auto found = world_ranks.find(rank);
    return found != world_ranks.end() ? found->second : -1;
  }
};

bool is_receive(OperationKind kind) {
  return kind == OperationKind::kReceive;
}
bool is_message(OperationKind kind) {
  return kind == OperationKind::kSend || kind == OperationKind::kSynchronousSend ||
         kind == OperationKind::kBufferedSend || is_receive(kind);
}
bool is_rooted(OperationKind kind) {
  return kind == OperationKind::kFromRoot || kind == OperationKind::kToRoot;
}

Blocking blocking_of(const EventRule& rule) {
  if (!rule.waits) return Blocking::kNone;
  return rule.role == EventRole::kCompletesFirst ? Blocking::kUntilFirst : Blocking::kUntilAll;
}

}  // namespace

struct EventTraceBuilder::State {
  const record::RunTables& run;
  std::size_t most_calls;
  EventTrace trace;
  std::vector<EventRule> rules;  ///< by key of the functions table
  std::vector<RawCall> raw;      ///< as trace.calls.calls
  std::vector<Part> items;
  std::vector<Members> communicators;
  std::map<std::uint64_t, std::uint32_t> communicator_ids;
  std::set<std::int32_t> incomplete;
  std::set<std::int32_t> unsure_receivers;
  std::map<std::int32_t, std::uint32_t> node_of_rank;
  std::size_t nodes = 0;
  std::vector<record::NodeMarks> marks;    ///< by node
  std::vector<std::int64_t> to_common_ns;  ///< by node: from its clock to what calls are on
  bool ranks_twice = false;
  bool rank_missing = false;
  bool too_many = false;
  std::int64_t first_utc_ns = 0;
  // Of the node at hand.
  record::NodeTables node;
  std::uint32_t first_lane = 0;
  std::int64_t offset_ns = 0;
  std::uint64_t next_event = 0;
  std::vector<std::uint32_t> call_of_event;  ///< since the last block; kNone32: no call
  std::uint64_t first_event = 0;             ///< the event of its first entry
  std::vector<std::uint32_t> communicator_of;
  /// Items wait for their call: (call, part).
  std::vector<std::pair<std::uint32_t, Part>> loose;

  State(const record::RunTables& tables, std::size_t most) : run(tables), most_calls(most) {
    for (const auto& function : run.functions) {
      rules.push_back(record::event_rule(std::string_view(function.name)));
      trace.functions.push_back(function.name);
    }
    for (const auto& phase : run.phases) trace.phase_names.push_back(phase.name);
  }

  void begin_node() {
    const std::int64_t start_utc = node.info.start_utc_ns;
    if (nodes == 0) first_utc_ns = start_utc;
    ++nodes;
    offset_ns = start_utc - first_utc_ns - node.info.start_monotonic_ns;
    marks.push_back(record::marks_of(node));
    to_common_ns.push_back(offset_ns);
    next_event = first_event = 0;
    call_of_event.clear();
    first_lane = static_cast<std::uint32_t>(trace.lanes.size());
    trace.recorded = trace.recorded || node.info.events != 0;
    trace.nodes.push_back(node.info.hostname);
    for (const auto& process : node.processes) {
      if (process.rank < 0) continue;
      if (!node_of_rank.try_emplace(process.rank, static_cast<std::uint32_t>(nodes - 1)).second)
        ranks_twice = true;
    }
    for (const auto& lane : node.lanes)
      trace.lanes.push_back(
          {nodes - 1, lane.lane, node.processes[lane.process].rank, lane.thread, lane.tid});
    for (const auto& row : node.health) note(row);
    communicator_of.clear();
    for (const auto& row : node.communicators) {
      const auto [known, added] =
          communicator_ids.try_emplace(row.id, static_cast<std::uint32_t>(communicators.size()));
      if (added) communicators.push_back({row.size, {}});
      communicators[known->second].world_ranks[row.rank] = node.processes[row.process].rank;
      communicator_of.push_back(known->second);
    }
  }

  void note(const record::HealthRow& row) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(row.value, 0));
    switch (row.kind) {
      case record::HealthKind::kEventsDropped:
        trace.dropped += value;
        if (row.subject < node.lanes.size())
          incomplete.insert(node.processes[node.lanes[row.subject].process].rank);
        break;
      case record::HealthKind::kEventsFilteredOut: trace.filtered_out += value; break;
      case record::HealthKind::kEventsRefused:
        if (row.subject < node.processes.size())
          incomplete.insert(node.processes[row.subject].rank);
        break;
      default: break;
    }
  }

  void add(const record::EventRow& row) {
    ++next_event;
    const bool polls = row.peer == record::kPollsPeer;
    trace.events += polls ? row.bytes : 1;
    const record::CellRow& cell = node.cells[row.cell];
    const std::uint32_t lane = first_lane + row.lane;
    const std::int64_t begin_ns = row.t_begin_ns + offset_ns;
    if (cell.function == 0) {
      call_of_event.push_back(record::kNone32);
      trace.phases.push_back({lane, begin_ns, cell.phase});
      return;
    }
    const std::int32_t rank = trace.lanes[lane].rank;
    if (rank < 0) rank_missing = true;
    if (trace.calls.calls.size() >= most_calls) too_many = true;
    if (rank < 0 || too_many) {
      call_of_event.push_back(record::kNone32);
      return;
    }
    call_of_event.push_back(static_cast<std::uint32_t>(raw.size()));
    trace.calls.calls.push_back({rank, lane, cell.function, begin_ns,
                                 begin_ns + static_cast<std::int64_t>(row.ns),
                                 polls ? 0 : row.bytes, blocking_of(rules[cell.function]),
                                 polls ? static_cast<std::uint32_t>(row.bytes) : 0});
    RawCall call;
    if (row.communicator != record::kNone32) call.communicator = communicator_of[row.communicator];
    call.first = {row.request, row.peer, row.tag};
    raw.push_back(call);
  }

  void add(const record::EventItemRow& row) {
    if (row.event < first_event || row.event - first_event >= call_of_event.size()) return;
    const std::uint32_t call = call_of_event[row.event - first_event];
    if (call != record::kNone32) loose.push_back({call, {row.request, row.peer, row.tag}});
  }

  // An operation on a request that is not complete yet, and the requests of persistent ones.
  struct OfRank {
    std::map<std::uint32_t, std::deque<std::uint32_t>> open;  ///< operations, oldest first
    std::map<std::uint32_t, std::uint32_t> persistent;        ///< the call that made it
  };
  std::map<std::int32_t, OfRank> of_rank;
  std::uint64_t requests = 0;

  void join_items() {
    std::stable_sort(loose.begin(), loose.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [call, part] : loose) {
      if (raw[call].items_end == 0)
        raw[call].items_begin = static_cast<std::uint32_t>(items.size());
      items.push_back(part);
      raw[call].items_end = static_cast<std::uint32_t>(items.size());
    }
    loose.clear();
  }

  void start(std::uint32_t call, const RawCall& made, OperationKind kind, const Part& part,
             std::uint32_t request) {
    const std::int32_t rank = trace.calls.calls[call].rank;
    Operation operation;
    operation.call = call;
    operation.kind = kind;
    operation.tag = part.tag;
    if (part.peer == record::kNullPeer) {
      // It moves nothing and waits for nobody.
      operation.kind = OperationKind::kBufferedSend;
    } else if (kind != OperationKind::kOther) {
      const Members* members =
          made.communicator != record::kNone32 ? &communicators[made.communicator] : nullptr;
      const bool known = members != nullptr && members->whole();
      operation.communicator = made.communicator;
      if (known && (is_message(kind) || is_rooted(kind)) && part.peer >= 0)
        operation.peer = members->world(part.peer);
      const bool any = is_receive(kind) && (part.peer < 0 || part.tag < 0);
      if (!known || ((is_message(kind) || is_rooted(kind)) && operation.peer < 0 && !any)) {
        operation.kind = OperationKind::kOther;
        if (is_receive(kind)) unsure_receivers.insert(rank);
      } else if (any && request == 0) {
        // It returned without telling where its message came from.
        operation.kind = OperationKind::kOther;
        unsure_receivers.insert(rank);
      }
    }
    if (request != 0) {
      operation.request = ++requests;
      of_rank[rank].open[request].push_back(
          static_cast<std::uint32_t>(trace.calls.operations.size()));
    }
    trace.calls.operations.push_back(operation);
  }

  void complete(std::uint32_t call, const Part& part) {
    if (part.request == 0) return;
    const std::int32_t rank = trace.calls.calls[call].rank;
    auto& open = of_rank[rank].open[part.request];
    if (open.empty()) {
      // Started by what is not followed, or an inactive persistent request: no number has it.
      trace.calls.completions.push_back({call, ++requests});
      return;
    }
    Operation& operation = trace.calls.operations[open.front()];
    open.pop_front();
    if (is_receive(operation.kind)) {
      if (operation.peer < 0 && part.peer >= 0)
        operation.peer = communicators[operation.communicator].world(part.peer);
      if (operation.tag < 0 && part.tag >= 0) operation.tag = part.tag;
    }
    trace.calls.completions.push_back({call, operation.request});
  }

  void follow(std::uint32_t call) {
    const RawCall made = raw[call];
    const CallEvent& event = trace.calls.calls[call];
    const EventRule& rule = rules[event.function];
    OfRank& rank = of_rank[event.rank];
    if (made.first.peer == record::kFailedPeer) return;
    const auto more = std::span(items).subspan(made.items_begin, made.items_end - made.items_begin);
    const auto each_request = [&](auto act) {
      if (made.first.request != 0) act(made.first);
      for (const Part& part : more)
        if (part.request != 0) act(part);
    };
    switch (rule.role) {
      case EventRole::kPlain:
        if (rule.operation == OperationKind::kOther) start(call, made, rule.operation, {}, 0);
        break;
      case EventRole::kBlocking:
        if (rule.operation == OperationKind::kExchange) {
          start(call, made, OperationKind::kSend, made.first, 0);
          if (!more.empty()) start(call, made, OperationKind::kReceive, more.back(), 0);
        } else if (!is_receive(rule.operation) || made.first.peer != record::kNoPeer) {
          start(call, made, rule.operation, made.first, 0);
        }
        break;
      case EventRole::kRequest:
        start(call, made, rule.operation, made.first, made.first.request);
        break;
      case EventRole::kPersistent: rank.persistent[made.first.request] = call; break;
      case EventRole::kStart:
        each_request([&](const Part& part) {
          const auto known = rank.persistent.find(part.request);
          if (known == rank.persistent.end()) return;
          const RawCall& maker = raw[known->second];
          start(call, maker, rules[trace.calls.calls[known->second].function].operation,
                maker.first, part.request);
        });
        break;
      case EventRole::kCompletes:
      case EventRole::kCompletesFirst:
        each_request([&](const Part& part) { complete(call, part); });
        break;
      case EventRole::kUnfollowed: incomplete.insert(event.rank); break;
    }
  }

  void follow_all() {
    std::vector<std::uint32_t> order(raw.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return trace.calls.calls[a].t_begin_ns < trace.calls.calls[b].t_begin_ns;
    });
    for (const std::uint32_t call : order) follow(call);
    for (Operation& operation : trace.calls.operations)
      if (is_receive(operation.kind) && (operation.peer < 0 || operation.tag < 0)) {
        operation.kind = OperationKind::kOther;
        unsure_receivers.insert(trace.calls.calls[operation.call].rank);
      }
    for (std::uint32_t i = 0; i < communicators.size(); ++i) {
      if (!communicators[i].whole()) continue;
      Communicator row{i, {}};
      for (const auto& [rank, world] : communicators[i].world_ranks) row.members.push_back(world);
      trace.calls.communicators.push_back(std::move(row));
    }
  }

  /// Collectives of which events were lost may have marks still.
  void add_marks(std::vector<ClockOrder>& orders) const {
    std::map<std::uint64_t, std::map<std::uint32_t, NodePassage>> collectives;
    for (std::uint32_t i = 0; i < marks.size(); ++i)
      for (const record::NodeMark& mark : marks[i].marks)
        collectives[mark.ordinal][i] = {mark.last_begin_ns + to_common_ns[i],
                                        mark.first_end_ns + to_common_ns[i]};
    for (const auto& [ordinal, passages] : collectives) add_passage(passages, orders);
  }

  /// Puts all times on the first node's clock; the reason where that cannot be.
  std::string align() {
    // Until then times of two nodes cannot be compared at all.
    trace.calls.clock_error_ns = std::numeric_limits<std::int64_t>::max() / 4;
    auto orders = orders_between_nodes(trace, node_of_rank);
    if (!orders) return orders.error().message();
    add_marks(*orders);
    ClockAlignment found = align_clocks(static_cast<std::uint32_t>(nodes), *orders);
    if (!found.unknown.empty())
      return "the clocks of the nodes are not aligned (" + trace.nodes[found.unknown_clock] + ": " +
             found.unknown + ")";
    trace.clocks = std::move(found.clocks);
    trace.calls.clock_error_ns = found.error_ns;
    for (CallEvent& call : trace.calls.calls) {
      const ClockLine& clock = trace.clocks[trace.lanes[call.lane].node];
      call.t_begin_ns = clock.to_reference(call.t_begin_ns);
      if (call.t_end_ns != kNotEnded) call.t_end_ns = clock.to_reference(call.t_end_ns);
    }
    for (PhaseChange& change : trace.phases)
      change.t_ns = trace.clocks[trace.lanes[change.lane].node].to_reference(change.t_ns);
    return {};
  }

  [[nodiscard]] std::string why_unknown() const {
    if (!trace.recorded) return "the run was not recorded with --events";
    if (ranks_twice) return "several programs ran, whose ranks have the same numbers";
    if (trace.filtered_out != 0) return "a filter left some events out";
    if (too_many) return "there are more events than are held in memory at once";
    if (rank_missing) return "the rank of some processes is not known";
    return {};
  }
};

EventTraceBuilder::EventTraceBuilder(const record::RunTables& run, std::size_t most_calls)
    : state_(std::make_unique<State>(run, most_calls)) {}
EventTraceBuilder::~EventTraceBuilder() = default;

void EventTraceBuilder::begin(const record::NodeTables& node) {
  state_->node = node;
  state_->begin_node();
}

void EventTraceBuilder::add(const record::Block& block) {
  for (const auto& row : block.events) state_->add(row);
  for (const auto& row : block.event_items) state_->add(row);
  // Items come in the tick of their event.
  state_->call_of_event.clear();
  state_->first_event = state_->next_event;
}

EventTrace EventTraceBuilder::finish() {
  State& state = *state_;
  state.join_items();
  state.trace.causes_unknown = state.why_unknown();
  if (state.trace.causes_unknown.empty()) state.follow_all();
  state.trace.calls.incomplete_ranks.assign(state.incomplete.begin(), state.incomplete.end());
  state.trace.calls.unsure_receivers.assign(state.unsure_receivers.begin(),
                                            state.unsure_receivers.end());
  if (state.trace.causes_unknown.empty() && state.nodes > 1)
    state.trace.causes_unknown = state.align();
  return std::move(state.trace);
}

}  // namespace joulepath::analysis
