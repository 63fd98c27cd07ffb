#include "sensors/perf/event_counter.hpp"

#include <cerrno>

namespace joulepath::sensors::perf {
namespace {

constexpr std::int64_t kRetryNs = 1'000'000'000;

}  // namespace

int EventCounter::open() noexcept {
  const int fd = calls_->open(place_.type, place_.config, place_.cpu);
  if (fd < 0) return errno;
  event_ = base::Descriptor(fd);
  return 0;
}

EventCounter::Read EventCounter::read(std::int64_t now_ns) noexcept {
  if (!event_.open())
    if (const int failed = reopen(now_ns); failed != 0) return {0, failed};
  std::uint64_t count = 0;
  ssize_t got = 0;
  do {
    got = calls_->read(event_.get(), &count, sizeof count);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EACCES || errno == EPERM)) return {0, errno};
  // An event that the kernel can count no longer reads as end of file (perf_read() in
  // kernel/events/core.c, PERF_EVENT_STATE_ERROR).
  if (got <= 0) {
    lost_errno_ = got < 0 ? errno : ENODEV;
    event_ = base::Descriptor();
    next_try_ns_ = now_ns;  // the next read may try at once, later ones wait
    return {0, lost_errno_};
  }
  if (got != static_cast<ssize_t>(sizeof count)) return {0, EBADMSG};
  if (resumed_) {
    offset_ = last_ - 1 - count;
    resumed_ = false;
  }
  last_ = count + offset_;
  return {last_, 0};
}

int EventCounter::reopen(std::int64_t now_ns) noexcept {
  if (now_ns < next_try_ns_) return lost_errno_;
  next_try_ns_ = now_ns + kRetryNs;
  if (const int failed = open(); failed != 0) return lost_errno_ = failed;
  resumed_ = true;
  return 0;
}

}  // namespace joulepath::sensors::perf
