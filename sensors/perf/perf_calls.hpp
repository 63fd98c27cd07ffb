// The system calls of the perf backend, in a table that tests replace.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace joulepath::sensors::perf {

struct PerfCalls {
  /// perf_event_open(2): counts on `cpu`, whoever runs there, from now on; the descriptor
  /// is close-on-exec. -1 and errno.
  int (*open)(std::uint32_t type, std::uint64_t config, int cpu) noexcept;
  ssize_t (*read)(int fd, void* buffer, std::size_t size) noexcept;
};
extern const PerfCalls kSystemPerfCalls;

}  // namespace joulepath::sensors::perf
