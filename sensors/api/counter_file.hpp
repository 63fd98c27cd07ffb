// One number, or one short line, in one sysfs file, read again and again: the descriptor
// stays open and every read is a single pread at offset 0 (about 1 us, against 6 us for
// open, read, close). A file that goes away is opened again when it is back, at most once
// a second, and only if it still belongs to the same device. Never allocates while
// reading, never turns an error or odd text into a number. Single-threaded.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/file.hpp"
#include "core/base/result.hpp"

namespace joulepath::sensors {

/// The system calls it makes, so that tests can have them fail.
struct FileCalls {
  int (*open)(const char* path) noexcept;  ///< read-only, close-on-exec; -1 and errno
  ssize_t (*pread)(int fd, void* buffer, std::size_t size, off_t offset) noexcept;
};
extern const FileCalls kSystemFileCalls;

class CounterFile {
 public:
  struct Place {
    std::string path;           ///< the number
    std::string identity_path;  ///< a file that names the device; empty: none
    std::string identity;       ///< what it says, without white space around it
  };

  explicit CounterFile(Place place, const FileCalls& calls = kSystemFileCalls)
      : place_(std::move(place)), calls_(&calls) {}

  /// Opens the file. Error: kNotFound, kPermission or kIo with errno.
  base::Status open();

  /// The number now, or why there is none.
  struct Read {
    std::uint64_t value = 0;
    int sys_errno = 0;  ///< 0: value is good. EBADMSG: not an unsigned number
  };
  /// `now_ns` only bounds how often a lost file is looked for.
  Read read(std::int64_t now_ns) noexcept;

  /// A file that says more than a number: what it says, or why there is nothing.
  using Text = std::array<char, 64>;
  struct TextRead {
    std::string_view text;  ///< lies in the caller's buffer
    int sys_errno = 0;      ///< 0: text is all there is. EBADMSG: it fills the buffer
  };
  TextRead read_text(std::int64_t now_ns, Text& buffer) noexcept;

  [[nodiscard]] const std::string& path() const { return place_.path; }

 private:
  int reopen(std::int64_t now_ns) noexcept;
  int check_identity() const noexcept;

  Place place_;
  const FileCalls* calls_;
  base::Descriptor file_;
  int lost_errno_ = 0;            ///< why file_ is closed
  std::int64_t next_try_ns_ = 0;  ///< of opening a lost file
};

}  // namespace joulepath::sensors
