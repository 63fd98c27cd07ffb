#include "pmpi/src/message.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

namespace joulepath::pmpi {

void say(const char* format, ...) noexcept {
  const int kept = errno;
  char line[912] = "joulepath: ";
  constexpr int kPrefix = 11;
  va_list arguments;
  va_start(arguments, format);
  int length = std::vsnprintf(line + kPrefix, sizeof line - kPrefix - 1, format, arguments);
  va_end(arguments);
  if (length < 0) length = 0;
  if (length > static_cast<int>(sizeof line) - kPrefix - 2)
    length = static_cast<int>(sizeof line) - kPrefix - 2;
  line[kPrefix + length] = '\n';
  if (::write(STDERR_FILENO, line, static_cast<size_t>(kPrefix + length + 1)) < 0) {
    // Nobody listens on standard error; there is nothing left to do.
  }
  errno = kept;
}

}  // namespace joulepath::pmpi
