#include "tools/recorder/thread_cpu.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace joulepath::tools {
namespace {

base::Descriptor open_file(int task, std::int32_t tid, const char* name) {
  char path[64];
  std::snprintf(path, sizeof path, "%d/%s", tid, name);
  return base::Descriptor(::openat(task, path, O_RDONLY | O_CLOEXEC));
}

/// What the file holds now, as far as it fits.
template <std::size_t kRoom>
std::string_view read_text(const base::Descriptor& file, char (&text)[kRoom]) {
  const ssize_t got = file.open() ? ::pread(file.get(), text, kRoom, 0) : -1;
  return got > 0 ? std::string_view(text, static_cast<std::size_t>(got)) : std::string_view();
}

}  // namespace

std::size_t part_of_descriptors(std::size_t parts) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  constexpr rlim_t kEnough = 8192;
  return static_cast<std::size_t>(std::min(limit.rlim_cur / parts, kEnough));
}

ThreadCpu::ThreadCpu(int task, std::int32_t tid, OpenFiles& files)
    : task_(task), tid_(tid), files_(files) {
  if (!files_.take()) return;
  kept_ = open_file(task, tid, "schedstat");
  if (!kept_.open()) files_.give_back();
}

ThreadCpu::~ThreadCpu() {
  if (kept_.open()) files_.give_back();
}

std::optional<std::uint64_t> ThreadCpu::total_ns() {
  char text[128];
  // "time on the CPU, time waiting for one, number of timeslices" in ns (kernel
  // documentation, scheduler/sched-stats.rst).
  const std::string_view line =
      kept_.open() ? read_text(kept_, text) : read_text(open_file(task_, tid_, "schedstat"), text);
  return base::parse_u64(line.substr(0, line.find(' ')));
}

std::int32_t ThreadCpu::last_cpu() const {
  char text[1024];
  std::string_view line = read_text(open_file(task_, tid_, "stat"), text);
  // proc(5): field 2 is the name in parentheses, which may hold anything; field 39 the CPU.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string_view::npos) return -1;
  line.remove_prefix(name_end + 1);
  for (int field = 2; field < 38; ++field) {
    const std::size_t space = line.find(' ', 1);
    if (space == std::string_view::npos) return -1;
    line.remove_prefix(space);
  }
  const auto cpu = base::parse_u64(line.substr(0, line.find(' ', 1)));
  return cpu && *cpu <= 0x7fffffffu ? static_cast<std::int32_t>(*cpu) : -1;
}

std::string ThreadCpu::name() const {
  char text[64];
  return std::string(base::trimmed(read_text(open_file(task_, tid_, "comm"), text)));
}

}  // namespace joulepath::tools
