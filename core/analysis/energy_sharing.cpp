#include "core/analysis/energy_sharing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
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
/// The uncertainty of a fit with bad ends is itself uncertain: it must be so much smaller.
constexpr double kMuchSurer = 2.0;
/// Where updates were left unseen, a fit claims too much: beside a live counter with a known
/// truth, phases a tenth of its update period long were off by up to 1.6 times what the fit
/// allowed itself (9 of 392 figures; docs/accuracy.md, "Live"). Why, is not known.
constexpr double kUnseenUpdates = 2.5;
/// Power at an end may lie above the highest seen over longer stretches.
constexpr double kPeak = 2.0;

std::uint32_t most_lanes(const ScopeWindow& window, const EnergyInterval& interval) {
  std::uint32_t lanes = 1;
  for (std::uint64_t tick = interval.begin; tick < interval.end; ++tick)
    lanes = std::max(lanes, window.lanes(tick));
  return lanes;
}

/// Of all classes together; infinite where the data do not determine one.
double uncertainty(const PowerFit& fit, std::size_t classes) {
  double sum = 0.0;
  for (std::size_t c = 0; c < classes; ++c) {
    std::vector<bool> one(classes, false);
    one[c] = true;
    const FitShare share = fit.share(one);
    if (!share.determined) return std::numeric_limits<double>::infinity();
    sum += share.half_width;
  }
  return sum;
}

std::optional<double> no_fit(std::uint32_t) {
  return std::nullopt;
}

}  // namespace

/// Whether lanes sleep for a noticeable part of their time, or come and go.
bool EnergySharing::sleep_or_leave(ScopeWindow& window, std::span<const Piece> pieces) {
  double ns = 0.0;
  double busy = 0.0;
  const std::uint32_t lanes = most_lanes(window, pieces.front().whole);
  for (const auto& [interval, parts] : pieces) {
    if (most_lanes(window, interval) != lanes) return true;
    for (const WindowTaker& taker : window.takers(interval.begin, interval.end)) {
      ns += static_cast<double>(taker.ns);
      busy += static_cast<double>(taker.busy);
    }
  }
  return busy < kAwake * ns;
}

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

EnergySharing::Split EnergySharing::split_of(ScopeWindow& window, Split split,
                                             std::span<const Piece> pieces) {
  const FitClasses& classes = *split.classes;
  if (classes.count() < 2 || pieces.size() < kFewestForPowers) return split;
  double units = 0.0;
  for (const auto& [interval, parts] : pieces) units += static_cast<double>(interval.units);
  // A counter of coarse units ends its intervals by itself, at times that are not random.
  if (units < kFewestUnits * static_cast<double>(pieces.size())) return split;
  std::vector<EnergyInterval> wholes;
  std::vector<EnergyInterval> parts;
  for (const Piece& piece : pieces) {
    wholes.push_back(piece.whole);
    parts.insert(parts.end(), piece.parts.begin(), piece.parts.end());
  }
  split.fit = fit_of(window, split, wholes);
  split.mixed = parts.size() > wholes.size();
  if (split.mixed) {
    // Many intervals with bad ends may say more than few with good ones: that depends on how
    // long the phases are.
    PowerFit by_parts = fit_of(window, split, parts);
    if (kMuchSurer * uncertainty(by_parts, classes.count()) <
        uncertainty(*split.fit, classes.count())) {
      split.joined_fit = std::exchange(split.fit, std::move(by_parts));
    }
  }
  split.trust = trust_in_parts(window, pieces, split);
  return split;
}

PowerFit EnergySharing::fit_of(ScopeWindow& window, const Split& split,
                               std::span<const EnergyInterval> intervals) {
  const FitClasses& classes = *split.classes;
  PowerFit fit(classes.count(), intervals.size());
  class_ns_.assign(classes.count(), 0.0);
  lane_ns_.assign(classes.parts(), 0.0);
  for (const EnergyInterval& interval : intervals) {
    for (const WindowTaker& taker : window.takers(interval.begin, interval.end)) {
      const std::uint32_t of_class = classes.class_of(taker.slot);
      const double work = split.work_of(taker);
      class_ns_[of_class] += work;
      if (const auto part = classes.lane_part_of(taker.slot)) lane_ns_[*part] += work;
    }
    lane_times_.clear();
    for (std::uint32_t part = 0; part < lane_ns_.size(); ++part)
      if (const double ns = std::exchange(lane_ns_[part], 0.0); ns > 0.0)
        lane_times_.push_back({part, classes.class_of_part(part), ns});
    class_times_.clear();
    for (std::uint32_t c = 0; c < class_ns_.size(); ++c)
      if (const double ns = std::exchange(class_ns_[c], 0.0); ns > 0.0)
        class_times_.push_back({c, ns});
    const double dynamic = static_cast<double>(interval.units) - split.static_units(interval);
    fit.add({class_times_, dynamic, most_lanes(window, interval), interval.begin_error,
             interval.end_error, lane_times_});
  }
  fit.solve();
  return fit;
}

