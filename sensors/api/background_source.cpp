#include "sensors/api/background_source.hpp"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>

#include "sensors/api/device_time.hpp"
#include "sensors/api/signals_blocked.hpp"

namespace joulepath::sensors {

namespace {

/// The newest of one signal: a reading, or why there is none.
struct News {
  std::uint64_t number = 0;  ///< counts up; 0: nothing yet
  record::Reading reading;
  int sys_errno = 0;
};

}  // namespace

/// What the thread needs; it may outlive the source.
struct BackgroundSource::Shared {
  Shared(std::unique_ptr<SlowDevice> slow, const base::Clock& at)
      : device(std::move(slow)), clock(at) {}

  /// Gives false when the source has gone while the library was being called: then the
  /// clock may be gone too.
  bool read(std::size_t at) noexcept {
    const std::size_t signal = readable[at];
    record::Reading reading;
    reading.t_lo_ns = clock.monotonic_ns();
    const SlowDevice::Read read = device->read(signal);
    const std::lock_guard lock(mutex);
    if (stop) return false;
    reading.t_hi_ns = clock.monotonic_ns();
    reading.raw = read.raw;
    News& newest = news[at];
    if (read.sys_errno != 0) {
      newest.sys_errno = read.sys_errno;
      ++newest.number;
      return true;
    }
    if (read.device_ns != 0) {
      const auto taken = times[at].place(reading, read.device_ns);
      if (!taken) return true;
      reading = *taken;
    }
    // A driver's stamps may put a value before the one that was read before it.
    record::Reading& last = newest.reading;
    if (reading.t_lo_ns <= last.t_lo_ns || reading.t_hi_ns <= last.t_hi_ns) return true;
    last = reading;
    newest.sys_errno = 0;
    ++newest.number;
    return true;
  }

  /// As read() does.
  bool look(std::size_t signal) noexcept {
    try {
      std::vector<GpuUser> users;
      if (!device->users(signal, users)) return true;
      const std::lock_guard lock(mutex);
      if (stop) return false;
      std::erase_if(looks, [&](const GpuLook& look) { return look.signal == signal; });
      looks.push_back({signal, std::move(users)});
    } catch (const std::bad_alloc&) {
      // Then there is no such look.
    }
    return true;
  }

  bool round() noexcept {
    for (std::size_t at = 0; at < readable.size(); ++at)
      if (!read(at)) return false;
    if (rounds++ % kRoundsBetweenLooks != 0) return true;
    for (const std::size_t signal : readable)
      if (!look(signal)) return false;
    return true;
  }

  /// At most a fifth of the time is spent in the library, whatever it takes.
  static void run(const std::shared_ptr<Shared>& self) noexcept {
    using Clock = std::chrono::steady_clock;
    std::unique_lock lock(self->mutex);
    auto next = Clock::now() + std::chrono::nanoseconds(kRound_ns);
    while (!self->wake.wait_until(lock, next, [&] { return self->stop; })) {
      lock.unlock();
      const auto began = Clock::now();
      const bool goes_on = self->round();
      const auto ended = Clock::now();
      next = std::max(began + std::chrono::nanoseconds(kRound_ns), ended + 4 * (ended - began));
      lock.lock();
      if (!goes_on) break;
    }
    self->ended = true;
    self->wake.notify_all();
  }

  std::unique_ptr<SlowDevice> device;
  const base::Clock& clock;
  std::vector<std::size_t> readable;  ///< numbers of signals; the vectors below are parallel
  std::vector<DeviceTime> times;
  unsigned rounds = 0;
  std::mutex mutex;  ///< of all below; never held while a library is called
  std::condition_variable wake;
  std::vector<News> news;
  std::vector<GpuLook> looks;  ///< not taken yet; one of each signal at most
  bool stop = false;
  bool ended = false;
};

BackgroundSource::BackgroundSource(std::vector<record::Signal> signals,
                                   std::unique_ptr<SlowDevice> device, const base::Clock& clock,
                                   const std::string& thread, Rounds rounds)
    : signals_(std::move(signals)),
      clock_(clock),
      shared_(std::make_shared<Shared>(std::move(device), clock)) {
  for (std::size_t at = 0; at < signals_.size(); ++at)
    if (signals_[at].readable) shared_->readable.push_back(at);
  shared_->times.resize(shared_->readable.size());
  shared_->news.resize(shared_->readable.size());
  handed_.resize(shared_->readable.size(), {0, clock_.monotonic_ns()});
  round();
  if (rounds == Rounds::kByHand || shared_->readable.empty()) return;
  const SignalsBlocked blocked;
  thread_ = std::thread([shared = shared_] { Shared::run(shared); });
  ::pthread_setname_np(thread_.native_handle(), thread.substr(0, 15).c_str());
}

BackgroundSource::~BackgroundSource() {
  {
    std::unique_lock lock(shared_->mutex);
    shared_->stop = true;
    shared_->wake.notify_all();
    if (!thread_.joinable()) return;
    if (!shared_->wake.wait_for(lock, std::chrono::nanoseconds(kSilence_ns),
                                [&] { return shared_->ended; })) {
      thread_.detach();
      return;
    }
  }
  thread_.join();
}

void BackgroundSource::round() noexcept {
  shared_->round();
}

void BackgroundSource::sample(Sink& sink) noexcept {
  for (std::size_t at = 0; at < handed_.size(); ++at) hand_over(at, sink);
}

void BackgroundSource::sample_some(std::span<const std::size_t> signals, Sink& sink) noexcept {
  for (const std::size_t signal : signals) {
    const auto found = std::find(shared_->readable.begin(), shared_->readable.end(), signal);
    if (found != shared_->readable.end())
      hand_over(static_cast<std::size_t>(found - shared_->readable.begin()), sink);
  }
}

void BackgroundSource::take_gpu_looks(std::vector<GpuLook>& looks) {
  const std::unique_lock lock(shared_->mutex, std::try_to_lock);
  if (!lock.owns_lock()) return;
  std::move(shared_->looks.begin(), shared_->looks.end(), std::back_inserter(looks));
  shared_->looks.clear();
}

void BackgroundSource::hand_over(std::size_t at, Sink& sink) noexcept {
  const std::size_t signal = shared_->readable[at];
  Handed& handed = handed_[at];
  News newest;
  {
    const std::unique_lock lock(shared_->mutex, std::try_to_lock);
    if (lock.owns_lock()) newest = shared_->news[at];
  }
  if (newest.number > handed.news) {
    handed = {newest.number, clock_.monotonic_ns()};
    if (newest.sys_errno != 0)
      sink.failure(signal, newest.sys_errno);
    else
      sink.reading(signal, newest.reading);
    return;
  }
  const std::int64_t now_ns = clock_.monotonic_ns();
  if (now_ns - handed.heard_ns < kSilence_ns) return sink.nothing_new(signal);
  handed.heard_ns = now_ns - kSilence_ns / 2;  // once a second from now on
  sink.failure(signal, ETIMEDOUT);
}

}  // namespace joulepath::sensors
