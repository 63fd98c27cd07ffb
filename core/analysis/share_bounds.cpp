#include "core/analysis/share_bounds.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace joulepath::analysis {
namespace {

constexpr std::uint64_t kEnoughLooks = 8;
/// Of the range seen, on each side.
constexpr double kRoom = 0.125;

}  // namespace

std::size_t ShareBounds::kind_of(std::uint32_t group) const {
  std::size_t kind = kGroupKinds - 1;
  while (kind > 0 && group < layout_.first[kind]) --kind;
  return kind;
}

ShareBounds::Range& ShareBounds::range(std::size_t kind, std::uint32_t lanes) {
  auto& ranges = ranges_[kind];
  if (ranges.size() <= lanes) ranges.resize(lanes + 1u);
  return ranges[lanes];
}

/// Calls `visit(kind, groups)` for each kind with the groups of that kind.
template <class Visit>
void ShareBounds::by_kind(const BoundedInterval& interval, Visit visit) const {
  for (std::size_t begin = 0; begin < interval.groups.size();) {
    const std::size_t kind = kind_of(interval.groups[begin].group);
    std::size_t end = begin + 1;
    while (end < interval.groups.size() && kind_of(interval.groups[end].group) == kind) ++end;
    visit(kind, interval.groups.subspan(begin, end - begin));
    begin = end;
  }
}

void ShareBounds::note_power(const BoundedInterval& interval) {
  by_kind(interval, [&](std::size_t kind, std::span<const GroupTime> groups) {
    if (groups.size() != 1 || groups[0].ns <= 0.0 || interval.absent_units > 0.0) return;
    groups_[groups[0].group].alone = true;
    const double power = interval.units / groups[0].ns;
    const double lo = power * (1.0 - interval.relative_end);
    const double hi = power * (1.0 + interval.relative_end);
    Range& seen = range(kind, interval.lanes);
    seen = seen.looks > 0 ? Range{std::min(seen.lo, lo), std::max(seen.hi, hi), seen.looks + 1}
                          : Range{lo, hi, 1};
  });
}

void ShareBounds::bound_kind(const BoundedInterval& interval, std::span<const GroupTime> groups,
                             std::size_t kind) {
  if (groups.size() == 1) {
    Group& group = groups_[groups[0].group];
    Window& window = group.window(interval);
    window.active = true;
    window.lo += std::max(interval.units - interval.absent_units, 0.0);
    window.hi += interval.units;
    if (group.stretch_end != interval.begin) {
      // What is inside a stretch telescopes; each of its ends may hold another's energy at
      // one side, or leave its own to the next interval at the other.
      const double ends = group.unallowed() + interval.end_units;
      window.lo -= ends;
      window.hi += ends;
      group.stretch_units = interval.end_units;
    }
    group.stretch_end = interval.end;
    group.last_end_units = interval.end_units;
    return;
  }
  const Range& seen = range(kind, interval.lanes);
  const double room = kRoom * (seen.hi - seen.lo);
  const auto powers = [&](const GroupTime& time) -> Range {
    if (groups_[time.group].alone && seen.looks >= kEnoughLooks)
      return {std::max(seen.lo - room, 0.0), seen.hi + room, seen.looks};
    return {0.0, cap_, 0};
  };
  double least = 0.0;
  double most = 0.0;
  for (const GroupTime& time : groups) {
    if (time.ns <= 0.0) continue;
    const Range power = powers(time);
    least += power.lo * time.ns;
    most += power.hi * time.ns;
  }
  for (const GroupTime& time : groups) {
    Window& window = groups_[time.group].window(interval);
    window.active = window.mixed = true;
    if (time.ns <= 0.0) continue;
    const Range power = powers(time);
    const double own_least = power.lo * time.ns;
    const double own_most = power.hi * time.ns;
    // With an unknown power among the others, infinity less infinity may stand here.
    const double others_most = std::isinf(most) ? interval.units : most - own_most;
    const double lo =
        std::max({own_least, interval.units - interval.absent_units - others_most, 0.0});
    const double hi = std::min({own_most, interval.units - (least - own_least), interval.units});
    window.lo += std::max(std::min(lo, interval.units) - interval.end_units, 0.0);
    window.hi += std::max(hi, 0.0) + interval.end_units;
  }
}

void ShareBounds::bound(const BoundedInterval& interval) {
  by_kind(interval, [&](std::size_t kind, std::span<const GroupTime> groups) {
    bound_kind(interval, groups, kind);
  });
}

void ShareBounds::settle(Group& group, Window window, double share,
                         std::optional<double> fit_width) {
  if (!window.active) return;
  group.sum.active = true;
  if (window.mixed) {
    if (fit_width) {
      window.lo = std::max(window.lo, share - *fit_width);
      window.hi = std::min(window.hi, share + *fit_width);
    } else {
      group.sum.fitted = false;
    }
  }
  // A share outside of what is certain shows an error of the split: it widens the bounds.
  group.sum.lo += std::min(window.lo, share);
  group.sum.hi += std::max(window.hi, share);
}

void ShareBounds::add_window(std::span<const BoundedInterval> intervals,
                             std::span<const double> shares, std::span<const double> other_shares,
                             const FitWidth& fit_width) {
  groups_.resize(layout_.count);
  for (const BoundedInterval& interval : intervals) note_power(interval);
  for (const BoundedInterval& interval : intervals) bound(interval);
  for (std::uint32_t index = 0; index < groups_.size(); ++index) {
    Group& group = groups_[index];
    const Window usual = std::exchange(group.usual, {});
    settle(group, usual, shares[index], usual.mixed ? fit_width(index) : std::nullopt);
    settle(group, std::exchange(group.others, {}), other_shares[index], std::nullopt);
  }
}

std::vector<GroupBounds> ShareBounds::bounds() const {
  std::vector<GroupBounds> bounds(layout_.count);
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    bounds[i] = groups_[i].sum;
    bounds[i].lo -= groups_[i].unallowed();
    bounds[i].hi += groups_[i].unallowed();
  }
  return bounds;
}

}  // namespace joulepath::analysis
