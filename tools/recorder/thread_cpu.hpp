// CPU time of one thread, from its kept-open /proc/PID/task/TID/schedstat.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/file.hpp"

namespace joulepath::tools {

class ThreadCpu {
 public:
  ThreadCpu(std::int32_t pid, std::int32_t tid);
  /// CPU time in ns since the last call (the first: since the thread began). Nothing
  /// when the thread has ended or the kernel does not tell (CONFIG_SCHED_INFO).
  std::optional<std::uint64_t> since_last();

 private:
  base::Descriptor file_;
  std::uint64_t last_ns_ = 0;
};

}  // namespace joulepath::tools
