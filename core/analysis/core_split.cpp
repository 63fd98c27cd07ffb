#include "core/analysis/core_split.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace joulepath::analysis {
namespace {

constexpr std::uint32_t kNoPart = 0xffffffffu;
// Instead of the core of a taker: it is not known what that used, or it is another package's.
constexpr std::uint32_t kNotKnown = 0xffffffffu;
constexpr std::uint32_t kElsewhere = 0xfffffffeu;

}  // namespace

CoreSplit::CoreSplit(ScopeWindow& window, const SlotTable& slots, const LaneCores& lanes,
                     const CoreEnergy& energy, std::span<const EnergyInterval> intervals,
                     const TickTimes& times, std::uint64_t tick, double joules_per_unit)
    : package_(energy.package()),
      first_tick_(window.first_tick()),
      lane_count_(slots.groups().count -
                  slots.groups().first[static_cast<std::size_t>(GroupKind::kLane)]) {
  if (tick <= first_tick_) return;
  const auto ticks = static_cast<std::size_t>(tick - first_tick_);
  units_.assign(ticks, 0.0);
  std::vector<bool> shared(ticks, false);
  for (const EnergyInterval& interval : intervals)
    for (std::uint64_t at = interval.begin; at < std::min(interval.end, tick); ++at) {
      units_[at - first_tick_] +=
          static_cast<double>(interval.units) / static_cast<double>(interval.end - interval.begin);
      shared[at - first_tick_] = true;
    }
  find_parts(energy, tick, joules_per_unit);
  for (Part& part : parts_) {
    const auto begin = shared.begin() + static_cast<std::ptrdiff_t>(part.begin - first_tick_);
    const auto end = shared.begin() + static_cast<std::ptrdiff_t>(part.end - first_tick_);
    part.whole = !part.cut && std::find(begin, end, false) == end;
  }
  shares_.resize(parts_.size() * lane_count_);
  part_rest_.assign(parts_.size(), 0.0);
  double busy = 0.0;
  for (const WindowTaker& taker : window.takers(first_tick_, tick))
    busy += static_cast<double>(taker.busy);
  LaneCores::Reader reader(lanes);
  for (std::size_t part = 0; part < parts_.size(); ++part)
    weigh(window, slots, lanes, reader, part);
  if (!known_) return;
  known_part_ = busy > 0.0 ? known_busy_ / busy : 0.0;

  // The rest flows evenly through each part; where nothing is known, as elsewhere on average.
  const auto length_ns = [&](std::size_t at) { return times.length_ns(first_tick_ + at); };
  std::vector<double> part_ns(parts_.size(), 0.0);
  double rest = 0.0;
  double rest_ns = 0.0;
  for (std::size_t at = 0; at < ticks; ++at)
    if (part_of_tick_[at] != kNoPart && shared[at]) part_ns[part_of_tick_[at]] += length_ns(at);
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    rest += part_rest_[part];
    rest_ns += part_ns[part];
  }
  const double mean_rate = rest_ns > 0.0 ? rest / rest_ns : 0.0;
  rest_.assign(ticks + 1, 0.0);
  for (std::size_t at = 0; at < ticks; ++at) {
    const std::uint32_t part = part_of_tick_[at];
    const double rate =
        part != kNoPart && part_ns[part] > 0.0 ? part_rest_[part] / part_ns[part] : mean_rate;
    rest_[at + 1] = rest_[at] + rate * length_ns(at);
  }
  mean_rest_ = rest_.back() / static_cast<double>(ticks);

  // Units become ns again, and lanes in no part get what the others have on average.
  double known_work = 0.0;
  double known_busy = 0.0;
  for (std::size_t at = 0; at < ticks; ++at)
    if (part_of_tick_[at] != kNoPart)
      for (const WindowTaker& taker : window.takers(first_tick_ + at, first_tick_ + at + 1)) {
        known_work += static_cast<double>(taker.work);
        known_busy += static_cast<double>(taker.busy);
      }
  const double scale = known_work > 0.0 ? known_busy / known_work : 0.0;
  for (std::size_t at = 0; at < ticks; ++at)
    if (part_of_tick_[at] != kNoPart)
      for (WindowTaker& taker : window.takers(first_tick_ + at, first_tick_ + at + 1))
        taker.work = static_cast<float>(scale * static_cast<double>(taker.work));
}

void CoreSplit::find_parts(const CoreEnergy& energy, std::uint64_t tick, double joules_per_unit) {
  part_of_tick_.assign(units_.size(), kNoPart);
  for (const CoreStretch& stretch : energy.stretches()) {
    Part part;
    part.begin = std::max(stretch.begin, first_tick_);
    part.end = std::min(stretch.end, tick);
    if (part.begin >= part.end) continue;
    const double covered = static_cast<double>(part.end - part.begin) /
                           static_cast<double>(stretch.end - stretch.begin);
    part.cut = part.begin != stretch.begin || part.end != stretch.end;
    for (const auto& joules : stretch.joules)
      part.core_units.push_back(joules ? std::optional(*joules * covered / joules_per_unit)
                                       : std::nullopt);
    for (std::uint64_t at = part.begin; at < part.end; ++at) part.units += units_[at - first_tick_];
    // Nothing to be shared, or no core that told: as if there were no such stretch.
    if (part.units <= 0.0 || std::none_of(part.core_units.begin(), part.core_units.end(),
                                          [](const auto& units) { return units.has_value(); }))
      continue;
    for (std::uint64_t at = part.begin; at < part.end; ++at)
      part_of_tick_[at - first_tick_] = static_cast<std::uint32_t>(parts_.size());
    parts_.push_back(std::move(part));
  }
}

