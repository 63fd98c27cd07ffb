// Ranges of annotations, as phases: what NVTX, ROCTX and Kokkos have in common. A range that is
// started and stopped, and not pushed and popped, may end in any order and on another thread;
// there it goes on until its own thread begins or ends the next range.
#pragma once

#include <cstdint>

#include "pmpi/src/annotations.hpp"
#include "pmpi/src/phases.hpp"

namespace joulepath::pmpi {

/// The mark of a stack of pushed ranges: `stack` tells those of one interface apart (domains).
constexpr Mark pushed_mark(Annotation annotation, std::uint64_t stack) noexcept {
  return std::uint64_t{1} << 63 | static_cast<std::uint64_t>(annotation) << 60 |
         (stack & 0x0fff'ffff'ffff'ffffu);
}
/// The mark of a started range, by the number that its interface has for it.
constexpr Mark started_mark(Annotation annotation, std::uint64_t number) noexcept {
  return (static_cast<std::uint64_t>(annotation) + 1) << 60 | (number & 0x0fff'ffff'ffff'ffffu);
}

/// On the calling thread; null or "" is "(unnamed)". A process that is not recorded yet is from
/// here on.
void begin_range(Mark mark, const char* name) noexcept;
void end_range(Mark mark) noexcept;
/// The same for a started range, whatever thread it was started on.
void stop_range(Mark mark) noexcept;

/// A number that no other started range has.
std::uint64_t new_range_number() noexcept;

}  // namespace joulepath::pmpi
