#include "core/analysis/core_bounds.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace joulepath::analysis {
namespace {

/// Lanes that may run on a core, rising; and what such cores used together.
using CoresByLanes = std::map<std::vector<std::uint32_t>, double>;

/// Presence that differs by less is the lanes' looks, which are not at one moment.
constexpr double kSamePresence = 0.02;

}  // namespace

std::vector<CoreBounds::Presence> CoreBounds::presence(ScopeWindow& window,
                                                       const CoreSplit::Part& part) {
  std::vector<Presence> groups(slots_.groups().count);
  const std::uint32_t first_lane = slots_.groups().index(GroupKind::kLane, 0);
  std::uint64_t ticks = 0;
  for (std::uint64_t tick = part.begin; tick < part.end; ++tick) {
    double all_ns = 0.0;
    for (const GroupTime& time : window.groups(tick, tick + 1))
      if (time.group >= first_lane) all_ns += time.ns;
    if (all_ns <= 0.0) continue;
    ++ticks;
    for (const GroupTime& time : window.groups(tick, tick + 1)) {
      Presence& group = groups[time.group];
      const double part_of_all = time.ns / all_ns;
      group.least = group.ticks == 0 ? part_of_all : std::min(group.least, part_of_all);
      group.most = std::max(group.most, part_of_all);
      ++group.ticks;
    }
  }
  for (Presence& group : groups)
    if (group.ticks < ticks) group.least = 0.0;
  return groups;
}

void CoreBounds::add_part(ScopeWindow& window, const CoreSplit::Part& part, int package,
                          double end_units) {
  // By lane: in how many slots it took part, and by group in how many of them.
  std::map<std::uint32_t, std::map<std::uint32_t, std::uint32_t>> groups_of_lane;
  std::map<std::uint32_t, std::uint32_t> slots_of_lane;
  std::set<std::uint32_t> seen;
  for (const WindowTaker& taker : window.takers(part.begin, part.end)) {
    if (taker.ns <= 0.0f || !seen.insert(taker.slot).second) continue;
    const Slot& slot = slots_.slots()[taker.slot];
    ++slots_of_lane[slot.lane];
    for (const std::uint32_t group : slot.groups) ++groups_of_lane[slot.lane][group];
  }
  CoresByLanes cores;
  double all_known = 0.0;
  std::vector<std::uint32_t> unknown_lanes;
  for (std::uint32_t core = 0; core < part.core_units.size(); ++core) {
    if (lanes_.package_of(core) != package) continue;
    std::vector<std::uint32_t> lanes;
    for (const auto& [lane, slots] : slots_of_lane)
      if (lanes_.may_use(lane, core)) lanes.push_back(lane);
    if (part.core_units[core]) {
      all_known += *part.core_units[core];
      if (!lanes.empty()) cores[lanes] += *part.core_units[core];
    } else {
      unknown_lanes.insert(unknown_lanes.end(), lanes.begin(), lanes.end());
    }
  }
  struct Cores {
    double certain = 0.0;
    double possible = 0.0;
  };
  std::map<std::uint32_t, Cores> of_group;
  double one_owner = 0.0;
  double several_owners = 0.0;
  for (const auto& [lanes, units] : cores) {
    std::map<std::uint32_t, std::pair<std::uint32_t, std::uint32_t>> lanes_of_group;  // some, all
    std::set<std::uint32_t> processes;
    for (const std::uint32_t lane : lanes) {
      processes.insert(lanes_.process_of(lane));
      for (const auto& [group, slots] : groups_of_lane[lane]) {
        ++lanes_of_group[group].first;
        if (slots == slots_of_lane[lane]) ++lanes_of_group[group].second;
      }
    }
    (processes.size() == 1 ? one_owner : several_owners) += units;
    for (const auto& [group, count] : lanes_of_group) {
      of_group[group].possible += units;
      // With several owners it may be that none of them was on that core.
      if (count.second == lanes.size() && processes.size() == 1) of_group[group].certain += units;
    }
  }
  const double not_known = std::max(part.units - all_known, 0.0);
  for (const std::uint32_t lane : unknown_lanes)
    for (const auto& [group, slots] : groups_of_lane[lane]) of_group[group].possible += not_known;
  // What cores used while no lane was there is not in the package's units.
  const double rest_most = std::max(part.units - (part.whole ? one_owner : 0.0), 0.0);
  const double rest_least = unknown_lanes.empty() ? std::max(rest_most - several_owners, 0.0) : 0.0;

  const std::vector<Presence> presences = presence(window, part);
  for (std::uint32_t index = 0; index < groups_.size(); ++index) {
    const Presence& there = presences[index];
    if (there.ticks == 0) continue;
    Group& group = groups_[index];
    if (part.cut) {
      group.hi += part.units;
      continue;
    }
    const Cores own = of_group[index];
    const bool same = there.most - there.least < kSamePresence * there.most;
    const bool certain = part.whole && own.certain == own.possible;
    // Its cores may have been another's, or idle, in ticks in which it was not there.
    if (part.whole && there.least > 0.0) group.lo += own.certain + rest_least * there.least;
    group.hi += own.possible + rest_most * there.most;
    // What is inside a run of stretches telescopes.
    const bool goes_on = group.certain && certain && group.last_end == part.begin && same;
    if (!goes_on) {
      group.lo -= 2.0 * end_units;
      group.hi += 2.0 * end_units;
    }
    group.certain = certain;
    group.last_end = part.end;
  }
}

void CoreBounds::add(ScopeWindow& window, const CoreSplit& split,
                     std::span<const EnergyInterval> intervals, double end_units) {
  groups_.resize(slots_.groups().count);
  any_ = true;
  for (const CoreSplit::Part& part : split.parts())
    add_part(window, part, split.package(), end_units);
  auto part = split.parts().begin();
  for (const EnergyInterval& interval : intervals) {
    while (part != split.parts().end() && part->end <= interval.begin) ++part;
    const bool inside =
        part != split.parts().end() && part->begin <= interval.begin && interval.end <= part->end;
    if (!inside) add_unknown(window.takers(interval.begin, interval.end), interval.units);
  }
}

void CoreBounds::add_unknown(std::span<const WindowTaker> takers, std::uint64_t units) {
  groups_.resize(slots_.groups().count);
  std::set<std::uint32_t> groups;
  for (const WindowTaker& taker : takers)
    for (const std::uint32_t group : slots_.slots()[taker.slot].groups) groups.insert(group);
  for (const std::uint32_t group : groups) groups_[group].hi += static_cast<double>(units);
}

void CoreBounds::apply(std::vector<GroupBounds>& bounds) const {
  if (!any_) return;
  for (std::size_t index = 0; index < std::min(bounds.size(), groups_.size()); ++index) {
    GroupBounds& group = bounds[index];
    const double lo = std::max(group.lo, groups_[index].lo);
    const double hi = std::min(group.hi, groups_[index].hi);
    if (!group.active || lo > hi) continue;
    group.lo = lo;
    group.hi = hi;
  }
}

}  // namespace joulepath::analysis
