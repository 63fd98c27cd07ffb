#include "core/analysis/attribution.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "core/analysis/gpu_use.hpp"
#include "core/analysis/report_class.hpp"

namespace joulepath::analysis {
namespace {

bool shares(const record::Signal& signal) {
  return signal.readable && signal.counted;
}

/// By sensor.
std::vector<bool> shared_out(const record::NodeTables& node) {
  std::vector<bool> shared;
  for (const auto& row : node.sensors) shared.push_back(shares(row.signal));
  return shared;
}

std::vector<int> sockets_with_signals(const record::NodeTables& node) {
  std::vector<int> sockets;
  for (const auto& row : node.sensors)
    if (shares(row.signal) && row.signal.socket >= 0) sockets.push_back(row.signal.socket);
  std::sort(sockets.begin(), sockets.end());
  sockets.erase(std::unique(sockets.begin(), sockets.end()), sockets.end());
  return sockets;
}

/// Ticks that are shared out together: 41 s at 100 Hz.
constexpr std::uint64_t kWindowTicks = 4096;
/// Bounds the memory of windows with many lanes: 12 bytes each.
constexpr std::size_t kMostTakers = 4'000'000;

/// A chip on which lanes compute uses more than this.
constexpr double kLeastWatts = 1.0;
/// Standing still is no accident after so many updates, readings, and the time of so many units.
constexpr std::int64_t kStuckPeriods = 50;
constexpr double kStuckUnits = 4.0;
constexpr std::uint64_t kStuckReadings = 20;
/// Part of what such a time usually takes that shows the counter to have caught up.
constexpr double kCaughtUp = 0.3;

/// Units per ns that no device of the kind exceeds.
double highest_power(const record::Signal& signal) {
  const std::uint64_t rate = record::limits_of(signal).max_rate;
  return rate > 0 ? static_cast<double>(rate) * 1e-9 : std::numeric_limits<double>::infinity();
}

/// The recorder's period stands in for an update period that is not known.
record::Signal with_period(record::Signal signal, const record::NodeInfo& node) {
  if (signal.update_period_ns <= 0)
    signal.update_period_ns = std::max<std::int64_t>(node.period_ns, 0);
  return signal;
}

/// Watts of one package, as the user gave them; 0: not given.
double configured_static_power(const record::RunTables& run) {
  const std::string text(run.meta_value("option.JOULEPATH_STATIC_POWER"));
  return text.empty() ? 0.0 : std::strtod(text.c_str(), nullptr);
}

record::Reading at_middle_of(const record::SampleRow& row) {
  const std::int64_t middle_ns = record::Reading{row.t_lo_ns, row.t_hi_ns, row.raw}.middle_ns();
  return {middle_ns, middle_ns, row.raw};
}

std::size_t index_of(Rest rest) {
  return static_cast<std::size_t>(rest);
}

/// A sensor that gave nothing any more before the end: what was used since is not known. A last
/// pass that came late, or a device that is read each second, is no such thing.
void note_unread_end(std::int64_t period_ns, std::int64_t end_ns, CounterFacts& facts) {
  constexpr std::int64_t kLate_ns = 2'000'000'000;
  constexpr std::int64_t kPeriods = 4;
  const std::int64_t unread_ns = end_ns - facts.last.t_hi_ns;
  if (facts.samples == 0 || unread_ns <= kLate_ns + kPeriods * period_ns) return;
  facts.unread_end_ns = unread_ns;
  facts.lost_ns += unread_ns;
}

}  // namespace

std::string_view to_string(Rest rest) {
  switch (rest) {
    case Rest::kNoRankOnSocket: return "no rank of the job runs on that socket";
    case Rest::kNoneRunning: return "no rank was running there at that time";
    case Rest::kOutsideLifetime: return "outside the ranks' lifetime";
    case Rest::kNoneOnGpu: return "no process was on that GPU";
    case Rest::kOthersOnGpu: return "processes of others kept that GPU busy";
    case Rest::kOthersOnCpus: return "other programs used the CPUs, by CPU time";
    case Rest::kNoRankSeen: break;
  }
  return "no MPI rank was seen on the node";
}

bool is_idle(Rest rest) {
  return rest == Rest::kNoRankOnSocket || rest == Rest::kNoneRunning || rest == Rest::kNoneOnGpu;
}

std::uint64_t SignalResult::attributed() const {
  return std::accumulate(by_slot.begin(), by_slot.end(), std::uint64_t{0});
}

NodeAttribution::SignalState::SignalState(const record::Signal& signal, const SlotTable& slots)
    : track(signal),
      unit_j(signal.si_per_unit),
      highest_power(analysis::highest_power(signal)),
      period_ns(signal.update_period_ns),
      sharing(slots, analysis::highest_power(signal)),
      ends(signal.update_period_ns),
      static_power(signal.update_period_ns) {}

NodeAttribution::NodeAttribution(const record::RunTables& run, const record::NodeTables& node)
    : node_(node),
      slots_(run, node, sockets_with_signals(node), gpus_with_signals(node)),
      busy_(node.lanes.size()),
      cycles_(node),
      cores_(node, slots_, shared_out(node)),
      counters_(run, node),
      windows_(slots_.scope_count()),
      busy_ns_(slots_.scope_count(), 0.0),
      wanted_(slots_.scope_count(), false) {
  result_.lane_cpu.resize(node.lanes.size());
  for (const auto& cell : node.cells)
    if (cell.phase == 0 && cell.function == 0) computing_ = cell.cell;
  signals_.reserve(node.sensors.size());
  for (const auto& row : node.sensors) {
    const record::Signal energy = as_energy(row.signal);
    SignalState& state = signals_.emplace_back(with_period(energy, node.info), slots_);
    if (row.signal.kind != record::Kind::kEnergy)
      state.power.emplace(row.signal, node.info.period_ns);
    state.scope = slots_.scope_of(row.signal);
    state.of_cpus = row.signal.domain != record::Domain::kGpu;
    state.follows_clocks = state.of_cpus && row.signal.domain != record::Domain::kDram;
    if (slots_.scope_of_socket(row.signal.socket) != 0) state.socket = row.signal.socket;
    state.shared_gpu = is_shared(node, record::gpu_of(row.signal));
    state.counted = shares(row.signal);
    state.readable = row.signal.readable;
    if (state.counted) wanted_[state.scope] = true;
    if (state.counted && row.signal.domain == record::Domain::kPackage)
      state.static_power.configure(configured_static_power(run), energy.si_per_unit);
    if (signal_of_key_.size() <= row.sensor)
      signal_of_key_.resize(row.sensor + 1u, record::kNone32);
    signal_of_key_[row.sensor] = static_cast<std::uint32_t>(signals_.size() - 1);
  }
  for (std::size_t at = 0; at < signals_.size(); ++at) signals_[at].cores = cores_.of_package(at);
}

// The tables are walked side by side; a tick is whatever any of them names next.
void NodeAttribution::add(const record::Block& block) {
  auto tick = block.ticks.begin();
  auto sample = block.samples.begin();
  auto activity = block.activity.begin();
  auto cpu = block.cpu.begin();
  auto counts = block.counts.begin();
  auto gpu_use = block.gpu_use.begin();
  auto cpu_use = block.cpu_use.begin();
  for (;;) {
    std::uint32_t now = record::kNone32;
    if (tick != block.ticks.end()) now = std::min(now, tick->tick);
    if (sample != block.samples.end()) now = std::min(now, sample->tick);
    if (activity != block.activity.end()) now = std::min(now, activity->tick);
    if (now == record::kNone32) return;
    lanes_ns_ = 0;
    lanes_seen_ = true;
    tick_number_ = now;
    for (; tick != block.ticks.end() && tick->tick <= now; ++tick) {
      if (result_.ticks++ == 0)
        result_.first_ns = tick->t_begin_ns;
      else
        lanes_seen_ = tick->t_lanes_ns != result_.last_ns;
      result_.last_ns = lanes_ns_ = tick->t_lanes_ns;
    }
    for (; activity != block.activity.end() && activity->tick <= now; ++activity)
      add_activity(*activity);
    for (; cpu != block.cpu.end() && cpu->tick <= now; ++cpu) add_cpu(*cpu);
    for (; counts != block.counts.end() && counts->tick <= now; ++counts) {
      counters_.add(*counts);
      cycles_.add(*counts, tick_);
    }
    for (; gpu_use != block.gpu_use.end() && gpu_use->tick <= now; ++gpu_use) add_gpu_use(*gpu_use);
    for (; cpu_use != block.cpu_use.end() && cpu_use->tick <= now; ++cpu_use) add_cpu_use(*cpu_use);
    for (; sample != block.samples.end() && sample->tick <= now; ++sample) add_sample(*sample);
    end_pass();
  }
}

void NodeAttribution::add_activity(const record::ActivityRow& row) {
  counters_.add(row);
  const auto index = slots_.slot_of(row.lane, row.cell);
  if (!index) {
    ++result_.ignored_rows;
    return;
  }
  Slot& slot = slots_.slot(*index);
  slot.ns += row.ns;
  slot.calls += row.calls;
  slot.bytes += row.bytes;
  slot.wait_ns += row.wait_ns;
  if (row.ns == 0) return;
  active_now_ = true;
  busy_.add_time(row.lane, !is_compute(slot, slots_.groups()), row.ns);
  for (const ScopeShare& share : slots_.scopes_of(row.lane))
    if (wanted_[share.scope]) windows_[share.scope].add(*index, row.ns * share.part);
}

void NodeAttribution::add_cpu(const record::CpuRow& row) {
  if (row.lane >= node_.lanes.size()) {
    ++result_.ignored_rows;
    return;
  }
  counters_.add(row);
  cycles_.add(row);
  cores_.add(row, tick_);
  LaneCpu& cpu = result_.lane_cpu[row.lane];
  cpu.known = true;
  cpu.ns += row.cpu_ns;
  if (row.last_cpu >= 0) cpu.cpus.insert(row.last_cpu);
  if (node_.lanes[row.lane].kind != record::LaneKind::kTold) {
    add_sampled(row);
  } else if (row.since == row.tick) {
    busy_.begin_cpu(row.lane, tick_);
  } else {
    busy_.add_cpu(row.lane, tick_, row.cpu_ns);
  }
}

/// Of the trace's number of a tick; of one that is no longer kept: the first that is.
std::uint64_t NodeAttribution::index_of_tick(std::uint32_t tick) const {
  const auto later = std::lower_bound(tick_numbers_.begin(), tick_numbers_.end(), tick);
  return tick_ - static_cast<std::uint64_t>(tick_numbers_.end() - later);
}

/// A thread that tells nothing of itself: its CPU time is what it did, at some time since.
void NodeAttribution::add_sampled(const record::CpuRow& row) {
  const auto index = computing_ ? slots_.slot_of(row.lane, *computing_) : std::nullopt;
  if (!index) {
    ++result_.ignored_rows;
    return;
  }
  slots_.slot(*index).ns += row.cpu_ns;
  const std::uint64_t begin = begin_of(row);
  for (const ScopeShare& share : slots_.scopes_of(row.lane))
    if (wanted_[share.scope])
      windows_[share.scope].add_late(
          {*index, begin, tick_ + 1, static_cast<double>(row.cpu_ns) * share.part});
}

/// Null, and counted, when no table knows the sensor.
NodeAttribution::SignalState* NodeAttribution::signal_of(std::uint16_t sensor) {
  const std::uint32_t index =
      sensor < signal_of_key_.size() ? signal_of_key_[sensor] : record::kNone32;
  if (index != record::kNone32) return &signals_[index];
  ++result_.ignored_rows;
  return nullptr;
}

void NodeAttribution::add_gpu_use(const record::GpuUseRow& row) {
  SignalState* const found = signal_of(row.sensor);
  if (found == nullptr) return;
  SignalState& signal = *found;
  if (!signal.users) signal.users.emplace();
  signal.users->add(row, begin_of(row), tick_ + 1);
}

void NodeAttribution::add_cpu_use(const record::CpuUseRow& row) {
  const std::uint64_t begin = begin_of(row);
  const std::uint64_t first_kept = tick_ - lanes_ns_by_tick_.size();
  const std::int64_t from_ns =
      begin > first_kept ? lanes_ns_by_tick_[begin - first_kept - 1] : result_.first_ns;
  cpu_shares_.add(row, begin, tick_ + 1, from_ns, result_.last_ns);
}

/// What a reading tells; a power sensor's becomes that of a counter.
TrackStep NodeAttribution::follow(SignalState& signal, record::SampleRow& row) {
  ++signal.readings;
  if (signal.power) {
    const auto [news, as_counter] = signal.power->add(row);
    if (news == PowerReadings::News::kNothing) return {};
    if (news == PowerReadings::News::kUnusable) {
      signal.track.note_unusable();
      return {};
    }
    row = as_counter;
    // How wide an end is uncertain says nothing against the order of the ends.
    const record::Reading at_middle = at_middle_of(row);
    return news == PowerReadings::News::kGap ? signal.track.add_after_gap(at_middle)
                                             : signal.track.add(at_middle);
  }
  const TrackStep step = signal.track.add({row.t_lo_ns, row.t_hi_ns, row.raw});
  if (step.event == TrackEvent::kNothing) {
    signal.ends.note_still(row);
  } else {
    signal.ends.note_change();
  }
  return step;
}

void NodeAttribution::add_sample(record::SampleRow row) {
  SignalState* const found = signal_of(row.sensor);
  if (found == nullptr) return;
  SignalState& signal = *found;
  if (!signal.readable) return;
  cores_.add(static_cast<std::size_t>(found - signals_.data()), row, tick_, lanes_ns_);
  const TrackStep step = follow(signal, row);
  if (step.event == TrackEvent::kNothing) return;
  signal.last = row;
  // Several readings in one tick are one difference; a loss among them wins.
  if (signal.step.event == TrackEvent::kLost) return;
  signal.step.event = step.event;
  signal.step.units += step.units;
}

void NodeAttribution::end_pass() {
  open_pass_ = !lanes_seen_;
  if (!open_pass_) end_tick();
}

void NodeAttribution::end_tick() {
  active_once_ = active_once_ || active_now_;
  std::size_t takers = 0;
  for (std::size_t scope = 0; scope < windows_.size(); ++scope) {
    windows_[scope].end_tick(slots_, group_times_);
    takers += windows_[scope].size();
  }
  lanes_ns_by_tick_.push_back(lanes_ns_);
  tick_numbers_.push_back(tick_number_);
  ++tick_;
  for (SignalState& signal : signals_) {
    if (signal.counted) settle(signal);
    signal.step = {};
  }
  active_now_ = false;
  const std::uint64_t kept = tick_ - windows_.front().first_tick();
  if (kept >= 2 * kWindowTicks || takers > kMostTakers)
    share_until(cores_.cut_near(windows_.front().first_tick(), tick_ - kept / 2));
}

void NodeAttribution::settle(SignalState& signal) {
  if (signal.step.event != TrackEvent::kNothing) {
    note_if_stuck(signal);
    const KnownEnd end = signal.ends.known_end(signal.last, lanes_ns_);
    const std::uint64_t end_tick = end_tick_of(signal, end);
    if (signal.step.event == TrackEvent::kAdvance) {
      give(signal, end, end_tick);
    } else {
      // The start, or a loss: what was before is not known.
      signal.started = true;
      for (const std::uint32_t slot : signal.older.slots) signal.older.ns_by_slot[slot] = 0.0f;
      signal.older.slots.clear();
      signal.static_power.interrupt();
      signal.in_rest = false;
    }
    signal.open = end_tick;
    signal.open_end = end;
  } else if (!signal.started) {
    signal.open = tick_;
  }
  if (active_now_ && signal.silent_units > 0) {
    signal.rest[index_of(Rest::kNoneRunning)] += signal.silent_units;
    signal.silent_units = 0;
  }
}

/// A counter that stands while lanes compute on its chip is stuck: no chip that computes
/// uses so little that a unit takes so long. One that has caught up afterwards lost nothing;
/// what is lost in a jump is lost from the last update on, and has been noted.
void NodeAttribution::note_if_stuck(SignalState& signal) {
  if (signal.step.event == TrackEvent::kLost) return;
  const std::int64_t still_ns = signal.ends.still_for_ns();
  const double unit_ns = signal.unit_j / kLeastWatts * 1e9;
  if (!signal.started || still_ns < kStuckPeriods * signal.period_ns ||
      signal.ends.still_readings() < kStuckReadings ||
      static_cast<double>(still_ns) < kStuckUnits * unit_ns)
    return;
  double compute_ns = 0.0;
  const ScopeWindow& window = windows_[signal.scope];
  for (const GroupTime& time : window.groups(std::max(signal.open, window.first_tick()), tick_))
    if (time.group ==
        slots_.groups().index(GroupKind::kClass, static_cast<std::uint32_t>(ReportClass::kCompute)))
      compute_ns += time.ns;
  if (compute_ns < static_cast<double>(still_ns) / 2.0) return;
  const CounterFacts facts = signal.track.facts();
  const auto elapsed_ns = static_cast<double>(facts.last.t_hi_ns - facts.first.t_hi_ns);
  const double usual = static_cast<double>(facts.difference) / elapsed_ns;
  if (static_cast<double>(signal.step.units) > kCaughtUp * usual * static_cast<double>(still_ns))
    return;
  signal.track.note_stuck(still_ns);
}

/// A counter's energy ends with the tick of its reading; that of an averaging power sensor,
/// which tells of a time long before, with the tick of that time.
std::uint64_t NodeAttribution::end_tick_of(const SignalState& signal, const KnownEnd& end) const {
  if (!signal.power) return tick_;
  const auto first = tick_ - lanes_ns_by_tick_.size();
  const auto later =
      std::lower_bound(lanes_ns_by_tick_.begin(), lanes_ns_by_tick_.end(), end.middle_ns);
  const auto found = first + static_cast<std::uint64_t>(later - lanes_ns_by_tick_.begin()) + 1;
  return std::clamp(found, std::min(signal.open + 1, tick_), tick_);
}

void NodeAttribution::give(SignalState& signal, const KnownEnd& end, std::uint64_t end_tick) {
  ScopeWindow& window = windows_[signal.scope];
  const double length_ns = static_cast<double>(end.middle_ns - signal.open_end.middle_ns);
  EnergyInterval interval{
      signal.open,           end_tick,  signal.step.units,    std::max(length_ns, 0.0),
      signal.open_end.error, end.error, signal.last.edge != 0};
  signal.sharing.note_width(end.error.width_ns);
  if (!signal.older.slots.empty()) {
    keep_older(signal, end_tick);
    std::vector<WindowTaker> takers;
    for (const std::uint32_t slot : signal.older.slots) {
      const float ns = std::exchange(signal.older.ns_by_slot[slot], 0.0f);
      takers.push_back(WindowTaker::there(slot, static_cast<double>(ns)));
    }
    signal.older.slots.clear();
    if (may_be_shared(signal)) signal.shared_bounds.add(takers, slots_, interval.units, 0, false);
    take_off_mean(signal, interval, takers);
    if (signal.cores != nullptr) signal.cores->bound(takers, interval.units);
    signal.sharing.share_alone(takers, interval, signal.track.highest_rate() * 1e-9);
  } else if (!window.takers(signal.open, end_tick).empty()) {
    signal.intervals.push_back(interval);
  } else {
    signal.static_power.add_idle(static_cast<double>(signal.step.units), length_ns);
    give_rest(signal, signal.step.units);
    return;
  }
  signal.static_power.interrupt();
  signal.in_rest = false;
}

// Energy after the last activity is outside the lifetime, but only the end of the trace
// shows which activity was the last: until then it is kept apart as silent.
void NodeAttribution::give_rest(SignalState& signal, std::uint64_t units) {
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

void NodeAttribution::take_off_others(SignalState& signal, EnergyInterval& interval) {
  const auto parts =
      signal.users ? signal.users->parts(interval.begin, interval.end, tick_times()) : std::nullopt;
  std::uint64_t others = 0;
  if (parts) {
    const auto units = static_cast<double>(interval.units);
    others = static_cast<std::uint64_t>(std::llround(units * parts->others));
    const auto empty = std::min(interval.units - others,
                                static_cast<std::uint64_t>(std::llround(units * parts->empty)));
    if (others != 0) signal.others_most += interval.units;
    interval.units -= others + empty;
    signal.rest[index_of(Rest::kOthersOnGpu)] += others;
    signal.rest[index_of(Rest::kNoneOnGpu)] += empty;
    signal.rest_runs += empty != 0 ? 1u : 0u;
  }
  signal.shared_bounds.add(windows_[signal.scope].takers(interval.begin, interval.end), slots_,
                           interval.units, others, parts.has_value());
}

void NodeAttribution::book_others(SignalState& signal, EnergyInterval& interval, double part,
                                  double most_units, std::span<const GroupTime> groups) {
  const auto units = static_cast<double>(interval.units);
  const auto others = static_cast<std::uint64_t>(std::llround(units * std::min(part, 1.0)));
  if (others == 0) return;
  const double most = std::min(std::max(most_units, static_cast<double>(others)), units);
  signal.others_doubt.add(groups, static_cast<double>(others), most);
  signal.others_most += static_cast<std::uint64_t>(most);
  signal.rest[index_of(Rest::kOthersOnCpus)] += others;
  interval.units -= others;
}

/// By CPU time: who waits without a CPU uses nothing by it, and a CPU second is a CPU second. How
/// much more or less than that others used is not known, but no more than the device can.
void NodeAttribution::take_off_programs(SignalState& signal, EnergyInterval& interval) {
  const TickTimes times = tick_times();
  double all_ns = 0.0;
  double others_ns = 0.0;        // of the interval, as if it were divided by CPU time
  double others_there_ns = 0.0;  // in which others can have used anything
  for (std::uint64_t tick = interval.begin; tick < interval.end; ++tick) {
    const double ns = times.length_ns(tick);
    all_ns += ns;
    const CpuShares::Stretch* stretch = cpu_shares_.at(signal.socket, tick);
    if (stretch == nullptr || !stretch->shared()) continue;
    others_ns += stretch->part_of_others() * ns;
    others_there_ns += std::min(stretch->others_ns_a_tick(), ns);
  }
  if (all_ns <= 0.0 || others_ns <= 0.0) return;
  const double cap = signal.highest_power;
  book_others(signal, interval, others_ns / all_ns, cap * others_there_ns,
              windows_[signal.scope].groups(interval.begin, interval.end));
}

void NodeAttribution::take_off_mean(SignalState& signal, EnergyInterval& interval,
                                    std::span<const WindowTaker> takers) {
  const double part = signal.of_cpus ? cpu_shares_.mean_part(signal.socket) : 0.0;
  if (part == 0.0) return;
  GroupTimes groups;
  for (const WindowTaker& taker : takers)
    groups.add(slots_.slots()[taker.slot], static_cast<double>(taker.ns));
  std::vector<GroupTime> groups_there;
  groups.move_to(groups_there);
  book_others(signal, interval, part, static_cast<double>(interval.units), groups_there);
}

/// Shares out all intervals that end at `tick` or before, and forgets those ticks.
void NodeAttribution::share_until(std::uint64_t tick) {
  for (std::size_t scope = 0; scope < windows_.size(); ++scope) {
    windows_[scope].merge_late(slots_, group_times_);
    busy_ns_[scope] = windows_[scope].note_busy(busy_, slots_, tick);
  }
  for (const SignalState& signal : signals_)
    if (signal.counted && signal.users)
      windows_[signal.scope].note_users(*signal.users, slots_, tick, group_times_);
  for (SignalState& signal : signals_)
    if (signal.counted) share_out(signal, tick);
  const auto gone = static_cast<std::ptrdiff_t>(tick - windows_.front().first_tick());
  lanes_ns_by_tick_.erase(lanes_ns_by_tick_.begin(), lanes_ns_by_tick_.begin() + gone);
  tick_numbers_.erase(tick_numbers_.begin(), tick_numbers_.begin() + gone);
  for (ScopeWindow& window : windows_) window.drop_before(tick);
  for (SignalState& signal : signals_)
    if (signal.users) signal.users->drop_before(tick);
  cpu_shares_.drop_before(tick);
  busy_.drop_before(tick);
  cycles_.drop_before(tick);
  cores_.drop_before(tick);
}

void NodeAttribution::share_out(SignalState& signal, std::uint64_t tick) {
  const auto later = std::find_if(signal.intervals.begin(), signal.intervals.end(),
                                  [&](const auto& interval) { return interval.end > tick; });
  const bool spans_the_cut = later != signal.intervals.end() && later->begin < tick;
  const auto behind = later + (spans_the_cut ? 1 : 0);
  if (may_be_shared(signal))
    std::for_each(signal.intervals.begin(), behind,
                  [&](EnergyInterval& interval) { take_off_others(signal, interval); });
  const std::uint64_t others_before = signal.rest[index_of(Rest::kOthersOnCpus)];
  if (signal.of_cpus && cpu_shares_.any())
    std::for_each(signal.intervals.begin(), behind,
                  [&](EnergyInterval& interval) { take_off_programs(signal, interval); });
  const bool others = signal.rest[index_of(Rest::kOthersOnCpus)] != others_before;
  const std::span<const EnergyInterval> done(signal.intervals.begin(), later);
  if (signal.users) signal.sharing.share_by_use();
  ScopeWindow& window = windows_[signal.scope];
  auto cores = weigh(signal, done, tick);
  const double static_power = signal.static_power.units_per_ns();
  const double highest_power = signal.track.highest_rate() * 1e-9;
  signal.sharing.share_window(window, done, static_power, highest_power, cores ? &*cores : nullptr);
  if (spans_the_cut)
    signal.sharing.share_window(window, {&*later, 1}, static_power, highest_power, nullptr);
  if (signal.cores != nullptr) {
    // What others used on a core is in its counter.
    signal.cores->bound(window, cores && !others ? &*cores : nullptr, done, highest_power);
    if (spans_the_cut) signal.cores->bound(window, nullptr, {&*later, 1}, highest_power);
  }
  signal.intervals.erase(signal.intervals.begin(), behind);
  if (signal.started && signal.open < tick) keep_older(signal, tick);
}

/// Cycles tell what a core does with its clock; a memory's or a GPU's power does not follow it.
std::optional<CoreSplit> NodeAttribution::weigh(SignalState& signal,
                                                std::span<const EnergyInterval> intervals,
                                                std::uint64_t tick) {
  ScopeWindow& window = windows_[signal.scope];
  if (!cycles_.recorded() && !cores_.any()) {
    signal.told_apart.by_cpu_time_ns += busy_ns_[signal.scope];
    return std::nullopt;
  }
  ToldApart told = signal.follows_clocks && cycles_.recorded()
                       ? weigh_by_cycles(window, cycles_, slots_, tick)
                       : weigh_by_cpu_time(window, tick);
  std::optional<CoreSplit> cores;
  if (signal.cores != nullptr)
    cores = signal.cores->weigh(told, window, intervals, tick_times(), tick, signal.unit_j);
  signal.sharing.share_by_work(told.by_work());
  signal.told_apart.add(told);
  return cores;
}

/// Moves the part of the open interval before `tick` out of the window.
void NodeAttribution::keep_older(SignalState& signal, std::uint64_t tick) {
  Older& older = signal.older;
  older.ns_by_slot.resize(slots_.slots().size(), 0.0f);
  for (const WindowTaker& taker : windows_[signal.scope].takers(signal.open, tick)) {
    if (older.ns_by_slot[taker.slot] == 0.0f) older.slots.push_back(taker.slot);
    older.ns_by_slot[taker.slot] += taker.ns;
  }
  signal.open = tick;
}

/// What a power sensor showed last holds until its last reading.
void NodeAttribution::finish_power(SignalState& signal) {
  const auto row = signal.power->finish();
  if (!row) return;
  signal.last = *row;
  signal.step = signal.track.add(at_middle_of(*row));
  if (signal.counted) settle(signal);
}

NodeResult NodeAttribution::finish() {
  if (open_pass_) end_tick();
  for (SignalState& signal : signals_)
    if (signal.power) finish_power(signal);
  for (SignalState& signal : signals_)
    if (signal.counted) note_if_stuck(signal);
  cores_.finish();
  share_until(tick_);
  result_.slots = slots_.slots();
  result_.groups = slots_.groups();
  result_.counters = counters_.finish();
  result_.shared = cpu_shares_.shared();
  result_.counted_cpu_ns = counters_.counted_cpu_ns();
  for (SignalState& signal : signals_) {
    SignalResult out;
    out.facts = signal.track.facts();
    if (signal.power) {
      out.facts.samples = signal.readings;
      out.facts.unseen_units = signal.power->unseen_uj();
    }
    note_unread_end(std::max(signal.period_ns, node_.info.period_ns), result_.last_ns, out.facts);
    out.shared = signal.counted;
    if (signal.counted) {
      signal.rest[index_of(Rest::kOutsideLifetime)] += std::exchange(signal.silent_units, 0);
      out.by_slot = signal.sharing.whole_units();
      out.rest = signal.rest;
      out.rest_runs = signal.rest_runs;
      out.bounds = signal.sharing.bounds();
      if (signal.cores != nullptr) signal.cores->narrow(out.bounds);
      if (signal.shared_bounds.several()) signal.shared_bounds.apply(out.bounds);
      signal.others_doubt.apply(out.bounds);
      out.others_most = signal.others_most;
      if (signal.users) out.gpu_users = signal.users->seen();
      out.fit = signal.sharing.facts();
      out.told_apart = signal.told_apart;
      out.static_power = signal.static_power;
    }
    result_.signals.push_back(std::move(out));
  }
  return std::exchange(result_, {});
}

}  // namespace joulepath::analysis
