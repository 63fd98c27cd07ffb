#include "core/analysis/scope_window.hpp"

#include <algorithm>

namespace joulepath::analysis {
namespace {

std::size_t begin_of(const std::vector<std::size_t>& ends, std::size_t tick) {
  return tick == 0 ? 0 : ends[tick - 1];
}

/// Drops the elements of the first `ticks` ticks.
template <class Element>
void drop(std::vector<Element>& elements, std::vector<std::size_t>& ends, std::size_t ticks) {
  const std::size_t gone = begin_of(ends, ticks);
  elements.erase(elements.begin(), elements.begin() + static_cast<std::ptrdiff_t>(gone));
  ends.erase(ends.begin(), ends.begin() + static_cast<std::ptrdiff_t>(ticks));
  for (std::size_t& end : ends) end -= gone;
}

}  // namespace

void ScopeWindow::end_tick(const SlotTable& slots, GroupTimes& scratch) {
  const std::size_t begin = taker_ends_.empty() ? 0 : taker_ends_.back();
  for (std::size_t i = begin; i < takers_.size(); ++i)
    scratch.add(slots.slots()[takers_[i].slot], static_cast<double>(takers_[i].ns));
  const std::size_t groups_before = groups_.size();
  scratch.move_to(groups_);
  const std::uint32_t first_lane = slots.groups().index(GroupKind::kLane, 0);
  lanes_.push_back(static_cast<std::uint32_t>(
      std::count_if(groups_.begin() + static_cast<std::ptrdiff_t>(groups_before), groups_.end(),
                    [&](const GroupTime& time) { return time.group >= first_lane; })));
  taker_ends_.push_back(takers_.size());
  group_ends_.push_back(groups_.size());
}

void ScopeWindow::note_busy(BusyTime& busy, const SlotTable& slots, std::uint64_t tick) {
  for (std::uint64_t now = first_tick_; now < tick; ++now) {
    for (WindowTaker& taker : takers(now, now + 1)) {
      const Slot& slot = slots.slots()[taker.slot];
      const BusyParts parts = busy.at(slot.lane, now);
      taker.busy = taker.ns *
                   static_cast<float>(is_compute(slot, slots.groups()) ? parts.compute : parts.mpi);
    }
  }
}

void ScopeWindow::drop_before(std::uint64_t tick) {
  const auto ticks = static_cast<std::size_t>(tick - first_tick_);
  drop(takers_, taker_ends_, ticks);
  drop(groups_, group_ends_, ticks);
  lanes_.erase(lanes_.begin(), lanes_.begin() + static_cast<std::ptrdiff_t>(ticks));
  first_tick_ = tick;
}

std::span<WindowTaker> ScopeWindow::takers(std::uint64_t begin, std::uint64_t end) {
  const std::size_t from = begin_of(taker_ends_, begin - first_tick_);
  const std::size_t to = begin_of(taker_ends_, end - first_tick_);
  return std::span<WindowTaker>(takers_).subspan(from, to - from);
}

std::span<const GroupTime> ScopeWindow::groups(std::uint64_t begin, std::uint64_t end) const {
  const std::size_t from = begin_of(group_ends_, begin - first_tick_);
  const std::size_t to = begin_of(group_ends_, end - first_tick_);
  return std::span<const GroupTime>(groups_).subspan(from, to - from);
}

}  // namespace joulepath::analysis
