#include "sensors/ipmi/poller.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

#include "sensors/ipmi/mailbox.hpp"

namespace joulepath::sensors::ipmi {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// After failures it is asked less often, up to 32 periods apart: a BMC locks accounts that
/// fail to log in again and again.
constexpr unsigned kMostDoublings = 5;

/// No signal of the process is for this thread: the recorder reads them from a descriptor.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

struct Poller::State {
  Ask ask;
  PollTiming timing;
  Mailbox<TimedPower> mailbox;  ///< written by the thread, read by the owner

  std::mutex mutex;  ///< of all below; `clock` is only looked at while it is held
  std::condition_variable changed;
  const base::Clock* clock = nullptr;
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
    state->mailbox.put(timed);
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

bool Poller::newest(TimedPower& answer) noexcept {
  return state_->mailbox.take(answer);
}

}  // namespace joulepath::sensors::ipmi
