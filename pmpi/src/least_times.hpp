// What a call took beyond the least time that a call of the same function and size had
// taken so far on this thread: its wait, as far as a single rank can tell. The first call
// of a kind waits 0, and a least time that is itself a wait makes all waits too short:
// never too long, as far as the work of equal calls is equal.
#pragma once

#include <bit>
#include <cstdint>

#include "pmpi/src/function_ids.hpp"

namespace joulepath::pmpi {

/// All zero when new, so that fresh pages need no filling.
class LeastTimes {
 public:
  /// Ticks beyond the least, of a call that took `ticks` and moved `bytes`.
  [[gnu::always_inline]] std::uint64_t wait(std::uint16_t function, std::uint64_t bytes,
                                            std::uint64_t ticks) noexcept {
    std::uint64_t& kept = complements_[function][size_class(bytes)];
    // No branch: whether a call is the fastest so far is what no CPU can predict.
    const std::uint64_t complement = kept > ~ticks ? kept : ~ticks;
    kept = complement;
    return ticks - ~complement;
  }

  /// 0 bytes; then one class for each power of two, the last for all larger ones.
  static constexpr std::uint32_t kSizeClasses = 36;
  static constexpr std::uint32_t size_class(std::uint64_t bytes) noexcept {
    const auto width = static_cast<std::uint32_t>(std::bit_width(bytes));
    return width < kSizeClasses ? width : kSizeClasses - 1;
  }

 private:
  /// ~least: 0 stands for "none so far", the longest time there is. Not 32 bits, as a least
  /// time of more than a second would be cut and its rest be called a wait.
  std::uint64_t complements_[kFunctionCount][kSizeClasses];
};

}  // namespace joulepath::pmpi
