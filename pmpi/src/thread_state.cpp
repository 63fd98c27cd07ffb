#include "pmpi/src/thread_state.hpp"

namespace joulepath::pmpi {

constinit thread_local ThreadState thread_state [[gnu::tls_model("initial-exec")]];
base::TickKind tick_kind = base::TickKind::kMonotonicNs;
bool plain_calls = false;

std::uint64_t now_monotonic() noexcept {
  return base::monotonic_ticks();
}

void leave_abandoned_call(ThreadState& thread) noexcept {
  if (thread.lane.open()) thread.lane.count(thread.lane.cell_now(), 0);
  thread.frame = nullptr;
}

std::uint32_t first_use_of_cell(ThreadState& thread, std::uint16_t function) noexcept {
  // A lane that served another thread may have the cell already.
  const record::Lane& lane = *thread.lane.lane();
  const std::uint32_t count = lane.header.cell_count.load(std::memory_order_relaxed);
  std::uint32_t cell = 2;
  while (cell < count &&
         (lane.cells[cell].phase != thread.phase || lane.cells[cell].function != function))
    ++cell;
  if (cell == count) cell = thread.lane.new_cell(thread.phase, function);
  thread.map[function] = static_cast<std::uint16_t>(cell);
  return cell;
}

}  // namespace joulepath::pmpi
