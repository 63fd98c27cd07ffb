#include "core/analysis/attribution.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace joulepath::analysis {
namespace {

bool shares(const record::Signal& signal) {
  return signal.readable && signal.counted && signal.kind == record::Kind::kEnergy;
}

std::vector<int> sockets_with_signals(const record::NodeTables& node) {
  std::vector<int> sockets;
  for (const auto& row : node.sensors)
    if (shares(row.signal) && row.signal.socket >= 0) sockets.push_back(row.signal.socket);
  std::sort(sockets.begin(), sockets.end());
  sockets.erase(std::unique(sockets.begin(), sockets.end()), sockets.end());
  return sockets;
}

std::size_t index_of(Rest rest) {
  return static_cast<std::size_t>(rest);
}

}  // namespace

std::string_view to_string(Rest rest) {
  switch (rest) {
    case Rest::kNoRankOnSocket: return "no rank of the job runs on that socket";
    case Rest::kNoneRunning: return "no rank was running there at that time";
    case Rest::kOutsideLifetime: return "outside the ranks' lifetime";
    case Rest::kNoRankSeen: break;
  }
  return "no MPI rank was seen on the node";
}

bool is_idle(Rest rest) {
  return rest == Rest::kNoRankOnSocket || rest == Rest::kNoneRunning;
}

std::uint64_t SignalResult::attributed() const {
  return std::accumulate(by_slot.begin(), by_slot.end(), std::uint64_t{0});
}

NodeAttribution::NodeAttribution(const record::RunTables& run, const record::NodeTables& node)
    : node_(node), slots_(run, node, sockets_with_signals(node)), scopes_(slots_.scope_count()) {
  for (const auto& row : node.sensors) {
    SignalState state(row.signal);
    state.scope = slots_.scope_of_socket(row.signal.socket);
    state.counted = shares(row.signal);
    state.readable = row.signal.readable && row.signal.kind == record::Kind::kEnergy;
    if (state.counted) scopes_[state.scope].wanted = true;
    if (signal_of_key_.size() <= row.sensor)
      signal_of_key_.resize(row.sensor + 1u, record::kNone32);
    signal_of_key_[row.sensor] = static_cast<std::uint32_t>(signals_.size());
    signals_.push_back(std::move(state));
  }
}

// The three tables are walked side by side; a tick is whatever any of them names next.
void NodeAttribution::add(const record::Block& block) {
  auto tick = block.ticks.begin();
  auto sample = block.samples.begin();
  auto activity = block.activity.begin();
  for (;;) {
    std::uint32_t now = record::kNone32;
    if (tick != block.ticks.end()) now = std::min(now, tick->tick);
    if (sample != block.samples.end()) now = std::min(now, sample->tick);
    if (activity != block.activity.end()) now = std::min(now, activity->tick);
    if (now == record::kNone32) return;
    for (; tick != block.ticks.end() && tick->tick <= now; ++tick) {
      if (result_.ticks++ == 0) result_.first_ns = tick->t_begin_ns;
      result_.last_ns = tick->t_lanes_ns;
    }
    for (; activity != block.activity.end() && activity->tick <= now; ++activity)
      add_activity(*activity);
    for (; sample != block.samples.end() && sample->tick <= now; ++sample) add_sample(*sample);
    end_tick();
  }
}

void NodeAttribution::add_activity(const record::ActivityRow& row) {
  const auto slot = slots_.slot_of(row.lane, row.cell);
  if (!slot) {
    ++result_.ignored_rows;
    return;
  }
  Slot& sums = slots_.slot(*slot);
  sums.ns += row.ns;
  sums.calls += row.calls;
  sums.bytes += row.bytes;
  sums.wait_ns += row.wait_ns;
  if (row.ns == 0) return;
  active_now_ = true;
  for (const ScopeShare& share : slots_.scopes_of(row.lane)) {
    Scope& scope = scopes_[share.scope];
    if (!scope.wanted) continue;
    const std::uint64_t weight = std::uint64_t{row.ns} * share.factor;
    scope.takers.push_back({*slot, weight});
    scope.weight += weight;
  }
}

void NodeAttribution::add_sample(const record::SampleRow& row) {
  const std::uint32_t index =
      row.sensor < signal_of_key_.size() ? signal_of_key_[row.sensor] : record::kNone32;
  if (index == record::kNone32) {
    ++result_.ignored_rows;
    return;
  }
  SignalState& signal = signals_[index];
  if (!signal.readable) return;
  const TrackStep step = signal.track.add({row.t_lo_ns, row.t_hi_ns, row.raw});
  // Several readings in one tick are one difference; a loss among them wins.
  if (step.event == TrackEvent::kNothing || signal.step.event == TrackEvent::kLost) return;
  signal.step.event = step.event;
  signal.step.units += step.units;
}

