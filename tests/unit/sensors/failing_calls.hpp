// System calls for files that fail by path as a test says, and otherwise are the real
// ones. The table of calls is of plain functions: what fails is kept here, for one test at
// a time.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <map>
#include <string>

#include "sensors/api/counter_file.hpp"

namespace joulepath::sensors {

struct FailingCalls {
  std::map<std::string, int> open_errno;  ///< by the end of the path
  std::map<std::string, int> read_errno;  ///< likewise; files already open, too
  std::function<void(const std::string& path)> before_read;
  std::map<std::string, int> opens;  ///< how often each path was tried
  std::map<int, std::string> paths;  ///< of the descriptors
};
inline FailingCalls failing;

inline int errno_for(const std::map<std::string, int>& failures, const std::string& path) {
  for (const auto& [ending, error] : failures)
    if (path.ends_with(ending)) return error;
  return 0;
}

inline int failing_open(const char* path) noexcept {
  ++failing.opens[path];
  errno = errno_for(failing.open_errno, path);
  if (errno != 0) return -1;
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0) failing.paths[fd] = path;
  return fd;
}

inline ssize_t failing_pread(int fd, void* buffer, std::size_t size, off_t offset) noexcept {
  const std::string path = failing.paths[fd];
  if (failing.before_read) failing.before_read(path);
  errno = errno_for(failing.read_errno, path);
  if (errno != 0) return -1;
  return ::pread(fd, buffer, size, offset);
}

inline constexpr FileCalls kFailingCalls{failing_open, failing_pread};

}  // namespace joulepath::sensors
