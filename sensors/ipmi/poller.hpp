// Asks a slow device once a period, in a thread of its own, and hands the newest answer
// over without waiting for a lock. An answer is handed over once. The thread takes no signals, and
// ends with its owner: a question that is under way is waited for, but not for ever; after that the
// thread is left to end by itself, touching neither the clock nor its owner.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "core/base/clock.hpp"
#include "sensors/ipmi/dcmi.hpp"

namespace joulepath::sensors::ipmi {

struct PollTiming {
  std::chrono::nanoseconds period = std::chrono::seconds(1);
  /// For the first answer, when the sensors are looked for.
  std::chrono::nanoseconds first_answer = std::chrono::seconds(5);
  /// For a question under way, at the end.
  std::chrono::nanoseconds stop = std::chrono::seconds(2);
};

/// An answer and the time in which it was asked for and given.
struct TimedPower {
  std::int64_t t_lo_ns = 0;
  std::int64_t t_hi_ns = 0;
  PowerReading power;
  std::int32_t sys_errno = 0;
};

class Poller {
 public:
  using Ask = std::function<Answer()>;

  /// Starts the thread. Throws std::system_error when there can be none.
  Poller(Ask ask, const base::Clock& clock, const PollTiming& timing);
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  /// Waits for it, at most timing.first_answer; nothing: there was none by then.
  std::optional<Answer> first_answer();

  /// The newest answer, if it was not handed over before. Neither waits nor allocates.
  std::optional<TimedPower> newest() noexcept;

 private:
  struct State;
  static void run(const std::shared_ptr<State>& state);
  std::shared_ptr<State> state_;  // shared with the thread
};

}  // namespace joulepath::sensors::ipmi
