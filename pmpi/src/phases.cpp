#include "pmpi/src/phases.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstring>

#include "pmpi/src/process.hpp"
#include "pmpi/src/thread_state.hpp"

namespace joulepath::pmpi {
namespace {

constexpr char kPausedName[] = "(paused)";

void note_dropped(record::Channel& channel) noexcept {
  channel.header.phases_dropped.fetch_add(1, std::memory_order_relaxed);
}

/// The thread's phase is another one from now on, or from the end of its MPI call.
void put_phase_event(ThreadState& thread) noexcept {
  record::EventRecord event{};
  event.t_begin = thread.frame == nullptr
                      ? thread.lane.lane()->header.mark.load(std::memory_order_relaxed)
                      : now_ticks();
  event.function = record::kPhaseEvent;
  event.phase = static_cast<std::uint8_t>(thread.phase);
  event.peer = record::kNoPeer;
  event.communicator = record::kNoCommunicator;
  thread.tables->events.put(event, nullptr, 0);
}

/// Time passes in `phase` from now on, or from the end of the MPI call the thread is in.
/// False, with nothing changed, when the lane has no cell left for it.
bool enter_phase(ThreadState& thread, std::uint16_t phase, void* frame) noexcept {
  const std::uint16_t before = thread.phase;
  thread.phase = phase;
  thread.map = thread.tables->cells[phase];
  std::uint32_t cell = phase == 0 ? record::kComputeCell : thread.map[record::kComputeFunction];
  if (cell == 0 && phase != 0) [[unlikely]] {
    cell = first_use_of_cell(thread, record::kComputeFunction);
    if (cell == record::kOverflowCell) {
      thread.map[record::kComputeFunction] = 0;
      thread.phase = before;
      thread.map = thread.tables->cells[before];
      return false;
    }
  }
  thread.compute_cell = cell;
  if (!nested(thread, frame)) {
    if (thread.frame != nullptr) [[unlikely]]
      leave_abandoned_call(thread);
    thread.lane.move_to(cell, &now_ticks);
  }
  if (thread.tables->events.open()) [[unlikely]]
    put_phase_event(thread);
  return true;
}

}  // namespace

std::size_t kept_bytes(const char* name) noexcept {
  constexpr std::size_t kMost = sizeof(record::PhaseName::name) - 1;
  std::size_t kept = strnlen(name, kMost + 1);
  if (kept <= kMost) return kept;
  kept = kMost;
  // Bytes 10xxxxxx continue a character: the cut must not leave its beginning alone.
  while (kept > 0 && (static_cast<unsigned char>(name[kept]) & 0xc0u) == 0x80u) --kept;
  return kept > 0 ? kept : kMost;  // no UTF-8 at all
}

bool is_phase(const record::PhaseName& entry, std::uint16_t parent, const char* name) noexcept {
  // Entry 0 is no phase: it alone has no name, and an empty name is kept as "(unnamed)".
  if (entry.parent != parent) return false;
  const std::size_t kept = kept_bytes(name);
  return kept != 0 && std::memcmp(entry.name, name, kept) == 0 && entry.name[kept] == '\0';
}

std::uint16_t find_phase(record::Channel& channel, std::uint16_t parent,
                         const char* name) noexcept {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  const std::uint32_t count =
      std::max(channel.header.phase_count.load(std::memory_order_relaxed), 1u);
  std::uint32_t phase = 1;
  while (phase < count && !is_phase(channel.phases[phase], parent, name)) ++phase;
  if (phase == count && count < record::kPhaseCapacity) {
    record::PhaseName& entry = channel.phases[phase];
    const std::size_t kept = kept_bytes(name);
    std::memcpy(entry.name, name, kept);
    entry.name[kept] = '\0';
    entry.parent = parent;
    // The recorder learns of the phase from a cell, which is admitted after this.
    channel.header.phase_count.store(count + 1, std::memory_order_release);
  }
  pthread_mutex_unlock(&lock);
  return phase < record::kPhaseCapacity ? static_cast<std::uint16_t>(phase) : parent;
}

void begin_phase(ThreadState& thread, const char* name, void* frame, Mark mark) noexcept {
  ThreadTables& tables = *thread.tables;
  record::Channel& channel = *recorded_channel();
  const std::uint16_t parent = tables.open.innermost();
  if (tables.open.full()) [[unlikely]] {
    tables.open.push(parent, mark);
    note_dropped(channel);
    return;
  }
  if (name == nullptr || *name == '\0') [[unlikely]]
    name = "(unnamed)";
  const std::uint16_t phase = tables.phases.find(channel, parent, name);
  tables.open.push(phase, mark);
  if (phase == parent) [[unlikely]] {
    note_dropped(channel);
  } else if (!tables.paused) {
    if (enter_phase(thread, phase, frame)) [[likely]] {
      thread.lane.count(thread.compute_cell, 0);
    } else {
      tables.open.replace_innermost(parent);
      note_dropped(channel);
    }
  }
}

void end_phase(ThreadState& thread, void* frame, Mark mark) noexcept {
  ThreadTables& tables = *thread.tables;
  if (!tables.open.ends_first(mark)) [[unlikely]] {
    record::Channel& channel = *recorded_channel();
    const std::uint32_t place = tables.open.find(mark);
    if (place == OpenPhases::kNone) {
      note_dropped(channel);
      return;
    }
    tables.open.take_out(place, [&](std::uint16_t parent, std::uint16_t phase) {
      return find_phase(channel, parent, channel.phases[phase].name);
    });
  } else if (!tables.open.pop()) [[unlikely]] {
    note_dropped(*recorded_channel());
    return;
  }
  const std::uint16_t phase = tables.open.innermost();
  if (phase != thread.phase && !tables.paused) enter_phase(thread, phase, frame);
}

void inherit_phase(ThreadState& thread, std::uint16_t phase, void* frame) noexcept {
  OpenPhases& open = thread.tables->open;
  open.set_base(phase);
  if (thread.tables->paused) return;
  if (enter_phase(thread, open.innermost(), frame)) return;
  open.set_base(0);
  note_dropped(*recorded_channel());
}

void pause_phases(ThreadState& thread) noexcept {
  ThreadTables& tables = *thread.tables;
  if (tables.paused) return;
  record::Channel& channel = *recorded_channel();
  const std::uint16_t phase = find_phase(channel, 0, kPausedName);
  if (phase == 0 || !enter_phase(thread, phase, __builtin_frame_address(0))) {
    note_dropped(channel);
    return;
  }
  thread.lane.count(thread.compute_cell, 0);
  tables.paused = true;
}

void resume_phases(ThreadState& thread) noexcept {
  ThreadTables& tables = *thread.tables;
  if (!tables.paused) return;
  tables.paused = false;
  // A phase begun meanwhile may find no cell: then time goes outside all phases.
  void* frame = __builtin_frame_address(0);
  if (!enter_phase(thread, tables.open.innermost(), frame)) {
    note_dropped(*recorded_channel());
    enter_phase(thread, 0, frame);
  }
}

}  // namespace joulepath::pmpi
