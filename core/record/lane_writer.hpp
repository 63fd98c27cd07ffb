// The writing half of a lane: moves the thread's time from cell to cell. All of it is
// inlined into the shim's hot path: no lock, no allocation, no read-modify-write, as
// the thread is the only writer. Header-only, no C++ library.
#pragma once

#include "core/record/channel_layout.hpp"

namespace joulepath::record {

class LaneWriter {
 public:
  [[nodiscard]] bool open() const noexcept { return lane_ != nullptr; }
  [[nodiscard]] Lane* lane() const noexcept { return lane_; }
  [[nodiscard]] std::uint32_t current() const noexcept { return current_; }

  /// Takes a lane whose two fixed cells exist; time passes in `cell` from `now` on.
  void start(Lane* lane, std::uint32_t cell, std::uint64_t now) noexcept {
    lane_ = lane;
    current_ = cell;
    last_ = now;
    lane->header.current.store(cell, std::memory_order_relaxed);
    publish(now);
  }

  /// Books the time since the last change on the current cell; from `now` on it
  /// passes in `cell`. A clock that steps back by a few ticks between cores books 0.
  [[gnu::always_inline]] void move_to(std::uint32_t cell, std::uint64_t now) noexcept {
    if (now < last_) now = last_;
    // Readers that see any of the stores below must not see the old mark: pairs with
    // the acquire fence in LaneReader::read.
    lane_->header.mark.store(0, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    add(lane_->cells[current_].ticks, now - last_);
    lane_->header.current.store(cell, std::memory_order_relaxed);
    current_ = cell;
    last_ = now;
    publish(now);
  }

  [[gnu::always_inline]] void count(std::uint32_t cell, std::uint64_t bytes) noexcept {
    add(lane_->cells[cell].calls, 1);
    if (bytes != 0) add(lane_->cells[cell].bytes, bytes);
    if (cell == kOverflowCell) [[unlikely]]
      add(lane_->header.dropped_calls, 1);
  }

  /// Books what is open and leaves the lane; no time passes there any more.
  void stop(std::uint64_t now) noexcept {
    move_to(kNoCell, now);
    lane_ = nullptr;
  }

  /// Forgets the lane without touching it (in a forked child, whose lane is not its own).
  void abandon() noexcept { lane_ = nullptr; }

  /// A new cell for (phase, function), or the overflow cell when the lane is full.
  std::uint32_t new_cell(std::uint16_t phase, std::uint16_t function) noexcept {
    const std::uint32_t index = lane_->header.cell_count.load(std::memory_order_relaxed);
    if (index >= kCellCapacity) return kOverflowCell;
    lane_->cells[index].phase = phase;
    lane_->cells[index].function = function;
    // Admits the cell: pairs with the acquire load of cell_count in LaneReader.
    lane_->header.cell_count.store(index + 1, std::memory_order_release);
    return index;
  }

 private:
  [[gnu::always_inline]] static void add(Atomic64& total, std::uint64_t amount) noexcept {
    total.store(total.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[gnu::always_inline]] void publish(std::uint64_t now) noexcept {
    // Pairs with the acquire load of mark in LaneReader::read.
    lane_->header.mark.store(now, std::memory_order_release);
  }

  Lane* lane_ = nullptr;
  std::uint32_t current_ = kNoCell;
  std::uint64_t last_ = 0;
};

}  // namespace joulepath::record
