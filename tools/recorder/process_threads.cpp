#include "tools/recorder/process_threads.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "core/base/clock_ns.hpp"

namespace joulepath::tools {
namespace {

/// The place is asked for at every fourth look at which a thread has run, its name at every
/// sixteenth: both cost more than its CPU time.
constexpr std::uint32_t kPlaceEvery = 4;
constexpr std::uint32_t kNameEvery = 16;

/// CPU time of all threads that a process has, and of those it had. The kernel lets anybody
/// read it (clock_getcpuclockid(3)).
std::optional<std::uint64_t> process_cpu_ns(std::int32_t pid) {
  clockid_t clock{};
  if (::clock_getcpuclockid(pid, &clock) != 0) return std::nullopt;
  const std::int64_t used_ns = base::clock_ns(clock);
  return used_ns != 0 ? std::optional(static_cast<std::uint64_t>(used_ns)) : std::nullopt;
}

}  // namespace

ProcessThreads::ProcessThreads(std::int32_t pid, OpenFiles& files)
    : pid_(pid),
      files_(files),
      task_(::open(fmt::format("/proc/{}/task", pid).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  list();
  for (const std::int32_t tid : tids_) {
    follow(tid).last_ns = follow(tid).cpu.total_ns().value_or(0);
    first_.insert(tid);
  }
  // Last here and first in a look: so it never grows by more than the threads' times do, and
  // what others used is never taken for too much.
  process_first_ns_ = process_cpu_ns(pid).value_or(0);
}

void ProcessThreads::list() {
  tids_.clear();
  if (!task_.open()) return;
  // A directory stream of its own each time: rewinddir would read anew as well.
  const int fd = ::openat(task_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  DIR* directory = ::fdopendir(fd);
  if (directory == nullptr) {
    ::close(fd);
    return;
  }
  while (const dirent* entry = ::readdir(directory))
    if (const auto tid = base::parse_u64(entry->d_name); tid && *tid <= 0x7fffffffu)
      tids_.push_back(static_cast<std::int32_t>(*tid));
  ::closedir(directory);
}

ProcessThreads::Thread& ProcessThreads::follow(std::int32_t tid) {
  return threads_.try_emplace(tid, task_.get(), tid, files_).first->second;
}

/// A thread that has ended may have left its number to another, which counts from 0.
ProcessThreads::Thread& ProcessThreads::renew(std::int32_t tid, ThreadsLook& look) {
  const auto known = threads_.find(tid);
  if (known->second.named) look.ended.push_back(tid);
  threads_.erase(known);
  Thread& thread = follow(tid);
  thread.seen = true;
  return thread;
}

void ProcessThreads::read(std::int32_t tid, bool told, ThreadsLook& look) {
  Thread* known = &follow(tid);
  known->seen = true;
  auto total_ns = known->cpu.total_ns();
  if (!total_ns || *total_ns < known->last_ns) {
    known = &renew(tid, look);
    total_ns = known->cpu.total_ns();
    if (!total_ns) return;
  }
  Thread& thread = *known;
  const std::uint64_t used_ns = *total_ns - thread.last_ns;
  if (used_ns == 0 && !told) return;
  if (!thread.named && !told && named_ >= kMostNamed) {
    ++look.not_named;
    return;
  }
  thread.last_ns = *total_ns;
  if (used_ns != 0) {
    if (thread.looks % kPlaceEvery == 0) thread.last_cpu = thread.cpu.last_cpu();
    if (thread.looks % kNameEvery == 0) thread.name = thread.cpu.name();
    ++thread.looks;
  }
  if (!thread.named && !told) ++named_;
  thread.named = true;
  counted_ns_ += used_ns;
  look.times.push_back({tid, used_ns, thread.last_cpu, told, thread.name});
}

void ProcessThreads::rest_to_others(std::uint64_t process_ns, ThreadsLook& look) {
  if (process_ns <= process_first_ns_ + counted_ns_) return;
  look.others_ns = process_ns - process_first_ns_ - counted_ns_;
  counted_ns_ += look.others_ns;
}

void ProcessThreads::last_words(const Told& told, std::uint64_t process_ns, ThreadsLook& look) {
  look = {};
  for (const auto& [tid, total_ns] : told) {
    const auto known = threads_.find(tid);
    const std::uint64_t last_ns = known != threads_.end() ? known->second.last_ns : 0;
    if (total_ns <= last_ns) continue;
    counted_ns_ += total_ns - last_ns;
    const std::int32_t last_cpu = known != threads_.end() ? known->second.last_cpu : -1;
    look.times.push_back({tid, total_ns - last_ns, last_cpu, true, {}});
  }
  rest_to_others(process_ns, look);
}

void ProcessThreads::look(const Told& told, ThreadsLook& look) {
  look = {};
  const auto process_ns = process_cpu_ns(pid_);
  list();
  for (auto& [tid, thread] : threads_) thread.seen = false;
  for (const std::int32_t tid : tids_) {
    const bool is_told = told.contains(tid);
    // Without a name to give there is nothing to ask.
    if (named_ >= kMostNamed && !is_told && !threads_.contains(tid)) {
      ++look.not_named;
    } else {
      read(tid, is_told, look);
    }
  }
  std::erase_if(threads_, [&](const auto& entry) {
    if (!entry.second.seen && entry.second.named) look.ended.push_back(entry.first);
    return !entry.second.seen;
  });
  if (process_ns) rest_to_others(*process_ns, look);
}

}  // namespace joulepath::tools
