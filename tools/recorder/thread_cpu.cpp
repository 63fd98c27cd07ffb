#include "tools/recorder/thread_cpu.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <string_view>

namespace joulepath::tools {

ThreadCpu::ThreadCpu(std::int32_t pid, std::int32_t tid) {
  auto file = base::open_readonly(fmt::format("/proc/{}/task/{}/schedstat", pid, tid));
  if (file) file_ = std::move(*file);
}

std::optional<std::uint64_t> ThreadCpu::since_last() {
  if (!file_.open()) return std::nullopt;
  char text[128];
  const ssize_t got = ::pread(file_.get(), text, sizeof text, 0);
  if (got <= 0) {
    file_ = base::Descriptor();
    return std::nullopt;
  }
  // "time on the CPU, time waiting for one, number of timeslices" in ns (kernel
  // documentation, scheduler/sched-stats.rst).
  const std::string_view line(text, static_cast<std::size_t>(got));
  const auto total = base::parse_u64(line.substr(0, line.find(' ')));
  if (!total || *total < last_ns_) return std::nullopt;
  const std::uint64_t difference = *total - last_ns_;
  last_ns_ = *total;
  return difference;
}

}  // namespace joulepath::tools