void CoreSplit::weigh(ScopeWindow& window, const SlotTable& slots, const LaneCores& lanes,
                      LaneCores::Reader& reader, std::size_t number) {
  const Part& part = parts_[number];
  std::vector<double> core_work(part.core_units.size(), 0.0);
  // By taker of the part: its core, if what that used is known.
  std::vector<std::uint32_t> core_of_taker;
  std::set<std::uint32_t> there;
  double busy = 0.0;
  for (std::uint64_t at = part.begin; at < part.end; ++at)
    for (const WindowTaker& taker : window.takers(at, at + 1)) {
      const std::uint32_t lane = slots.slots()[taker.slot].lane;
      there.insert(lane);
      const auto core = reader.at(lane, at);
      const bool told = core && *core < core_work.size() && part.core_units[*core];
      const bool elsewhere = core && lanes.package_of(*core) != package_;
      core_of_taker.push_back(told ? *core : elsewhere ? kElsewhere : kNotKnown);
      if (!told) continue;
      core_work[*core] += static_cast<double>(taker.work);
      busy += static_cast<double>(taker.busy);
    }
  double units = 0.0;
  double work = 0.0;
  std::vector<double> factor(core_work.size(), 0.0);
  for (std::size_t core = 0; core < core_work.size(); ++core) {
    if (core_work[core] <= 0.0) continue;
    units += *part.core_units[core];
    work += core_work[core];
    factor[core] = *part.core_units[core] / core_work[core];
  }
  if (units <= 0.0) {
    for (std::uint64_t at = part.begin; at < part.end; ++at)
      part_of_tick_[at - first_tick_] = kNoPart;
    return;
  }
  known_ = true;
  known_busy_ += busy;
  std::map<std::uint32_t, double> process_units;
  std::size_t next = 0;
  for (WindowTaker& taker : window.takers(part.begin, part.end)) {
    const std::uint32_t core = core_of_taker[next++];
    const double own = core == kElsewhere ? 0.0
                                          : (core == kNotKnown ? units / work : factor[core]) *
                                                static_cast<double>(taker.work);
    taker.work = static_cast<float>(own);
    process_units[lanes.process_of(slots.slots()[taker.slot].lane)] += own;
  }
  // Cores on which nobody was seen, but which one process has for itself.
  std::map<std::uint32_t, double> unseen_units;
  for (std::uint32_t core = 0; core < core_work.size(); ++core) {
    if (!part.core_units[core] || core_work[core] > 0.0) continue;
    std::set<std::uint32_t> processes;
    for (const std::uint32_t lane : there)
      if (lanes.may_use(lane, core)) processes.insert(lanes.process_of(lane));
    if (processes.size() == 1) unseen_units[*processes.begin()] += *part.core_units[core];
  }
  double all = 0.0;
  for (WindowTaker& taker : window.takers(part.begin, part.end)) {
    const std::uint32_t lane = slots.slots()[taker.slot].lane;
    const std::uint32_t process = lanes.process_of(lane);
    if (const auto more = unseen_units.find(process);
        more != unseen_units.end() && process_units[process] > 0.0)
      taker.work *= static_cast<float>(1.0 + more->second / process_units[process]);
    share(number, lane).wanted += static_cast<double>(taker.work);
    all += static_cast<double>(taker.work);
  }
  // The package is what is shared: its cores cannot have used more.
  const double most = std::min(1.0, part.units / all);
  for (const std::uint32_t lane : there) share(number, lane).wanted *= most;
  part_rest_[number] = part.units - most * all;
}

double CoreSplit::rest_units(std::uint64_t begin, std::uint64_t end) const {
  const std::uint64_t last = first_tick_ + units_.size();
  const auto until = [&](std::uint64_t tick) {
    const std::uint64_t inside = std::clamp(tick, first_tick_, last);
    return rest_[inside - first_tick_] +
           mean_rest_ * static_cast<double>(std::max(tick, last) - last);
  };
  return until(end) - until(begin);
}

void CoreSplit::note(std::uint64_t tick, std::uint32_t lane, double units) {
  if (tick - first_tick_ >= part_of_tick_.size()) return;
  const std::uint32_t part = part_of_tick_[tick - first_tick_];
  if (part != kNoPart) share(part, lane).got += units;
}

void CoreSplit::adjust(ScopeWindow& window, const SlotTable& slots) {
  // Far from what it is by then nothing is to be gained: a lane that hardly ran.
  constexpr double kMost = 8.0;
  for (std::size_t at = 0; at < part_of_tick_.size(); ++at) {
    const std::uint32_t part = part_of_tick_[at];
    if (part == kNoPart) continue;
    for (WindowTaker& taker : window.takers(first_tick_ + at, first_tick_ + at + 1)) {
      const Share& own = share(part, slots.slots()[taker.slot].lane);
      if (own.got > 0.0)
        taker.work *= static_cast<float>(std::clamp(own.wanted / own.got, 1.0 / kMost, kMost));
    }
  }
  for (Share& one : shares_) one.got = 0.0;
}

}  // namespace joulepath::analysis
