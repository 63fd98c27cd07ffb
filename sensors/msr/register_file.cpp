#include "sensors/msr/register_file.hpp"

#include <cerrno>

namespace joulepath::sensors::msr {
namespace {

constexpr std::int64_t kRetryNs = 1'000'000'000;

/// The CPU is offline or its file is gone: only opening again can help.
bool lost(int sys_errno) {
  return sys_errno == ENXIO || sys_errno == ENODEV || sys_errno == ENOENT || sys_errno == ESTALE;
}

}  // namespace

int RegisterFile::open() noexcept {
  const int fd = calls_->open(path_.c_str());
  if (fd < 0) return errno;
  file_ = base::Descriptor(fd);
  return 0;
}

RegisterFile::Read RegisterFile::read(std::uint32_t number, std::int64_t now_ns) noexcept {
  if (!file_.open()) {
    if (now_ns < next_try_ns_) return {0, lost_errno_};
    next_try_ns_ = now_ns + kRetryNs;
    if (const int failed = open(); failed != 0) {
      lost_errno_ = failed;
      return {0, failed};
    }
  }
  std::uint64_t value = 0;
  ssize_t got = 0;
  do {
    got = calls_->pread(file_.get(), &value, sizeof value, static_cast<off_t>(number));
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    const int failed = errno;
    if (lost(failed)) {
      file_ = base::Descriptor();
      lost_errno_ = failed;
      next_try_ns_ = now_ns;  // the next read may try at once, later ones wait
    }
    return {0, failed};
  }
  if (got != static_cast<ssize_t>(sizeof value)) return {0, EBADMSG};
  return {value, 0};
}

}  // namespace joulepath::sensors::msr
