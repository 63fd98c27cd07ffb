#include "core/analysis/energy_sharing.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/analysis/joined_intervals.hpp"
#include "core/analysis/usual_interval.hpp"

namespace joulepath::analysis {
namespace {

/// Sum of the weights of one interval: far below the ledger's 2^56, and fine enough that
/// rounding moves no share by a part in 10^10.
constexpr double kWeightSum = 1099511627776.0;  // 2^40
/// Width of an end over the length of an interval: beyond, the correction for it is too large
/// a part of what a fit says (plain readings of a counter that updates ten times a tick).
constexpr double kWidestEnd = 0.08;
/// Units of an interval, in the mean, from which on its energy is fine-grained.
constexpr double kFewestUnits = 20.0;
/// Part of the time in which lanes that never sleep hold a CPU.
constexpr double kAwake = 0.98;
/// From this many intervals on, powers are better guesses than equal ones.
constexpr std::size_t kFewestForPowers = 8;
/// Power at an end may lie above the highest seen over longer stretches.
constexpr double kPeak = 2.0;

std::uint32_t most_lanes(const ScopeWindow& window, const EnergyInterval& interval) {
  std::uint32_t lanes = 1;
  for (std::uint64_t tick = interval.begin; tick < interval.end; ++tick)
    lanes = std::max(lanes, window.lanes(tick));
  return lanes;
}

std::optional<double> no_fit(std::uint32_t) {
  return std::nullopt;
}

/// Whether lanes sleep for a noticeable part of their time, or come and go.
bool sleep_or_leave(ScopeWindow& window, std::span<const EnergyInterval> intervals) {
  double ns = 0.0;
  double busy = 0.0;
  const std::uint32_t lanes = most_lanes(window, intervals.front());
  for (const EnergyInterval& interval : intervals) {
    if (most_lanes(window, interval) != lanes) return true;
    for (const WindowTaker& taker : window.takers(interval.begin, interval.end)) {
      ns += static_cast<double>(taker.ns);
      busy += static_cast<double>(taker.busy);
    }
  }
  return busy < kAwake * ns;
}

}  // namespace

std::vector<std::uint32_t> EnergySharing::present(ScopeWindow& window,
                                                  std::span<const EnergyInterval> intervals) {
  seen_.assign(slots_.slots().size(), false);
  std::vector<std::uint32_t> present;
  for (const EnergyInterval& interval : intervals) {
    for (const WindowTaker& taker : window.takers(interval.begin, interval.end)) {
      if (seen_[taker.slot]) continue;
      seen_[taker.slot] = true;
      present.push_back(taker.slot);
    }
  }
  return present;
}

EnergySharing::Split EnergySharing::split_of(ScopeWindow& window, const FitClasses& classes,
                                             std::span<const EnergyInterval> intervals,
                                             double static_power) {
  Split split{&classes, static_power, std::nullopt};
  if (classes.count() < 2 || intervals.size() < kFewestForPowers) return split;
  double units = 0.0;
  for (const EnergyInterval& interval : intervals) units += static_cast<double>(interval.units);
  // A counter of coarse units ends its intervals by itself, at times that are not random.
  if (units < kFewestUnits * static_cast<double>(intervals.size())) return split;
  split.fit.emplace(classes.count(), intervals.size());
  class_ns_.assign(classes.count(), 0.0);
  for (const EnergyInterval& interval : intervals) {
    for (const WindowTaker& taker : window.takers(interval.begin, interval.end))
      class_ns_[classes.class_of(taker.slot)] += static_cast<double>(taker.busy);
    class_times_.clear();
    for (std::uint32_t c = 0; c < class_ns_.size(); ++c)
      if (const double ns = std::exchange(class_ns_[c], 0.0); ns > 0.0)
        class_times_.push_back({c, ns});
    const double dynamic = static_cast<double>(interval.units) - static_power * interval.length_ns;
    split.fit->add({class_times_, dynamic, most_lanes(window, interval), interval.begin_error,
                    interval.end_error});
  }
  split.fit->solve();
  return split;
}

void EnergySharing::divide(std::span<const WindowTaker> takers, const EnergyInterval& interval,
                           const Split& split) {
  double wall_ns = 0.0;
  double dynamic = 0.0;
  parts_.clear();
  for (const WindowTaker& taker : takers) {
    wall_ns += static_cast<double>(taker.ns);
    const double power = split.fit ? split.fit->powers()[split.classes->class_of(taker.slot)] : 1.0;
    parts_.push_back(power * static_cast<double>(taker.busy));
    dynamic += parts_.back();
  }
  const auto units = static_cast<double>(interval.units);
  double static_part =
      units > 0.0 ? std::min(split.static_power * interval.length_ns / units, 1.0) : 0.0;
  // Where nobody is known to have run, all is shared as the static part is: by presence.
  if (dynamic <= 0.0) static_part = 1.0;
  for (std::size_t i = 0; i < takers.size(); ++i) {
    const double own = dynamic > 0.0 ? (1.0 - static_part) * parts_[i] / dynamic : 0.0;
    parts_[i] = static_part * static_cast<double>(takers[i].ns) / wall_ns + own;
  }
}

void EnergySharing::add_to_groups(std::span<const WindowTaker> takers, std::uint64_t units,
                                  std::vector<double>& group_shares) const {
  for (std::size_t i = 0; i < takers.size(); ++i)
    for (const std::uint32_t group : slots_.slots()[takers[i].slot].groups)
      group_shares[group] += parts_[i] * static_cast<double>(units);
}

void EnergySharing::share(std::span<const WindowTaker> takers, const EnergyInterval& interval,
                          const Split& split, std::vector<double>& group_shares) {
  divide(takers, interval, split);
  std::uint64_t sum = 0;
  takers_.clear();
  for (std::size_t i = 0; i < takers.size(); ++i) {
    const auto weight = static_cast<std::uint64_t>(std::llround(parts_[i] * kWeightSum));
    takers_.push_back({takers[i].slot, weight});
    sum += weight;
  }
  add_to_groups(takers, interval.units, group_shares);
  ledger_.share(interval.units, takers_, sum, slots_.slots().size());
}

BoundedInterval EnergySharing::bounded(const EnergyInterval& interval,
                                       std::span<const GroupTime> groups,
                                       double highest_power) const {
  const double ends_ns = interval.begin_error.width_ns + interval.end_error.width_ns;
  BoundedInterval bounded;
  bounded.groups = groups;
  bounded.units = static_cast<double>(interval.units);
  bounded.end_units = kPeak * highest_power * interval.furthest_ns() + 1.0;
  // The lane that was there longest leaves this much of the interval to nobody.
  const std::uint32_t first_lane = slots_.groups().index(GroupKind::kLane, 0);
  double longest_ns = 0.0;
  for (const GroupTime& time : groups)
    if (time.group >= first_lane) longest_ns = std::max(longest_ns, time.ns);
  const double absent_ns = interval.length_ns - longest_ns - ends_ns;
  bounded.absent_units = std::max(absent_ns, 0.0) * kPeak * highest_power;
  // Two ends in time, and a unit of the counter at each.
  bounded.relative_end = (interval.length_ns > 0.0 ? ends_ns / interval.length_ns : 1.0) +
                         2.0 / std::max(bounded.units, 1.0);
  return bounded;
}

std::vector<GroupTime> EnergySharing::groups_of(std::span<const WindowTaker> takers) {
  for (const WindowTaker& taker : takers)
    group_times_.add(slots_.slots()[taker.slot], static_cast<double>(taker.ns));
  std::vector<GroupTime> groups;
  group_times_.move_to(groups);
  return groups;
}

void EnergySharing::add_bounds(ScopeWindow& window, std::span<const EnergyInterval> intervals,
                               std::span<const double> shares, double highest_power,
                               const ShareBounds::FitWidth& fit_width) {
  std::vector<std::vector<GroupTime>> merged;
  merged.reserve(intervals.size());
  std::vector<BoundedInterval> bounded_intervals;
  bounded_intervals.reserve(intervals.size());
  for (const EnergyInterval& interval : intervals) {
    std::span<const GroupTime> groups = window.groups(interval.begin, interval.end);
    if (interval.end - interval.begin > 1) {
      merged.push_back(groups_of(window.takers(interval.begin, interval.end)));
      groups = merged.back();
    }
    bounded_intervals.push_back(bounded(interval, groups, highest_power));
    bounded_intervals.back().lanes = most_lanes(window, interval);
    facts_.absent_units += bounded_intervals.back().absent_units;
  }
  bounds_.add_window(bounded_intervals, shares, fit_width);
}

std::vector<double> EnergySharing::static_doubt(ScopeWindow& window, const FitClasses& classes,
                                                std::span<const EnergyInterval> intervals,
                                                double lowest, std::span<const double> shares) {
  std::vector<double> doubt(shares.size(), 0.0);
  for (const double power : {0.0, lowest}) {
    const Split other = split_of(window, classes, intervals, power);
    std::vector<double> shares_then(shares.size(), 0.0);
    for (const EnergyInterval& interval : intervals) {
      const auto takers = window.takers(interval.begin, interval.end);
      divide(takers, interval, other);
      add_to_groups(takers, interval.units, shares_then);
    }
    for (std::size_t group = 0; group < shares.size(); ++group)
      doubt[group] = std::max(doubt[group], std::abs(shares_then[group] - shares[group]));
  }
  return doubt;
}

void EnergySharing::share_window(ScopeWindow& window, std::span<const EnergyInterval> intervals,
                                 double static_power, double highest_power) {
  if (intervals.empty()) return;
  // A fit and its shares are of what lies between two updates that were seen; what is certain
  // without it, of each interval by itself.
  std::vector<EnergyInterval> usual;
  std::vector<EnergyInterval> unusual;
  std::vector<EnergyInterval> usual_parts;
  std::vector<EnergyInterval> unusual_parts;
  const std::vector<JoinedInterval> joined = join_at_edges(intervals);
  const UsualInterval typical(joined);
  for (const JoinedInterval& interval : joined) {
    const auto parts = intervals.subspan(interval.first, interval.count);
    const bool holds = typical.holds(interval.whole);
    auto& kept_parts = holds ? usual_parts : unusual_parts;
    (holds ? usual : unusual).push_back(interval.whole);
    kept_parts.insert(kept_parts.end(), parts.begin(), parts.end());
  }

  const FitClasses classes(slots_, present(window, intervals), usual.size());
  // Static power that is not known lies between none and the lowest power seen. Which it is
  // matters where lanes sleep (they take part in static power alone) or leave (the others
  // then have more of it).
  const bool guess = static_power <= 0.0 && sleep_or_leave(window, intervals);
  const double lowest = guess ? typical.lowest_power() : 0.0;
  const Split split = split_of(window, classes, usual, guess ? lowest / 2.0 : static_power);
  std::vector<double> shares(slots_.groups().count, 0.0);
  std::vector<double> unusual_shares(slots_.groups().count, 0.0);
  std::uint64_t units = 0;
  for (const EnergyInterval& interval : usual) {
    share(window.takers(interval.begin, interval.end), interval, split, shares);
    units += interval.units;
  }
  for (const EnergyInterval& interval : unusual)
    share(window.takers(interval.begin, interval.end), interval, split, unusual_shares);

  const std::vector<double> doubt = guess ? static_doubt(window, classes, usual, lowest, shares)
                                          : std::vector<double>(shares.size(), 0.0);
  const bool enough = split.fit && usual.size() >= PowerFit::kFewestIntervals &&
                      typical.relative_width() <= kWidestEnd;
  (enough ? facts_.fitted_units : facts_.timed_units) += units;
  if (enough) facts_.residual += split.fit->residual() * static_cast<double>(units);
  // What a fit cannot see: the ends of a stretch that comes once.
  const double ends = 2.0 * kPeak * highest_power * typical.furthest_ns();
  add_bounds(window, usual_parts, shares, highest_power,
             [&](std::uint32_t group) -> std::optional<double> {
               if (!enough) return std::nullopt;
               const auto members = classes.members(group);
               if (!members) return std::nullopt;
               const FitShare share = split.fit->share(*members);
               if (!share.determined) return std::nullopt;
               return share.half_width + doubt[group] + ends;
             });
  for (const EnergyInterval& interval : unusual) facts_.timed_units += interval.units;
  add_bounds(window, unusual_parts, unusual_shares, highest_power, no_fit);
}

void EnergySharing::share_alone(std::span<const WindowTaker> takers, const EnergyInterval& interval,
                                double highest_power) {
  std::vector<double> shares(slots_.groups().count, 0.0);
  share(takers, interval, {}, shares);
  facts_.timed_units += interval.units;
  const std::vector<GroupTime> groups = groups_of(takers);
  BoundedInterval whole = bounded(interval, groups, highest_power);
  const std::uint32_t first_lane = slots_.groups().index(GroupKind::kLane, 0);
  whole.lanes = static_cast<std::uint32_t>(
      std::count_if(groups.begin(), groups.end(),
                    [&](const GroupTime& time) { return time.group >= first_lane; }));
  facts_.absent_units += whole.absent_units;
  bounds_.add_window({&whole, 1}, shares, no_fit);
}

}  // namespace joulepath::analysis
