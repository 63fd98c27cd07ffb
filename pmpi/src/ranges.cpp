#include "pmpi/src/ranges.hpp"

#include <atomic>

#include "pmpi/src/process.hpp"
#include "pmpi/src/thread_state.hpp"

namespace joulepath::pmpi {
namespace {

/// Ranges that another thread than their own has stopped. When it is full, a range stays open.
constexpr std::uint32_t kRoom = 32;
std::atomic<Mark> stopped_elsewhere[kRoom];
std::atomic<std::uint32_t> stopped_count{0};

void leave_to_its_thread(Mark mark) noexcept {
  for (auto& place : stopped_elsewhere) {
    Mark none = 0;
    if (place.compare_exchange_strong(none, mark, std::memory_order_acq_rel)) {
      stopped_count.fetch_add(1, std::memory_order_release);
      return;
    }
  }
}

void end_stopped(ThreadState& thread, void* frame) noexcept {
  if (stopped_count.load(std::memory_order_acquire) == 0) [[likely]]
    return;
  for (auto& place : stopped_elsewhere) {
    Mark mark = place.load(std::memory_order_acquire);
    if (mark == 0 || thread.tables->open.find(mark) == OpenPhases::kNone) continue;
    if (!place.compare_exchange_strong(mark, 0, std::memory_order_acq_rel)) continue;
    stopped_count.fetch_sub(1, std::memory_order_acq_rel);
    end_phase(thread, frame, mark);
  }
}

}  // namespace

void begin_range(Mark mark, const char* name) noexcept {
  ThreadState& thread = thread_state;
  if (!named_a_phase(thread)) return;
  void* frame = __builtin_frame_address(0);
  end_stopped(thread, frame);
  begin_phase(thread, name, frame, mark);
}

void end_range(Mark mark) noexcept {
  ThreadState& thread = thread_state;
  if (!thread.lane.open()) return;  // nor was it when the range began
  void* frame = __builtin_frame_address(0);
  end_stopped(thread, frame);
  end_phase(thread, frame, mark);
}

void stop_range(Mark mark) noexcept {
  ThreadState& thread = thread_state;
  if (thread.lane.open() && thread.tables->open.find(mark) != OpenPhases::kNone) {
    end_range(mark);
  } else if (recorded_channel() != nullptr) {
    leave_to_its_thread(mark);
  }
}

std::uint64_t new_range_number() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace joulepath::pmpi
