#include "sensors/perf/perf_calls.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace joulepath::sensors::perf {
namespace {

/// The power PMU takes no sampling period and none of the exclude bits: all stay 0.
int system_open(std::uint32_t type, std::uint64_t config, int cpu) noexcept {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = type;
  attributes.config = config;
  constexpr pid_t kAnyProcess = -1;
  constexpr int kNoGroup = -1;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, kAnyProcess, cpu, kNoGroup,
                                    static_cast<unsigned long>(PERF_FLAG_FD_CLOEXEC)));
}

ssize_t system_read(int fd, void* buffer, std::size_t size) noexcept {
  return ::read(fd, buffer, size);
}

}  // namespace

const PerfCalls kSystemPerfCalls{system_open, system_read};

}  // namespace joulepath::sensors::perf
