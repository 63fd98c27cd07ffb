#include "core/analysis/energy_sharing.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace joulepath::analysis {
namespace {

/// Sum of the weights of one interval: far below the ledger's 2^56, and fine enough that
/// rounding moves no share by a part in 10^10.
constexpr double kWeightSum = 1099511627776.0;  // 2^40
/// Intervals whose ends are known much worse than usual only disturb a fit.
constexpr double kWorseThanUsual = 4.0;
/// From this many intervals on, powers are better guesses than equal ones.
constexpr std::size_t kFewestForPowers = 8;
/// Power at an end may lie above the highest seen over longer stretches.
constexpr double kPeak = 1.25;

double usual_width(std::span<const EnergyInterval> intervals) {
  std::vector<double> widths;
  for (const EnergyInterval& interval : intervals) widths.push_back(interval.end_error.width_ns);
  const auto middle = widths.begin() + static_cast<std::ptrdiff_t>(widths.size() / 2);
  std::nth_element(widths.begin(), middle, widths.end());
  return *middle;
}

bool usable(const EnergyInterval& interval, double usual_ns) {
  const double most = kWorseThanUsual * usual_ns + 1000.0;
  return interval.begin_error.width_ns <= most && interval.end_error.width_ns <= most;
}

std::uint32_t most_lanes(const ScopeWindow& window, const EnergyInterval& interval) {
  std::uint32_t lanes = 1;
  for (std::uint64_t tick = interval.begin; tick < interval.end; ++tick)
    lanes = std::max(lanes, window.lanes(tick));
  return lanes;
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

std::optional<PowerFit> EnergySharing::fit(ScopeWindow& window, const FitClasses& classes,
                                           std::span<const EnergyInterval> intervals,
                                           double static_power) {
  if (classes.count() < 2 || intervals.size() < kFewestForPowers) return std::nullopt;
  const double usual_ns = usual_width(intervals);
  const auto count = static_cast<std::size_t>(
      std::count_if(intervals.begin(), intervals.end(),
                    [&](const auto& interval) { return usable(interval, usual_ns); }));
  if (count < kFewestForPowers) return std::nullopt;
  PowerFit fit(classes.count(), count);
  class_ns_.assign(classes.count(), 0.0);
  for (const EnergyInterval& interval : intervals) {
    if (!usable(interval, usual_ns)) continue;
    for (const WindowTaker& taker : window.takers(interval.begin, interval.end))
      class_ns_[classes.class_of(taker.slot)] += static_cast<double>(taker.busy);
    class_times_.clear();
    for (std::uint32_t c = 0; c < class_ns_.size(); ++c)
      if (const double ns = std::exchange(class_ns_[c], 0.0); ns > 0.0)
        class_times_.push_back({c, ns});
    const double dynamic = static_cast<double>(interval.units) - static_power * interval.length_ns;
    fit.add({class_times_, dynamic, most_lanes(window, interval), interval.begin_error,
             interval.end_error});
  }
  fit.solve();
  return fit;
}

void EnergySharing::share(std::span<const WindowTaker> takers, const EnergyInterval& interval,
                          const Split& split) {
  double wall_ns = 0.0;
  double dynamic = 0.0;
  weights_.clear();
  for (const WindowTaker& taker : takers) {
    wall_ns += static_cast<double>(taker.ns);
    const double power =
        split.powers.empty() ? 1.0 : split.powers[split.classes->class_of(taker.slot)];
    weights_.push_back(power * static_cast<double>(taker.busy));
    dynamic += weights_.back();
  }
  const auto units = static_cast<double>(interval.units);
  // Where nobody is known to have run, all is shared as the static part is: by presence.
  double static_part =
      units > 0.0 ? std::min(split.static_power * interval.length_ns / units, 1.0) : 0.0;
  if (dynamic <= 0.0) static_part = 1.0;
  std::uint64_t sum = 0;
  takers_.clear();
  for (std::size_t i = 0; i < takers.size(); ++i) {
    double part = static_part * static_cast<double>(takers[i].ns) / wall_ns;
    if (dynamic > 0.0) part += (1.0 - static_part) * weights_[i] / dynamic;
    const auto weight = static_cast<std::uint64_t>(std::llround(part * kWeightSum));
    takers_.push_back({takers[i].slot, weight});
    sum += weight;
    for (const std::uint32_t group : slots_.slots()[takers[i].slot].groups)
      group_shares_[group] += part * units;
  }
  ledger_.share(interval.units, takers_, sum, slots_.slots().size());
}

BoundedInterval EnergySharing::bounded(const EnergyInterval& interval,
                                       std::span<const GroupTime> groups,
                                       double highest_power) const {
  const double ends_ns = interval.begin_error.width_ns + interval.end_error.width_ns;
  BoundedInterval bounded;
  bounded.groups = groups;
  bounded.units = static_cast<double>(interval.units);
  bounded.end_units =
      kPeak * highest_power *
          std::max(interval.begin_error.width_ns / 2.0 + std::abs(interval.begin_error.shift_ns),
                   interval.end_error.width_ns / 2.0 + std::abs(interval.end_error.shift_ns)) +
      1.0;
  // The lane that was there longest leaves this much of the interval to nobody.
  const std::uint32_t first_lane = slots_.groups().index(GroupKind::kLane, 0);
  double longest_ns = 0.0;
  for (const GroupTime& time : groups)
    if (time.group >= first_lane) longest_ns = std::max(longest_ns, time.ns);
  const double absent_ns = interval.length_ns - longest_ns - ends_ns;
  bounded.absent_units = std::max(absent_ns, 0.0) * kPeak * highest_power;
  bounded.relative_end = interval.length_ns > 0.0 ? ends_ns / interval.length_ns : 1.0;
  return bounded;
}

void EnergySharing::share_window(ScopeWindow& window, std::span<const EnergyInterval> intervals,
                                 double static_power, double highest_power) {
  if (intervals.empty()) return;
  const FitClasses classes(slots_, present(window, intervals), intervals.size());
  const auto fitted = fit(window, classes, intervals, static_power);
  Split split{&classes, {}, static_power};
  if (fitted) split.powers = fitted->powers();

  group_shares_.assign(slots_.groups().count, 0.0);
  std::vector<std::vector<GroupTime>> merged;
  std::vector<BoundedInterval> bounded_intervals;
  merged.reserve(intervals.size());
  std::uint64_t units = 0;
  GroupTimes several;
  for (const EnergyInterval& interval : intervals) {
    const auto takers = window.takers(interval.begin, interval.end);
    share(takers, interval, split);
    units += interval.units;
    std::span<const GroupTime> groups;
    if (interval.end - interval.begin == 1) {
      groups = window.groups(interval.begin, interval.end);
    } else {
      for (const WindowTaker& taker : takers)
        several.add(slots_.slots()[taker.slot], static_cast<double>(taker.ns));
      several.move_to(merged.emplace_back());
      groups = merged.back();
    }
    bounded_intervals.push_back(bounded(interval, groups, highest_power));
    bounded_intervals.back().lanes = most_lanes(window, interval);
  }
  const bool enough = fitted && intervals.size() >= PowerFit::kFewestIntervals;
  (enough ? facts_.fitted_units : facts_.timed_units) += units;
  if (enough) facts_.residual += fitted->residual() * static_cast<double>(units);
  bounds_.add_window(bounded_intervals, group_shares_,
                     [&](std::uint32_t group) -> std::optional<double> {
                       if (!enough) return std::nullopt;
                       const auto members = classes.members(group);
                       if (!members) return std::nullopt;
                       const FitShare share = fitted->share(*members);
                       if (!share.determined) return std::nullopt;
                       return share.half_width;
                     });
}

void EnergySharing::share_alone(std::span<const WindowTaker> takers, const EnergyInterval& interval,
                                double highest_power) {
  group_shares_.assign(slots_.groups().count, 0.0);
  share(takers, interval, {});
  facts_.timed_units += interval.units;
  GroupTimes times;
  for (const WindowTaker& taker : takers)
    times.add(slots_.slots()[taker.slot], static_cast<double>(taker.ns));
  std::vector<GroupTime> groups;
  times.move_to(groups);
  BoundedInterval whole = bounded(interval, groups, highest_power);
  const std::uint32_t first_lane = slots_.groups().index(GroupKind::kLane, 0);
  whole.lanes = static_cast<std::uint32_t>(
      std::count_if(groups.begin(), groups.end(),
                    [&](const GroupTime& time) { return time.group >= first_lane; }));
  bounds_.add_window({&whole, 1}, group_shares_,
                     [](std::uint32_t) -> std::optional<double> { return std::nullopt; });
}

}  // namespace joulepath::analysis
