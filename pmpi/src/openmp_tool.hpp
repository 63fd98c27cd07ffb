// What an OpenMP runtime with OMPT tells (LLVM's, and those of Intel, AMD and NVIDIA that come
// from it): its threads' waits, and where a team works. GCC's libgomp tells nothing.
//
//   a worker outside regions   "OpenMP idle"
//   sync_region_wait           "OpenMP barrier", "OpenMP taskwait", "OpenMP taskgroup", without
//                              the tasks that the thread does meanwhile
//   mutex_acquire .. acquired  "OpenMP lock", "OpenMP critical", "OpenMP ordered" (atomic too)
//   parallel_begin .. _end     "OpenMP parallel" counts regions; its time is that of starting
//                              and ending them
//
// A worker computes in the phase in which the thread that began its region was. A process is
// not recorded because it uses OpenMP: MPI or the region API begin that. One tool only can be
// with a runtime, and ours gives way to any other (openmp_tool.cpp).
#pragma once

#include <cstdint>

#include "core/record/channel_layout.hpp"

namespace joulepath::pmpi {

/// Where an OpenMP thread is: what it waits for, and the tasks that it does in between.
class OpenMpPlace {
 public:
  /// Deeper ones are counted only.
  static constexpr std::uint32_t kDeepest = 32;
  static constexpr std::uint32_t kTask = record::kNoCell;

  /// A wait, by its cell, or a task.
  void push(std::uint32_t cell) noexcept {
    if (depth_ < kDeepest) cells_[depth_] = cell;
    ++depth_;
  }
  /// Takes off the innermost task, and what was left open in it.
  void end_task() noexcept {
    while (depth_ > 0 && innermost() != kTask) --depth_;
    if (depth_ > 0) --depth_;
  }
  /// The same of the innermost wait.
  void end_wait() noexcept {
    while (depth_ > 0 && depth_ <= kDeepest && innermost() == kTask) --depth_;
    if (depth_ > 0) --depth_;
  }
  void clear() noexcept { depth_ = 0; }
  /// The cell of the wait that it is in; kTask: in none.
  [[nodiscard]] std::uint32_t innermost() const noexcept {
    return depth_ == 0 || depth_ > kDeepest ? kTask : cells_[depth_ - 1];
  }

 private:
  std::uint32_t cells_[kDeepest];
  std::uint32_t depth_;
};

}  // namespace joulepath::pmpi
