// The last ticks of one scope, kept until their energy is shared out: who took part in each
// tick and for how long. Ticks have consecutive numbers from the start of the trace.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/analysis/busy_time.hpp"
#include "core/analysis/gpu_users.hpp"
#include "core/analysis/group_times.hpp"
#include "core/analysis/slot_table.hpp"

namespace joulepath::analysis {

/// One active (lane, cell) pair in one tick.
struct WindowTaker {
  std::uint32_t slot = 0;
  float ns = 0.0f;    ///< time in the tick; a lane on several sockets counts in part
  float busy = 0.0f;  ///< part of it in which the lane held a CPU
  float work = 0.0f;  ///< `busy`, or what is better known of what its power follows
                      ///< (work_weights.hpp)

  /// One of which only is known that it was there.
  static WindowTaker there(std::uint32_t slot, double time_ns) {
    const auto ns = static_cast<float>(time_ns);
    return {slot, ns, ns, ns};
  }
};

/// Time of a slot that became known after its ticks, [begin, end).
struct LateTime {
  std::uint32_t slot = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  double ns = 0.0;
};

class ScopeWindow {
 public:
  void add(std::uint32_t slot, double ns) { takers_.push_back(WindowTaker::there(slot, ns)); }
  /// Of ticks that have ended or end next; taken in by merge_late().
  void add_late(const LateTime& time) {
    late_.push_back(time);
    late_takers_ += time.end - time.begin;
  }
  /// Spreads what came late evenly over its ticks, as far as they are still kept. A slot that ran
  /// for a small part only is taken to have run at the end of them, so that the other ticks stay
  /// those of the slots that were there all the time.
  void merge_late(const SlotTable& slots, GroupTimes& scratch);
  /// Ends the current tick.
  void end_tick(const SlotTable& slots, GroupTimes& scratch);
  /// Takes off the time in which lanes did not run, of the ticks before `tick`. Gives what is
  /// left, in ns.
  double note_busy(const BusyTime& busy, const SlotTable& slots, std::uint64_t tick);
  /// The same of a GPU's scope: busy is who kept the GPU busy, and who was not on it did not take
  /// part. Where it is not told, or nobody of the job was on it, the ticks stay as they are.
  void note_users(const GpuUsers& users, const SlotTable& slots, std::uint64_t tick,
                  GroupTimes& scratch);
  /// Forgets the ticks before `tick`.
  void drop_before(std::uint64_t tick);

  [[nodiscard]] std::uint64_t first_tick() const { return first_tick_; }
  [[nodiscard]] std::uint64_t end() const { return first_tick_ + taker_ends_.size(); }
  /// Takers of all ticks, with those that come late.
  [[nodiscard]] std::size_t size() const { return takers_.size() + late_takers_; }
  /// Of the ticks [begin, end), which are contiguous.
  [[nodiscard]] std::span<WindowTaker> takers(std::uint64_t begin, std::uint64_t end);
  [[nodiscard]] std::span<const GroupTime> groups(std::uint64_t begin, std::uint64_t end) const;
  /// Lanes active in a tick, without those that came late.
  [[nodiscard]] std::uint32_t lanes(std::uint64_t tick) const { return lanes_[tick - first_tick_]; }

 private:
  /// Of the slot that was there longest.
  [[nodiscard]] double longest_ns(std::uint64_t tick) const;
  void end_groups(std::size_t first_taker, const SlotTable& slots, GroupTimes& scratch);
  /// Adds up the groups of all ticks again, after their takers have changed. `late`: more
  /// takers by tick; or none.
  void rebuild(const std::vector<std::vector<WindowTaker>>& late, const SlotTable& slots,
               GroupTimes& scratch);

  std::uint64_t first_tick_ = 0;
  std::vector<WindowTaker> takers_;
  std::vector<std::size_t> taker_ends_;  ///< by tick
  std::vector<GroupTime> groups_;
  std::vector<std::size_t> group_ends_;
  std::vector<std::uint32_t> lanes_;
  std::vector<LateTime> late_;
  std::size_t late_takers_ = 0;
};

}  // namespace joulepath::analysis