std::optional<double> EnergySharing::doubt_of(const Split& split,
                                              const std::vector<bool>& members) {
  const FitShare sure = (split.joined_fit ? *split.joined_fit : *split.fit).share(members);
  if (!sure.determined) return std::nullopt;
  const double doubts = split.mixed ? kUnseenUpdates : 1.0;
  return doubts * (sure.half_width + std::abs(sure.units - split.fit->share(members).units));
}

double EnergySharing::predicted(ScopeWindow& window, const EnergyInterval& interval,
                                const Split& split) {
  double units = split.static_units(interval);
  for (const WindowTaker& taker : window.takers(interval.begin, interval.end))
    units += split.fit->powers()[split.classes->class_of(taker.slot)] * split.work_of(taker);
  return units;
}

// What readings and fit differ by is the error of the readings' ends, which is known, and what
// the fit does not know of: instances that need more power than others, and the like. Where
// there is only the first the fit is to be trusted, else the readings.
double EnergySharing::trust_in_parts(ScopeWindow& window, std::span<const Piece> pieces,
                                     const Split& split) {
  double seen = 0.0;
  double expected = 0.0;
  for (const auto& [whole, parts] : pieces) {
    if (parts.size() < 2) continue;
    const double all = predicted(window, whole, split);
    if (all <= 0.0 || whole.length_ns <= 0.0) continue;
    const double power = static_cast<double>(whole.units) / whole.length_ns;
    for (const EnergyInterval& part : parts) {
      const double own = predicted(window, part, split);
      const double off =
          static_cast<double>(part.units) - own / all * static_cast<double>(whole.units);
      seen += off * off;
      for (const EndError& end : {part.begin_error, part.end_error})
        expected += power * power * end.width_ns * end.width_ns / 12.0;  // uniform in the width
    }
  }
  return seen > expected ? 1.0 - expected / seen : 0.0;
}

void EnergySharing::weigh_parts(ScopeWindow& window, const Piece& piece, const Split& split) {
  part_units_.clear();
  double all = 0.0;
  for (const EnergyInterval& part : piece.parts) {
    part_units_.push_back(split.fit ? predicted(window, part, split) : 0.0);
    all += part_units_.back();
  }
  const double scale = all > 0.0 ? static_cast<double>(piece.whole.units) / all : 0.0;
  const double trust = all > 0.0 ? split.trust : 1.0;
  for (std::size_t i = 0; i < piece.parts.size(); ++i)
    part_units_[i] =
        trust * static_cast<double>(piece.parts[i].units) + (1.0 - trust) * scale * part_units_[i];
}

void EnergySharing::divide(ScopeWindow& window, const Piece& piece, const Split& split) {
  shares_.clear();
  dynamic_shares_.clear();
  const auto units = static_cast<double>(piece.whole.units);
  if (piece.parts.size() < 2 || units <= 0.0) {
    divide_part(window.takers(piece.whole.begin, piece.whole.end), units,
                split.static_units(piece.whole), split, 1.0);
    return;
  }
  weigh_parts(window, piece, split);
  for (std::size_t i = 0; i < piece.parts.size(); ++i) {
    const EnergyInterval& part = piece.parts[i];
    divide_part(window.takers(part.begin, part.end), part_units_[i], split.static_units(part),
                split, part_units_[i] / units);
  }
}

void EnergySharing::divide_part(std::span<const WindowTaker> takers, double units,
                                double static_units, const Split& split, double weight) {
  const std::size_t first = shares_.size();
  double wall_ns = 0.0;
  double dynamic = 0.0;
  for (const WindowTaker& taker : takers) {
    wall_ns += static_cast<double>(taker.ns);
    const double power = split.fit ? split.fit->powers()[split.classes->class_of(taker.slot)] : 1.0;
    shares_.push_back(power * split.work_of(taker));
    dynamic += shares_.back();
  }
  double static_part = units > 0.0 ? std::min(static_units / units, 1.0) : 0.0;
  // Where nobody is known to have run, all is shared as the static part is: by presence.
  if (dynamic <= 0.0) static_part = 1.0;
  for (std::size_t i = 0; i < takers.size(); ++i) {
    double& share = shares_[first + i];
    const double own = dynamic > 0.0 ? (1.0 - static_part) * share / dynamic : 0.0;
    share = weight * (static_part * static_cast<double>(takers[i].ns) / wall_ns + own);
    dynamic_shares_.push_back(weight * own);
  }
}