void NodeAttribution::end_tick() {
  active_once_ = active_once_ || active_now_;
  for (SignalState& signal : signals_) {
    if (signal.counted) settle(signal);
    signal.step = {};
  }
  for (Scope& scope : scopes_) {
    scope.takers.clear();
    scope.weight = 0;
    scope.has_presence = false;
  }
  active_now_ = false;
}

void NodeAttribution::settle(SignalState& signal) {
  switch (signal.step.event) {
    case TrackEvent::kStart: signal.started = true; break;
    case TrackEvent::kNothing:
      if (signal.started) keep_open(signal);
      break;
    case TrackEvent::kLost:
      for (const std::uint32_t slot : signal.open.slots) signal.open.weight_by_slot[slot] = 0;
      signal.open.slots.clear();
      signal.ranges.skip();
      signal.in_rest = false;
      break;
    case TrackEvent::kAdvance: give(signal, signal.step.units); break;
  }
  if (active_now_ && signal.silent_units > 0) {
    signal.rest[index_of(Rest::kNoneRunning)] += signal.silent_units;
    signal.silent_units = 0;
  }
}

void NodeAttribution::keep_open(SignalState& signal) {
  Open& open = signal.open;
  open.weight_by_slot.resize(slots_.slots().size(), 0);
  for (const Taker& taker : scopes_[signal.scope].takers) {
    if (open.weight_by_slot[taker.slot] == 0) open.slots.push_back(taker.slot);
    open.weight_by_slot[taker.slot] += taker.weight;
  }
}

void NodeAttribution::give(SignalState& signal, std::uint64_t units) {
  Scope& scope = scopes_[signal.scope];
  const std::size_t slot_count = slots_.slots().size();
  const std::size_t group_count = slots_.groups().count;
  if (!signal.open.slots.empty()) {
    keep_open(signal);
    std::uint64_t weight = 0;
    open_takers_.clear();
    for (const std::uint32_t slot : signal.open.slots) {
      open_takers_.push_back({slot, std::exchange(signal.open.weight_by_slot[slot], 0)});
      weight += open_takers_.back().weight;
    }
    signal.open.slots.clear();
    finder_.find(open_takers_, slots_, open_presence_);
    signal.ledger.share(units, open_takers_, weight, slot_count);
    signal.ranges.add(units, open_presence_, group_count);
  } else if (scope.weight > 0) {
    if (!scope.has_presence) finder_.find(scope.takers, slots_, scope.presence);
    scope.has_presence = true;
    signal.ledger.share(units, scope.takers, scope.weight, slot_count);
    signal.ranges.add(units, scope.presence, group_count);
  } else {
    give_rest(signal, units);
    return;
  }
  signal.in_rest = false;
}

// Energy after the last activity is outside the lifetime, but only the end of the trace
// shows which activity was the last: until then it is kept apart as silent.
void NodeAttribution::give_rest(SignalState& signal, std::uint64_t units) {
  signal.ranges.skip();
  Rest rest = Rest::kOutsideLifetime;
  if (node_.lanes.empty()) {
    rest = Rest::kNoRankSeen;
  } else if (!slots_.scope_has_process(signal.scope)) {
    rest = Rest::kNoRankOnSocket;
  } else if (active_now_) {
    rest = Rest::kNoneRunning;
  }
  if (rest == Rest::kOutsideLifetime && active_once_) {
    signal.silent_units += units;
  } else {
    signal.rest[index_of(rest)] += units;
  }
  if (!signal.in_rest) ++signal.rest_runs;
  signal.in_rest = true;
}

NodeResult NodeAttribution::finish() {
  result_.slots = slots_.slots();
  result_.groups = slots_.groups();
  for (SignalState& signal : signals_) {
    SignalResult out;
    out.facts = signal.track.facts();
    out.shared = signal.counted;
    if (signal.counted) {
      signal.rest[index_of(Rest::kOutsideLifetime)] += std::exchange(signal.silent_units, 0);
      out.by_slot = signal.ledger.whole_units(result_.slots.size());
      out.rest = signal.rest;
      out.rest_runs = signal.rest_runs;
      out.ranges = signal.ranges.ranges(result_.groups.count);
    }
    result_.signals.push_back(std::move(out));
  }
  return std::exchange(result_, {});
}

}  // namespace joulepath::analysis
