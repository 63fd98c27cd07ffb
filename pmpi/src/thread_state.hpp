// What one thread of the application carries between its MPI calls, in initial-exec
// thread-local storage; and the two moves of the hot path, entering and leaving a call.
#pragma once

#include <cstdint>

#include "core/base/tick_counter.hpp"
#include "core/record/event_writer.hpp"
#include "core/record/lane_writer.hpp"
#include "pmpi/src/event_rules.hpp"
#include "pmpi/src/function_ids.hpp"
#include "pmpi/src/handle_cache.hpp"
#include "pmpi/src/least_times.hpp"
#include "pmpi/src/phases.hpp"

namespace joulepath::pmpi {

/// Cells of one phase by function, its own time under kComputeFunction; 0: none yet (cell 0
/// is only that of the time outside all phases).
using CellMap = std::uint16_t[kFunctionCount];

/// Private memory of a thread beside its lane, mapped when it gets the lane: all zero then.
struct ThreadTables {
  HandleCache handles;
  OpenPhases open;
  bool paused;  ///< time goes to the phase "(paused)", whatever is open
  PhaseCache phases;
  LeastTimes least;
  record::EventWriter events;  ///< open in event mode only
  EventScratch scratch;
  CellMap cells[record::kPhaseCapacity];  ///< pages of unused phases stay untouched
};

struct ThreadState {
  record::LaneWriter lane;
  ThreadTables* tables = nullptr;
  std::uint16_t* map = nullptr;  ///< cells of the current phase
  std::uint16_t phase = 0;       ///< in which time passes
  std::uint32_t compute_cell = record::kComputeCell;
  /// Stack frame of the intercepted call that the thread is in, or null: calls that the MPI
  /// library makes to itself through MPI_X or PMPI_X, and those of a PMPI tool behind us,
  /// are not seen again.
  void* frame = nullptr;
  void* forward_to = nullptr;          ///< from a wrapper to what it jumps to
  const char* forward_name = nullptr;  ///< of a function that was not called before
  bool refused = false;                ///< no lane was left for this thread
  LastType last_type;
};

// constinit: without it every access would first look for a dynamic initialiser.
extern constinit thread_local ThreadState thread_state
    [[gnu::tls_model("initial-exec"), gnu::visibility("hidden")]];

/// Set once, before any thread has a lane. Hidden, as a variable that another library could
/// replace is reached by one more instruction.
extern base::TickKind tick_kind [[gnu::visibility("hidden")]];

/// The clock is the CPU's counter and no events are wanted, as nearly always. Set with
/// tick_kind: one question at the head of a call instead of one at each reading of the clock.
extern bool plain_calls [[gnu::visibility("hidden")]];

/// Out of line: it would cost each of the wrappers registers and room.
[[gnu::cold]] std::uint64_t now_monotonic() noexcept;

inline std::uint64_t now_ticks() noexcept {
  if (tick_kind == base::TickKind::kCpuCounter) [[likely]]
    return base::cpu_ticks();
  return now_monotonic();
}

/// The cell of `function` in the thread's current phase, made on its first use.
std::uint32_t first_use_of_cell(ThreadState& thread, std::uint16_t function) noexcept;

/// A call that an exception or a longjmp out of an error handler ended: it failed.
[[gnu::cold]] void leave_abandoned_call(ThreadState& thread) noexcept;

/// True when the recorded call still is on the stack. A longjmp out of an error handler
/// leaves it behind; stacks grow down, so a frame above the recorded one betrays it. No
/// frame is below null.
inline bool nested(const ThreadState& thread, const void* frame) noexcept {
  return frame < thread.frame;
}

template <class Clock>
[[gnu::always_inline]] inline void enter_call(ThreadState& thread, std::uint16_t function,
                                              void* frame, Clock clock) noexcept {
  thread.frame = frame;
  std::uint32_t cell = thread.map[function];
  if (cell == 0) [[unlikely]]
    cell = first_use_of_cell(thread, function);
  thread.lane.move_to(cell, clock);
}

/// Returns the ticks that the call took; `cell` is the call's, in which time passes.
template <class Clock>
[[gnu::always_inline]] inline std::uint64_t leave_call(ThreadState& thread, record::Cell& cell,
                                                       Clock clock) noexcept {
  const std::uint64_t ticks = thread.lane.move(cell, thread.compute_cell, clock);
  thread.frame = nullptr;
  return ticks;
}

}  // namespace joulepath::pmpi
