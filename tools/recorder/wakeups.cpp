#include "tools/recorder/wakeups.hpp"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "core/base/clock.hpp"

namespace joulepath::tools {
namespace {

enum class Cause : std::uint32_t { kTimer, kSignal, kFiles, kExit, kOwner };

void add(int epoll, int fd, Cause cause, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.u32 = static_cast<std::uint32_t>(cause);
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/// Once. Setting a timer also forgets that it has expired.
itimerspec once_at(std::int64_t at_ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return {{0, 0}, {at_ns / kSecond, at_ns % kSecond}};
}

}  // namespace

base::Result<Wakeups> Wakeups::open(const std::filesystem::path& session) {
  Wakeups wakeups;
  sigset_t ends;
  sigemptyset(&ends);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&ends, signal);
  ::sigprocmask(SIG_BLOCK, &ends, nullptr);
  wakeups.epoll_ = base::Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  wakeups.timer_ = base::Descriptor(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  wakeups.signals_ = base::Descriptor(::signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK));
  wakeups.files_ = base::Descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!wakeups.epoll_.open() || !wakeups.timer_.open() || !wakeups.signals_.open() ||
      !wakeups.files_.open())
    return base::system_error("cannot open timers and signals", "recorder", errno);
  if (::inotify_add_watch(wakeups.files_.get(), session.c_str(), IN_MOVED_TO | IN_ONLYDIR) < 0)
    return base::system_error("cannot watch the session", session.string(), errno);
  add(wakeups.epoll_.get(), wakeups.timer_.get(), Cause::kTimer, EPOLLIN);
  add(wakeups.epoll_.get(), wakeups.signals_.get(), Cause::kSignal, EPOLLIN);
  add(wakeups.epoll_.get(), wakeups.files_.get(), Cause::kFiles, EPOLLIN);
  return wakeups;
}

void Wakeups::watch_exit(int exited) {
  add(epoll_.get(), exited, Cause::kExit, EPOLLIN);
}

void Wakeups::watch_owner(pid_t owner) {
  owner_ = base::Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, owner, 0u)));
  if (owner_.open()) add(epoll_.get(), owner_.get(), Cause::kOwner, EPOLLIN);
}

Wakeup Wakeups::wait(std::int64_t until_ns) {
  Wakeup wakeup;
  const bool passed = until_ns <= base::SystemClock().monotonic_ns();
  const itimerspec spec = once_at(until_ns);
  if (!passed) ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
  epoll_event events[16];
  const int count = ::epoll_wait(epoll_.get(), events, 16, passed ? 0 : -1);
  for (int i = 0; i < count; ++i) {
    switch (static_cast<Cause>(events[i].data.u32)) {
      case Cause::kTimer: break;
      case Cause::kSignal: {
        signalfd_siginfo info{};
        if (::read(signals_.get(), &info, sizeof info) == sizeof info)
          wakeup.signal = static_cast<int>(info.ssi_signo);
        break;
      }
      case Cause::kFiles: {
        alignas(inotify_event) char names[4096];
        while (::read(files_.get(), names, sizeof names) > 0) {
        }
        wakeup.processes_changed = true;
        break;
      }
      case Cause::kExit: wakeup.processes_changed = true; break;
      case Cause::kOwner: wakeup.signal = SIGTERM; break;
    }
  }
  return wakeup;
}

}  // namespace joulepath::tools
