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
  /// The cell in which time passes; the lane must be open.
  [[nodiscard]] std::uint32_t current() const noexcept {
    return lane_->header.current.load(std::memory_order_relaxed);
  }

  [[nodiscard]] Cell& cell_now() const noexcept { return lane_->cells[current()]; }

  /// Takes a lane whose two fixed cells exist; time passes in `cell` from `now` on.
  void start(Lane* lane, std::uint32_t cell, std::uint64_t now) noexcept {
    lane_ = lane;
    hide();
    lane->header.current.store(cell, std::memory_order_release);
    lane->header.mark.store(now, std::memory_order_release);  // as in move_to
  }

  /// Books the time since the last change on the current cell; from clock() on it passes
  /// in `cell`. A clock that steps back by a few ticks between cores books 0. The clock is
  /// read in here, after the mark is gone: a thread that loses its core between the two
  /// would else be seen in the old cell for all that time, and later in the new one too.
  /// Returns the ticks it booked.
  template <class Clock>
  [[gnu::always_inline]] std::uint64_t move_to(std::uint32_t cell, Clock clock) noexcept {
    return move(cell_now(), cell, clock);
  }

  /// The same for who holds the current cell already, as cell_now() gave it.
  template <class Clock>
  [[gnu::always_inline]] std::uint64_t move(Cell& from, std::uint32_t cell, Clock clock) noexcept {
    // Read once: as far as the compiler knows, each store to the lane could change them.
    LaneHeader& header = lane_->header;
    Atomic64& ticks = from.ticks;
    // What readers are told is all the memory there is: a copy of ours would be two more
    // stores in each change.
    const std::uint64_t last = header.mark.load(std::memory_order_relaxed);
    hide();
    std::uint64_t now = clock();
    if (now < last) now = last;
    ticks.store(ticks.load(std::memory_order_relaxed) + (now - last), std::memory_order_release);
    header.current.store(cell, std::memory_order_release);
    // Pairs with the acquire load of mark in LaneReader::open_stretch.
    header.mark.store(now, std::memory_order_release);
    return now - last;
  }

  [[gnu::always_inline]] static void count(Cell& cell, std::uint64_t bytes) noexcept {
    add(cell.calls, 1);
    if (bytes != 0) add(cell.bytes, bytes);
  }

  void count(std::uint32_t cell, std::uint64_t bytes) noexcept { count(lane_->cells[cell], bytes); }

  /// Books a part of the cell's time as waiting.
  [[gnu::always_inline]] static void count_wait(Cell& cell, std::uint64_t ticks) noexcept {
    add(cell.wait_ticks, ticks);
  }

  /// Books what is open and leaves the lane; no time passes there any more.
  template <class Clock>
  void stop(Clock clock) noexcept {
    move_to(kNoCell, clock);
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
  template <class Total>
  [[gnu::always_inline]] static void add(Total& total, typename Total::value_type amount) noexcept {
    total.store(total.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  /// Readers that see `current` or the ticks of this change must not see the old mark any
  /// more: the release stores of both pair with the acquire loads in
  /// LaneReader::open_stretch.
  [[gnu::always_inline]] void hide() noexcept {
    lane_->header.mark.store(0, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);  // the compiler reads no clock earlier
  }

  Lane* lane_ = nullptr;
};

}  // namespace joulepath::record
