#include "tools/team/heartbeat.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <system_error>
#include <utility>

#include "tools/team/process_identity.hpp"

namespace joulepath::tools {
namespace {

constexpr int kBeatMs = 1000;

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

/// The same on the same machine, for all beats.
std::string_view identity_in(std::string_view content) {
  const auto space = content.find(' ');
  return space == std::string_view::npos ? std::string_view() : content.substr(space + 1);
}

}  // namespace

Heartbeat::Heartbeat(std::filesystem::path file, std::function<void(int signal)> on_end)
    : file_(std::move(file)) {
  const sigset_t ending = ending_signals();
  ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  signals_ = base::Descriptor(::signalfd(-1, &ending, SFD_CLOEXEC));
  stop_ = base::Descriptor(::eventfd(0, EFD_CLOEXEC));
  beat();
  thread_ = std::thread([this, on_end = std::move(on_end)] { run(on_end); });
}

Heartbeat::~Heartbeat() {
  const std::uint64_t one = 1;
  // It can only fail where the descriptor could not be made: then the thread ends by itself.
  [[maybe_unused]] const ssize_t told = ::write(stop_.get(), &one, sizeof one);
  thread_.join();
  const sigset_t ending = ending_signals();
  ::pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
}

void Heartbeat::beat() {
  // A new file in place of the old: a change of the folder, so that this node's view of it, too,
  // is looked at anew (NFS).
  std::filesystem::path next = file_;
  next += ".next";
  std::ofstream(next) << ++beats_ << ' ' << own_identity();
  std::error_code ignored;
  std::filesystem::rename(next, file_, ignored);
}

void Heartbeat::run(const std::function<void(int signal)>& on_end) {
  if (!signals_.open() || !stop_.open()) return;
  std::array<pollfd, 2> both{pollfd{signals_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
  while (true) {
    const int ready = ::poll(both.data(), both.size(), kBeatMs);
    if (both[1].revents != 0) return;
    if (ready == 0) beat();
    if (both[0].revents == 0) continue;
    signalfd_siginfo info{};
    if (::read(signals_.get(), &info, sizeof info) != sizeof info) continue;
    const int signal = static_cast<int>(info.ssi_signo);
    on_end(signal);
    const sigset_t ending = ending_signals();
    ::pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }
}

void Pulse::look(const std::string& content, long long looked_ms) {
  if (!content.empty() && content != last_) {
    last_ = content;
    silent_ms_ = 0;
    return;
  }
  gone_ = surely_gone(std::string(identity_in(last_)));
  silent_ms_ += std::min<long long>(looked_ms, kBeatMs);
}

}  // namespace joulepath::tools
