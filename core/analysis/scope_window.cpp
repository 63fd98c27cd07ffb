#include "core/analysis/scope_window.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace joulepath::analysis {
namespace {

/// Part of the time below which a slot that came late ran seldom.
constexpr double kSeldom = 0.02;

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

void ScopeWindow::end_groups(std::size_t first_taker, const SlotTable& slots, GroupTimes& scratch) {
  for (std::size_t i = first_taker; i < takers_.size(); ++i)
    if (takers_[i].ns > 0.0f)
      scratch.add(slots.slots()[takers_[i].slot], static_cast<double>(takers_[i].ns));
  scratch.move_to(groups_);
  taker_ends_.push_back(takers_.size());
  group_ends_.push_back(groups_.size());
}

void ScopeWindow::rebuild(const std::vector<std::vector<WindowTaker>>& late, const SlotTable& slots,
                          GroupTimes& scratch) {
  const std::vector<WindowTaker> takers = std::exchange(takers_, {});
  const std::vector<std::size_t> ends = std::exchange(taker_ends_, {});
  groups_.clear();
  group_ends_.clear();
  for (std::size_t tick = 0; tick < ends.size(); ++tick) {
    const std::size_t first_taker = takers_.size();
    takers_.insert(takers_.end(),
                   takers.begin() + static_cast<std::ptrdiff_t>(begin_of(ends, tick)),
                   takers.begin() + static_cast<std::ptrdiff_t>(ends[tick]));
    if (!late.empty()) takers_.insert(takers_.end(), late[tick].begin(), late[tick].end());
    end_groups(first_taker, slots, scratch);
  }
}

void ScopeWindow::end_tick(const SlotTable& slots, GroupTimes& scratch) {
  const std::size_t groups_before = groups_.size();
  end_groups(taker_ends_.empty() ? 0 : taker_ends_.back(), slots, scratch);
  const std::uint32_t first_lane = slots.groups().index(GroupKind::kLane, 0);
  lanes_.push_back(static_cast<std::uint32_t>(
      std::count_if(groups_.begin() + static_cast<std::ptrdiff_t>(groups_before), groups_.end(),
                    [&](const GroupTime& time) { return time.group >= first_lane; })));
}

void ScopeWindow::merge_late(const SlotTable& slots, GroupTimes& scratch) {
  if (late_.empty()) return;
  std::vector<std::vector<WindowTaker>> by_tick(taker_ends_.size());
  for (const LateTime& time : std::exchange(late_, {})) {
    const std::uint64_t last = std::min(time.end, end());
    std::uint64_t first = std::max(time.begin, first_tick_);
    if (first >= last) continue;
    // How long its ticks are is told by who was there all the time.
    double length_ns = 0.0;
    for (std::uint64_t tick = first; tick < last; ++tick) length_ns += longest_ns(tick);
    if (time.ns < kSeldom * length_ns) {
      double room_ns = 0.0;
      first = last;
      do room_ns += longest_ns(--first);
      while (room_ns < time.ns && first > std::max(time.begin, first_tick_));
    }
    const double part = time.ns / static_cast<double>(last - first);
    for (std::uint64_t tick = first; tick < last; ++tick)
      by_tick[tick - first_tick_].push_back(WindowTaker::there(time.slot, part));
  }
  late_takers_ = 0;
  rebuild(by_tick, slots, scratch);
}

double ScopeWindow::longest_ns(std::uint64_t tick) const {
  double longest = 0.0;
  for (std::size_t i = begin_of(taker_ends_, tick - first_tick_);
       i < taker_ends_[tick - first_tick_]; ++i)
    longest = std::max(longest, static_cast<double>(takers_[i].ns));
  return longest;
}

double ScopeWindow::note_busy(const BusyTime& busy, const SlotTable& slots, std::uint64_t tick) {
  LaneStretches<BusyParts>::Reader reader(busy.parts());
  double all = 0.0;
  for (std::uint64_t now = first_tick_; now < tick; ++now) {
    for (WindowTaker& taker : takers(now, now + 1)) {
      const Slot& slot = slots.slots()[taker.slot];
      const BusyParts* known = reader.at(slot.lane, now);
      const BusyParts parts = known != nullptr ? *known : BusyParts{};
      taker.busy = taker.ns *
                   static_cast<float>(is_compute(slot, slots.groups()) ? parts.compute : parts.mpi);
      taker.work = taker.busy;
      all += static_cast<double>(taker.busy);
    }
  }
  return all;
}

void ScopeWindow::note_users(const GpuUsers& users, const SlotTable& slots, std::uint64_t tick,
                             GroupTimes& scratch) {
  const auto process_of = [&](const WindowTaker& taker) {
    return slots.slots()[taker.slot].groups[static_cast<std::size_t>(GroupKind::kProcess)] -
           slots.groups().index(GroupKind::kProcess, 0);
  };
  for (std::uint64_t now = first_tick_; now < tick; ++now) {
    const GpuUsers::Stretch* stretch = users.at(now);
    if (stretch == nullptr) continue;
    std::map<std::uint32_t, double> ns_of_process;
    double weights = 0.0;
    for (const WindowTaker& taker : takers(now, now + 1)) {
      const std::uint32_t process = process_of(taker);
      const double* weight = stretch->weight_of(process);
      if (weight == nullptr) continue;
      const auto [time, is_new] = ns_of_process.try_emplace(process, 0.0);
      time->second += static_cast<double>(taker.ns);
      if (is_new) weights += *weight;
    }
    if (ns_of_process.empty()) continue;
    const double length_ns = longest_ns(now);
    for (WindowTaker& taker : takers(now, now + 1)) {
      const std::uint32_t process = process_of(taker);
      const double* weight = stretch->weight_of(process);
      if (weight == nullptr) {
        taker.ns = taker.busy = 0.0f;
      } else if (weights > 0.0) {
        // A process with many threads used the GPU no more for that.
        taker.busy = static_cast<float>(*weight * length_ns * static_cast<double>(taker.ns) /
                                        ns_of_process[process]);
      } else {
        taker.busy = taker.ns;
      }
      taker.work = taker.busy;
    }
  }
  rebuild({}, slots, scratch);
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
