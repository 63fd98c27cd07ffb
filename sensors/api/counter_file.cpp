#include "sensors/api/counter_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace joulepath::sensors {
namespace {

constexpr std::int64_t kRetryNs = 1'000'000'000;

int system_open(const char* path) noexcept {
  return ::open(path, O_RDONLY | O_CLOEXEC);
}

ssize_t system_pread(int fd, void* buffer, std::size_t size, off_t offset) noexcept {
  return ::pread(fd, buffer, size, offset);
}

/// The text at the start of `fd`; empty with *sys_errno set when it cannot be had.
std::string_view text_of(const FileCalls& calls, int fd, CounterFile::Text& text,
                         int* sys_errno) noexcept {
  ssize_t got = 0;
  do {
    got = calls.pread(fd, text.data(), text.size(), 0);
  } while (got < 0 && errno == EINTR);
  *sys_errno = got < 0 ? errno : 0;
  if (got <= 0) return {};
  return {text.data(), static_cast<std::size_t>(got)};
}

/// The device behind the descriptor is gone: only opening again can help.
bool lost(int sys_errno) {
  return sys_errno == ENODEV || sys_errno == ENOENT || sys_errno == ENXIO || sys_errno == ESTALE;
}

}  // namespace

const FileCalls kSystemFileCalls{system_open, system_pread};

base::Status CounterFile::open() {
  const int fd = calls_->open(place_.path.c_str());
  if (fd < 0) return base::system_error("cannot open", place_.path, errno);
  file_ = base::Descriptor(fd);
  return base::Done{};
}

CounterFile::Read CounterFile::read(std::int64_t now_ns) noexcept {
  Text buffer;
  const TextRead got = read_text(now_ns, buffer);
  if (got.sys_errno != 0) return {0, got.sys_errno};
  const auto number = base::parse_u64(got.text);
  if (!number) return {0, EBADMSG};
  return {*number, 0};
}

CounterFile::TextRead CounterFile::read_text(std::int64_t now_ns, Text& buffer) noexcept {
  if (!file_.open())
    if (const int failed = reopen(now_ns); failed != 0) return {{}, failed};
  int failed = 0;
  const std::string_view got = text_of(*calls_, file_.get(), buffer, &failed);
  if (lost(failed)) {
    file_ = base::Descriptor();
    lost_errno_ = failed;
    next_try_ns_ = now_ns;  // the next read may try at once, later ones wait
  }
  if (failed != 0) return {{}, failed};
  // A full buffer may hold the start of something longer.
  if (got.size() == buffer.size()) return {{}, EBADMSG};
  return {got, 0};
}

int CounterFile::reopen(std::int64_t now_ns) noexcept {
  if (now_ns < next_try_ns_) return lost_errno_;
  next_try_ns_ = now_ns + kRetryNs;
  const int fd = calls_->open(place_.path.c_str());
  if (fd < 0) return lost_errno_ = errno;
  base::Descriptor opened(fd);
  if (const int failed = check_identity(); failed != 0) return lost_errno_ = failed;
  file_ = std::move(opened);
  return 0;
}

int CounterFile::check_identity() const noexcept {
  if (place_.identity_path.empty()) return 0;
  const base::Descriptor file(calls_->open(place_.identity_path.c_str()));
  if (!file.open()) return errno;
  Text text;
  int failed = 0;
  const std::string_view got = text_of(*calls_, file.get(), text, &failed);
  if (failed != 0) return failed;
  return base::trimmed(got) == place_.identity ? 0 : ENODEV;
}

}  // namespace joulepath::sensors
