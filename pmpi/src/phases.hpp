// The phases of this process and where each thread is among them. A phase is a place in a
// tree: the same name begun in another phase is another one. Names are shared by all
// threads in the channel; each thread keeps a cache of those it begins, so that beginning
// a known phase takes no lock.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/record/channel_layout.hpp"

namespace joulepath::pmpi {

struct ThreadState;

/// Bytes of `name` that are kept: all, or as many whole UTF-8 characters as fit.
std::size_t kept_bytes(const char* name) noexcept;

/// True when `entry` is the phase `name` begun in `parent`.
bool is_phase(const record::PhaseName& entry, std::uint16_t parent, const char* name) noexcept;

/// The channel's phase `name` in `parent`, added when it is new; `parent` itself when the
/// table is full. Any thread; takes a lock.
std::uint16_t find_phase(record::Channel& channel, std::uint16_t parent, const char* name) noexcept;

/// What this thread has begun lately, by the address of the name: checked against its
/// text, as another text may stand at the same address later.
class PhaseCache {
 public:
  std::uint16_t find(record::Channel& channel, std::uint16_t parent, const char* name) noexcept {
    Entry& entry = entries_[slot(parent, name)];
    if (entry.name == name && is_phase(channel.phases[entry.phase], parent, name)) [[likely]]
      return entry.phase;
    const std::uint16_t phase = find_phase(channel, parent, name);
    entry = {name, phase};
    return phase;
  }

 private:
  static constexpr std::uint32_t kSlots = 128;
  struct Entry {
    const char* name;
    std::uint16_t phase;  ///< 0 only beside a null name: is_phase() never takes entry 0
  };
  static std::uint32_t slot(std::uint16_t parent, const char* name) noexcept {
    const auto bits = (reinterpret_cast<std::uintptr_t>(name) + parent * 4099u) *
                      std::uint64_t{0x9e3779b97f4a7c15u};
    return static_cast<std::uint32_t>(bits >> 57) % kSlots;
  }
  Entry entries_[kSlots];
};

/// What ends a phase: the end of a range that was begun by name only has kPlain in common with
/// its begin; ranges that may end in any order, or in stacks of their own, have marks.
using Mark = std::uint64_t;
inline constexpr Mark kPlain = 0;

/// The phases that are open on one thread, innermost last. Deeper ones are only counted.
class OpenPhases {
 public:
  static constexpr std::uint32_t kMostOpen = 64;
  static constexpr std::uint32_t kNone = 0xffffffffu;

  [[nodiscard]] std::uint16_t innermost() const noexcept {
    return depth_ == 0 ? base_ : phases_[depth_ - 1];
  }
  /// What the thread is in while it has begun nothing itself.
  void set_base(std::uint16_t phase) noexcept { base_ = phase; }
  /// False when there is no room: the matching pop() then changes nothing either.
  bool push(std::uint16_t phase, Mark mark) noexcept {
    if (depth_ == kMostOpen) {
      ++beyond_;
      return false;
    }
    marks_[depth_] = mark;
    phases_[depth_++] = phase;
    return true;
  }
  [[nodiscard]] bool full() const noexcept { return depth_ == kMostOpen; }
  /// False when nothing was open.
  bool pop() noexcept {
    if (beyond_ != 0) {
      --beyond_;
      return true;
    }
    if (depth_ == 0) return false;
    --depth_;
    return true;
  }
  /// The innermost one can be ended by pop(): it has the mark, or went too deep to have one.
  [[nodiscard]] bool ends_first(Mark mark) const noexcept {
    return beyond_ != 0 || depth_ == 0 || marks_[depth_ - 1] == mark;
  }
  /// The innermost place with the mark, or kNone.
  [[nodiscard]] std::uint32_t find(Mark mark) const noexcept {
    std::uint32_t place = depth_;
    while (place > 0 && marks_[place - 1] != mark) --place;
    return place == 0 ? kNone : place - 1;
  }
  /// Takes `place` out; those further in are to be begun anew in what is around them: `visit`
  /// gives the phase that stands for the one it is told of, within its new parent.
  template <class Visit>
  void take_out(std::uint32_t place, Visit visit) noexcept {
    std::uint16_t parent = place == 0 ? base_ : phases_[place - 1];
    for (std::uint32_t inner = place + 1; inner < depth_; ++inner) {
      parent = visit(parent, phases_[inner]);
      phases_[inner - 1] = parent;
      marks_[inner - 1] = marks_[inner];
    }
    --depth_;
  }
  /// The innermost one could not be given a place in the lane: stay in what is around it.
  void replace_innermost(std::uint16_t phase) noexcept { phases_[depth_ - 1] = phase; }

 private:
  std::uint32_t depth_;
  std::uint32_t beyond_;
  std::uint16_t base_;
  std::uint16_t phases_[kMostOpen];
  Mark marks_[kMostOpen];
};

/// The moves of a recorded thread. In a call of MPI (a callback, an error handler) they
/// take effect when the call is over. Names must be null-terminated; null is "".
void begin_phase(ThreadState& thread, const char* name, void* frame, Mark mark = kPlain) noexcept;
/// The innermost phase with that mark; phases begun in it go on outside of it.
void end_phase(ThreadState& thread, void* frame, Mark mark = kPlain) noexcept;
/// Until the next call the thread is in `phase`, wherever it has begun none itself: a worker in
/// the phase of the thread that it works for. 0: in none.
void inherit_phase(ThreadState& thread, std::uint16_t phase, void* frame) noexcept;
/// Time goes to the phase "(paused)" until resume(); phases begin and end unseen.
void pause_phases(ThreadState& thread) noexcept;
void resume_phases(ThreadState& thread) noexcept;

}  // namespace joulepath::pmpi