void EnergySharing::follow_cores(ScopeWindow& window, std::span<const Piece> pieces,
                                 const Split& split, CoreSplit& cores) {
  // Each round leaves a small part of what the one before was off.
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& piece : pieces) {
      divide(window, piece, split);
      const EnergyInterval& whole = piece.whole;
      std::size_t at = 0;
      for (std::uint64_t tick = whole.begin; tick < whole.end; ++tick)
        for (const WindowTaker& taker : window.takers(tick, tick + 1))
          cores.note(tick, slots_.slots()[taker.slot].lane,
                     dynamic_shares_[at++] * static_cast<double>(whole.units));
    }
    cores.adjust(window, slots_);
  }
}

std::vector<double> EnergySharing::group_shares(ScopeWindow& window, std::span<const Piece> pieces,
                                                const Split& split) {
  std::vector<double> shares(slots_.groups().count, 0.0);
  for (const Piece& piece : pieces) {
    divide(window, piece, split);
    add_to_groups(window.takers(piece.whole.begin, piece.whole.end), piece.whole.units, shares);
  }
  return shares;
}

void EnergySharing::add_to_groups(std::span<const WindowTaker> takers, std::uint64_t units,
                                  std::vector<double>& group_shares) const {
  for (std::size_t i = 0; i < takers.size(); ++i)
    for (const std::uint32_t group : slots_.slots()[takers[i].slot].groups)
      group_shares[group] += shares_[i] * static_cast<double>(units);
}

void EnergySharing::share(std::span<const WindowTaker> takers, std::uint64_t units,
                          std::vector<double>& group_shares) {
  std::uint64_t sum = 0;
  takers_.clear();
  for (std::size_t i = 0; i < takers.size(); ++i) {
    const auto weight = static_cast<std::uint64_t>(std::llround(shares_[i] * kWeightSum));
    takers_.push_back({takers[i].slot, weight});
    sum += weight;
  }
  add_to_groups(takers, units, group_shares);
  ledger_.share(units, takers_, sum, slots_.slots().size());
}

