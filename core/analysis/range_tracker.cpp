#include "core/analysis/range_tracker.hpp"

#include <array>

namespace joulepath::analysis {

void PresenceFinder::find(std::span<const Taker> takers, const SlotTable& slots,
                          GroupPresence& presence) {
  seen_.resize(slots.groups().count, 0);
  ++call_;
  presence.groups.clear();
  presence.sole.clear();
  std::array<std::uint32_t, kGroupKinds> distinct{};
  std::array<std::uint32_t, kGroupKinds> latest{};
  for (const Taker& taker : takers) {
    const auto& groups = slots.slots()[taker.slot].groups;
    for (std::size_t kind = 0; kind < kGroupKinds; ++kind) {
      const std::uint32_t group = groups[kind];
      if (seen_[group] == call_) continue;
      seen_[group] = call_;
      ++distinct[kind];
      latest[kind] = group;
      presence.groups.push_back(group);
    }
  }
  for (std::size_t kind = 0; kind < kGroupKinds; ++kind)
    if (distinct[kind] == 1) presence.sole.push_back(latest[kind]);
}

void RangeTracker::add(std::uint64_t units, const GroupPresence& presence,
                       std::size_t group_count) {
  if (ranges_.size() < group_count) ranges_.resize(group_count);
  ++interval_;
  for (const std::uint32_t group : presence.groups) {
    GroupRange& range = ranges_[group];
    range.joint += units;
    if (range.joint_runs == 0 || range.last_joint + 1 != interval_) ++range.joint_runs;
    range.last_joint = interval_;
  }
  for (const std::uint32_t group : presence.sole) {
    GroupRange& range = ranges_[group];
    range.sole += units;
    if (range.sole_runs == 0 || range.last_sole + 1 != interval_) ++range.sole_runs;
    range.last_sole = interval_;
  }
}

std::vector<GroupRange> RangeTracker::ranges(std::size_t group_count) const {
  std::vector<GroupRange> ranges = ranges_;
  ranges.resize(group_count);
  return ranges;
}

}  // namespace joulepath::analysis
