// What the shim offers to programs that name their phases: the table behind
// joulepath/joulepath.h. A process that turns to it is recorded from then on, with or
// without MPI.
#include <cerrno>
#include <ctime>

#include "pmpi/include/joulepath/joulepath.h"
#include "pmpi/src/energy_query.hpp"
#include "pmpi/src/process.hpp"
#include "pmpi/src/thread_state.hpp"

namespace joulepath::pmpi {
namespace {

void phase_begin(const char* name) {
  ThreadState& thread = thread_state;
  if (named_a_phase(thread)) begin_phase(thread, name, __builtin_frame_address(0));
}

void phase_end() {
  ThreadState& thread = thread_state;
  if (named_a_phase(thread)) end_phase(thread, __builtin_frame_address(0));
}

int error_of(record::EnergyState state) noexcept {
  switch (state) {
    case record::EnergyState::kKnown: return 0;
    case record::EnergyState::kUnanswered: return JOULEPATH_NO_ANSWER;
    case record::EnergyState::kNoSensor: return JOULEPATH_NO_SENSOR;
    case record::EnergyState::kNoPlace: return JOULEPATH_NO_SUCH_SCOPE;
    case record::EnergyState::kBroken: return JOULEPATH_BROKEN;
    case record::EnergyState::kNoCounter: return JOULEPATH_NO_COUNTER;
  }
  return JOULEPATH_NO_ANSWER;
}

bool is_scope(joulepath_scope scope) noexcept {
  return scope >= 0 && scope < static_cast<int>(record::kBoardEntries);
}

EnergyAnswer answer_now(const record::Channel& channel, joulepath_scope scope) noexcept {
  return energy_at(channel.energy, static_cast<std::uint32_t>(scope),
                   static_cast<std::int64_t>(base::monotonic_ticks()));
}

int energy_j(joulepath_scope scope, double* value, double* lo, double* hi) {
  static_assert(JOULEPATH_NODE == record::kBoardNode && JOULEPATH_OWN == record::kBoardOwn &&
                JOULEPATH_SOCKET(0) == record::kBoardSocket0);
  if (!is_scope(scope)) return JOULEPATH_NO_SUCH_SCOPE;
  named_a_phase(thread_state);  // a thread without a lane may ask all the same
  record::Channel* channel = recorded_channel();
  if (channel == nullptr) return JOULEPATH_NOT_RECORDED;
  const int kept = errno;
  EnergyAnswer answer = answer_now(*channel, scope);
  if (channel->energy.wanted.exchange(1, std::memory_order_relaxed) == 0) {
    // The recorder fills the board at its next tick.
    constexpr std::int64_t kPatience_ns = 1'000'000'000;
    const std::uint64_t until = base::monotonic_ticks() + kPatience_ns;
    while (answer.state == record::EnergyState::kUnanswered && base::monotonic_ticks() < until) {
      const timespec pause{0, 1'000'000};
      nanosleep(&pause, nullptr);
      answer = answer_now(*channel, scope);
    }
  }
  errno = kept;
  if (answer.state != record::EnergyState::kKnown) return error_of(answer.state);
  if (value != nullptr) *value = answer.value_j;
  if (lo != nullptr) *lo = answer.lo_j;
  if (hi != nullptr) *hi = answer.hi_j;
  return 0;
}

int energy_provenance(joulepath_scope scope) {
  const record::Channel* channel = recorded_channel();
  if (channel == nullptr || !is_scope(scope)) return JOULEPATH_ABSENT;
  const EnergyAnswer answer = answer_now(*channel, scope);
  return answer.state == record::EnergyState::kKnown ? static_cast<int>(answer.provenance)
                                                     : JOULEPATH_ABSENT;
}

}  // namespace
}  // namespace joulepath::pmpi

extern "C" [[gnu::visibility("default")]] const joulepath_api joulepath_api_1 = {
    1,
    sizeof(joulepath_api),
    &joulepath::pmpi::phase_begin,
    &joulepath::pmpi::phase_end,
    &joulepath::pmpi::energy_j,
    &joulepath::pmpi::energy_provenance,
};