BoundedInterval EnergySharing::bounded(const EnergyInterval& interval,
                                       std::span<const GroupTime> groups,
                                       double highest_power) const {
  const double ends_ns = interval.begin_error.width_ns + interval.end_error.width_ns;
  BoundedInterval bounded;
  bounded.begin = interval.begin;
  bounded.end = interval.end;
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

void EnergySharing::add_bounds(ScopeWindow& window, const Shared& usual, const Shared& others,
                               double highest_power, const ShareBounds::FitWidth& fit_width) {
  // What is certain of an interval is so of each reading by itself.
  std::vector<std::pair<EnergyInterval, bool>> intervals;
  for (const Shared* shared : {&usual, &others})
    for (const auto& [whole, parts] : shared->pieces)
      for (const EnergyInterval& part : parts) intervals.emplace_back(part, shared == &usual);
  std::sort(intervals.begin(), intervals.end(),
            [](const auto& a, const auto& b) { return a.first.begin < b.first.begin; });
  std::vector<std::vector<GroupTime>> merged;
  merged.reserve(intervals.size());
  std::vector<BoundedInterval> bounded_intervals;
  bounded_intervals.reserve(intervals.size());
  for (const auto& [interval, is_usual] : intervals) {
    std::span<const GroupTime> groups = window.groups(interval.begin, interval.end);
    if (interval.end - interval.begin > 1) {
      merged.push_back(groups_of(window.takers(interval.begin, interval.end)));
      groups = merged.back();
    }
    BoundedInterval one = bounded(interval, groups, highest_power);
    one.lanes = most_lanes(window, interval);
    one.usual = is_usual;
    facts_.absent_units += one.absent_units;
    bounded_intervals.push_back(one);
  }
  bounds_.add_window(bounded_intervals, usual.shares, others.shares, fit_width);
}

std::vector<double> EnergySharing::static_doubt(ScopeWindow& window, const FitClasses& classes,
                                                std::span<const Piece> pieces, double lowest,
                                                std::span<const double> shares) {
  std::vector<double> doubt(shares.size(), 0.0);
  for (const double power : {0.0, lowest}) {
    Split other;
    other.classes = &classes;
    other.static_power = power;
    other = split_of(window, std::move(other), pieces);
    const std::vector<double> shares_then = group_shares(window, pieces, other);
    for (std::size_t group = 0; group < shares.size(); ++group)
      doubt[group] = std::max(doubt[group], std::abs(shares_then[group] - shares[group]));
  }
  return doubt;
}

void EnergySharing::share_window(ScopeWindow& window, std::span<const EnergyInterval> intervals,
                                 double static_power, double highest_power, CoreSplit* cores) {
  if (intervals.empty()) return;
  std::vector<Piece> usual;
  std::vector<Piece> unusual;
  const std::vector<JoinedInterval> joined = join_at_edges(intervals);
  const UsualInterval typical(joined);
  for (const JoinedInterval& interval : joined)
    (typical.holds(interval.whole) ? usual : unusual)
        .push_back({interval.whole, intervals.subspan(interval.first, interval.count)});

  const FitClasses classes(slots_, present(window, intervals), usual.size(), !by_work_);
  // Static power that is not known lies between none and the lowest power seen. Which it is
  // matters where lanes sleep (they take part in static power alone) or leave (the others
  // then have more of it).
  const bool guess =
      !by_use_ && cores == nullptr && static_power <= 0.0 && sleep_or_leave(window, usual);
  const double lowest = guess ? typical.lowest_power() : 0.0;
  Split split;
  split.classes = &classes;
  split.static_power = guess ? lowest / 2.0 : static_power;
  split.cores = cores;
  split = split_of(window, std::move(split), usual);
  // That processes are as unequal as their work says is a good guess and no more: how sure the
  // shares are is asked of a fit that lets them differ, and that is as far from it as it is. It
  // knows nothing of cycles: power that rises faster than the clock would make it too sure.
  std::optional<FitClasses> own_classes;
  Split own_split;
  std::vector<double> own_shares;
  if (by_work_ || cores != nullptr) {
    own_classes.emplace(slots_, present(window, intervals), usual.size(), true);
    own_split.classes = &*own_classes;
    own_split.static_power = split.static_power;
    own_split.cores = cores;
    own_split.by_cpu_time = cores == nullptr;
    own_split = split_of(window, std::move(own_split), usual);
    own_shares = group_shares(window, usual, own_split);
  }
  const FitClasses& sure_classes = own_classes ? *own_classes : classes;
  const Split& sure_split = own_classes ? own_split : split;
  if (cores != nullptr) {
    std::vector<Piece> all = usual;
    all.insert(all.end(), unusual.begin(), unusual.end());
    follow_cores(window, all, split, *cores);
  }
  std::vector<double> shares(slots_.groups().count, 0.0);
  std::vector<double> unusual_shares(slots_.groups().count, 0.0);
  const auto share_all = [&](std::span<const Piece> pieces, std::vector<double>& group_shares) {
    std::uint64_t units = 0;
    for (const Piece& piece : pieces) {
      divide(window, piece, split);
      share(window.takers(piece.whole.begin, piece.whole.end), piece.whole.units, group_shares);
      units += piece.whole.units;
    }
    return units;
  };
  const std::uint64_t units = share_all(usual, shares);
  facts_.timed_units += share_all(unusual, unusual_shares);

  const std::vector<double> doubt = guess ? static_doubt(window, classes, usual, lowest, shares)
                                          : std::vector<double>(shares.size(), 0.0);
  const bool enough = split.fit && sure_split.fit && usual.size() >= PowerFit::kFewestIntervals &&
                      typical.relative_width() <= kWidestEnd;
  (enough ? facts_.fitted_units : facts_.timed_units) += units;
  if (enough) facts_.residual += split.fit->residual() * static_cast<double>(units);
  // What a fit cannot see: the ends of a stretch that comes once.
  const double ends = 2.0 * kPeak * highest_power * typical.furthest_ns();
  add_bounds(window, {usual, shares}, {unusual, unusual_shares}, highest_power,
             [&](std::uint32_t group) -> std::optional<double> {
               if (!enough) return std::nullopt;
               const auto members = sure_classes.members(group);
               if (!members) return std::nullopt;
               const auto fit_doubt = doubt_of(sure_split, *members);
               if (!fit_doubt) return std::nullopt;
               const double apart = own_classes ? std::abs(shares[group] - own_shares[group]) : 0.0;
               return *fit_doubt + doubt[group] + apart + ends;
             });
}

void EnergySharing::share_alone(std::span<const WindowTaker> takers, const EnergyInterval& interval,
                                double highest_power) {
  std::vector<double> shares(slots_.groups().count, 0.0);
  shares_.clear();
  dynamic_shares_.clear();
  divide_part(takers, static_cast<double>(interval.units), 0.0, {}, 1.0);
  share(takers, interval.units, shares);
  facts_.timed_units += interval.units;
  const std::vector<GroupTime> groups = groups_of(takers);
  BoundedInterval whole = bounded(interval, groups, highest_power);
  const std::uint32_t first_lane = slots_.groups().index(GroupKind::kLane, 0);
  whole.lanes = static_cast<std::uint32_t>(
      std::count_if(groups.begin(), groups.end(),
                    [&](const GroupTime& time) { return time.group >= first_lane; }));
  facts_.absent_units += whole.absent_units;
  bounds_.add_window({&whole, 1}, shares, shares, no_fit);
}

}  // namespace joulepath::analysis
