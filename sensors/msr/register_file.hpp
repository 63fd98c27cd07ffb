// The registers of one CPU through /dev/cpu/N/msr, kept open: a read is one pread of 8
// bytes at the register's number (Linux arch/x86/kernel/msr.c). A file that goes away is
// opened again when it is back, at most once a second. Never allocates while reading,
// never turns an error or a short read into a number. Single-threaded.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/file.hpp"
#include "sensors/api/counter_file.hpp"

namespace joulepath::sensors::msr {

class RegisterFile {
 public:
  RegisterFile(std::string path, const FileCalls& calls) : path_(std::move(path)), calls_(&calls) {}

  /// 0, or the errno of open.
  int open() noexcept;

  struct Read {
    std::uint64_t value = 0;
    int sys_errno = 0;  ///< 0: value is good. EIO: no such register. EBADMSG: a short read
  };
  /// `now_ns` only bounds how often a lost file is looked for.
  Read read(std::uint32_t number, std::int64_t now_ns) noexcept;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  const FileCalls* calls_;
  base::Descriptor file_;
  int lost_errno_ = 0;            ///< why file_ is closed
  std::int64_t next_try_ns_ = 0;  ///< of opening a lost file
};

}  // namespace joulepath::sensors::msr
