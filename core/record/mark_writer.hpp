// Keeps a few marks of a process's synchronising collectives on MPI_COMM_WORLD in its channel:
// when the call began and ended. Which ones follows from their ordinals alone, so that all ranks
// keep the same without telling each other: the first, then each `stride`-th, where the stride
// doubles when there is no more room; and always the last. Writes fixed memory, and allocates
// nothing. One thread at a time.
#pragma once

#include "core/record/channel_layout.hpp"

namespace joulepath::record {

class MarkWriter {
 public:
  /// `ordinal`: 1, 2, 3 ... Those of calls that failed may be left out, here as anywhere else.
  void keep(WorldMarks& marks, std::uint64_t ordinal, std::uint64_t begin_ticks,
            std::uint64_t end_ticks) noexcept {
    put(marks.last, ordinal, begin_ticks, end_ticks);
    if (((ordinal - 1) & ((std::uint64_t{1} << log2_stride_) - 1)) != 0) return;
    while ((ordinal - 1) >> log2_stride_ >= kMarkCapacity) halve(marks);
    if (((ordinal - 1) & ((std::uint64_t{1} << log2_stride_) - 1)) != 0) return;
    put(marks.kept[(ordinal - 1) >> log2_stride_], ordinal, begin_ticks, end_ticks);
  }

 private:
  /// A reader takes a mark only where it finds the same ordinal before and after.
  static void put(WorldMark& mark, std::uint64_t ordinal, std::uint64_t begin_ticks,
                  std::uint64_t end_ticks) noexcept {
    mark.ordinal.store(0, std::memory_order_relaxed);
    // Pairs with the fence in read_mark: who sees a new time sees that the mark is changing.
    std::atomic_thread_fence(std::memory_order_release);
    mark.begin_ticks.store(begin_ticks, std::memory_order_relaxed);
    mark.end_ticks.store(end_ticks, std::memory_order_relaxed);
    mark.ordinal.store(ordinal, std::memory_order_release);
  }

  void halve(WorldMarks& marks) noexcept {
    for (std::uint32_t i = 1; i < kMarkCapacity / 2; ++i) {
      const WorldMark& from = marks.kept[2 * i];
      put(marks.kept[i], from.ordinal.load(std::memory_order_relaxed),
          from.begin_ticks.load(std::memory_order_relaxed),
          from.end_ticks.load(std::memory_order_relaxed));
    }
    for (std::uint32_t i = kMarkCapacity / 2; i < kMarkCapacity; ++i) put(marks.kept[i], 0, 0, 0);
    ++log2_stride_;
  }

  std::uint32_t log2_stride_ = 0;
};

/// A mark as its process left it. False: there is none, or it is changing just now.
struct MarkTicks {
  std::uint64_t ordinal = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};
inline bool read_mark(const WorldMark& mark, MarkTicks& ticks) noexcept {
  ticks.ordinal = mark.ordinal.load(std::memory_order_acquire);
  ticks.begin = mark.begin_ticks.load(std::memory_order_relaxed);
  ticks.end = mark.end_ticks.load(std::memory_order_relaxed);
  // Pairs with the fence in MarkWriter.
  std::atomic_thread_fence(std::memory_order_acquire);
  return ticks.ordinal != 0 && mark.ordinal.load(std::memory_order_relaxed) == ticks.ordinal;
}

}  // namespace joulepath::record
