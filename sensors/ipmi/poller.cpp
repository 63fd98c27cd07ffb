#include "sensors/ipmi/poller.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "sensors/api/signals_blocked.hpp"

namespace joulepath::sensors::ipmi {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// After failures it is asked less often, up to 32 periods apart: a BMC locks accounts that
/// fail to log in again and again.
constexpr unsigned kMostDoublings = 5;

}  // namespace

struct Poller::State {
  Ask ask;
  PollTiming timing;

  std::mutex mutex;  ///< of all below; `clock` is only looked at while it is held
  std::condition_variable changed;
  const base::Clock* clock = nullptr;
  std::optional<TimedPower> fresh;  ///< not handed over yet
  std::optional<Answer> first;
  bool stop = false;
  bool ended = false;
};

void Poller::run(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  for (unsigned failures = 0; !state->stop;) {
    const auto begin = SteadyClock::now();
    TimedPower timed;
    timed.t_lo_ns = state->clock->monotonic_ns();
    lock.unlock();
    Answer answer = state->ask();
    lock.lock();
    if (state->stop) break;
    timed.t_hi_ns = state->clock->monotonic_ns();
    timed.power = answer.power;
    timed.sys_errno = answer.sys_errno;
    failures = answer.sys_errno != 0 ? std::min(failures + 1, kMostDoublings) : 0;
    state->fresh = timed;
    if (!state->first) state->first = std::move(answer);
    state->changed.notify_all();
    // A failure may itself have taken long: the pause begins after it.
    const auto next = failures == 0 ? begin + state->timing.period
                                    : SteadyClock::now() + state->timing.period * (1u << failures);
    state->changed.wait_until(lock, next, [&] { return state->stop; });
  }
  // The session with the device ends before we say that we have.
  lock.unlock();
  state->ask = nullptr;
  lock.lock();
  state->ended = true;
  state->changed.notify_all();
}

Poller::Poller(Ask ask, const base::Clock& clock, const PollTiming& timing)
    : state_(std::make_shared<State>()) {
  state_->ask = std::move(ask);
  state_->timing = timing;
  state_->clock = &clock;
  const SignalsBlocked blocked;
  std::thread([state = state_] { run(state); }).detach();
}

Poller::~Poller() {
  std::unique_lock lock(state_->mutex);
  state_->stop = true;
  state_->changed.notify_all();
  state_->changed.wait_for(lock, state_->timing.stop, [&] { return state_->ended; });
}

std::optional<Answer> Poller::first_answer() {
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, state_->timing.first_answer,
                           [&] { return state_->first.has_value(); });
  return state_->first;
}

std::optional<TimedPower> Poller::newest() noexcept {
  const std::unique_lock lock(state_->mutex, std::try_to_lock);
  if (!lock.owns_lock()) return std::nullopt;  // it is just being replaced: the next call has it
  return std::exchange(state_->fresh, std::nullopt);
}

}  // namespace joulepath::sensors::ipmi
