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

/// The phases that are open on one thread, innermost last. Deeper ones are only counted.
class OpenPhases {
 public:
  static constexpr std::uint32_t kMostOpen = 64;

  [[nodiscard]] std::uint16_t innermost() const noexcept {
    return depth_ == 0 ? std::uint16_t{0} : phases_[depth_ - 1];
  }
  /// False when there is no room: the matching pop() then changes nothing either.
  bool push(std::uint16_t phase) noexcept {
    if (depth_ == kMostOpen) {
      ++beyond_;
      return false;
    }
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
  /// The innermost one could not be given a place in the lane: stay in what is around it.
  void replace_innermost(std::uint16_t phase) noexcept { phases_[depth_ - 1] = phase; }

 private:
  std::uint32_t depth_;
  std::uint32_t beyond_;
  std::uint16_t phases_[kMostOpen];
};

/// The moves of a recorded thread. In a call of MPI (a callback, an error handler) they
/// take effect when the call is over. Names must be null-terminated; null is "".
void begin_phase(ThreadState& thread, const char* name, void* frame) noexcept;
void end_phase(ThreadState& thread, void* frame) noexcept;
/// Time goes to the phase "(paused)" until resume(); phases begin and end unseen.
void pause_phases(ThreadState& thread) noexcept;
void resume_phases(ThreadState& thread) noexcept;

}  // namespace joulepath::pmpi
