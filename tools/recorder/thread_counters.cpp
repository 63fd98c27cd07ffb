#include "tools/recorder/thread_counters.hpp"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <system_error>
#include <utility>

namespace joulepath::tools {
namespace {

int system_open(const CounterEvent& event, std::int32_t tid, int group) noexcept {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = event.type;
  attributes.config = event.config;
  attributes.exclude_kernel = event.in_kernel ? 0 : 1;
  attributes.exclude_hv = 1;
  attributes.read_format =
      PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  constexpr int kAnyCpu = -1;
  return static_cast<int>(::syscall(SYS_perf_event_open, &attributes, tid, kAnyCpu, group,
                                    static_cast<unsigned long>(PERF_FLAG_FD_CLOEXEC)));
}

ssize_t system_read(int fd, void* buffer, std::size_t size) noexcept {
  return ::read(fd, buffer, size);
}

/// Head of what a group's leader gives: how many, time enabled, time running.
constexpr std::size_t kHead = 3;

std::string reason_of(int error, const std::filesystem::path& proc_root) {
  switch (error) {
    case EACCES:
    case EPERM: {
      const auto file = proc_root / "sys/kernel/perf_event_paranoid";
      const auto level = base::read_file(file);
      return fmt::format(
          "refused by the kernel ({} is {}; an administrator may set "
          "kernel.perf_event_paranoid=2)",
          file.string(), level ? base::trimmed(*level) : "not readable");
    }
    case ENOENT:
    case ENODEV:
    case EOPNOTSUPP: return "this machine's kernel offers none (a virtual machine often has none)";
    case EINVAL: return "the CPU cannot count it, or not beside the others";
    default: return std::generic_category().message(error);
  }
}

}  // namespace

const CounterCalls kSystemCounterCalls{system_open, system_read};

ThreadCounters::ThreadCounters(std::vector<CounterSpec> specs, std::size_t most_files,
                               const CounterCalls& calls, const std::filesystem::path& proc_root)
    : files_left_(most_files), calls_(&calls) {
  std::vector<base::Descriptor> files;
  // By reason: the counters that it keeps away.
  std::vector<std::pair<std::string, std::string>> absent;
  // Why the caller cannot be counted; empty: `files` has what counts it.
  const auto refusal = [&](const CounterSpec& spec) -> std::string {
    const std::size_t before = files.size();
    for (const CounterEvent& event : spec.events) {
      const int fd = calls_->open(event, 0, files.empty() ? -1 : files.front().get());
      if (fd < 0) {
        const int error = errno;
        files.resize(before);
        return reason_of(error, proc_root);
      }
      files.emplace_back(fd);
    }
    return {};
  };
  for (CounterSpec& spec : specs) {
    const std::string reason = spec.absent.empty() ? refusal(spec) : spec.absent;
    if (reason.empty()) {
      specs_.push_back(std::move(spec));
      continue;
    }
    const auto known = std::find_if(absent.begin(), absent.end(),
                                    [&](const auto& entry) { return entry.first == reason; });
    if (known != absent.end())
      known->second += ", " + spec.name;
    else
      absent.emplace_back(reason, spec.name);
  }
  for (const auto& [reason, names] : absent)
    absent_ += (absent_.empty() ? "" : "; ") + names + ": " + reason;
  buffer_.resize(kHead + files_of_one());
  now_.resize(specs_.size());
  counts_.counts.resize(specs_.size());
}

std::size_t ThreadCounters::files_of_one() const {
  std::size_t files = 0;
  for (const CounterSpec& spec : specs_) files += spec.events.size();
  return files;
}

std::optional<ThreadCounters::Group> ThreadCounters::open(std::int32_t tid) {
  if (files_left_ < files_of_one()) return std::nullopt;
  Group group;
  for (const CounterSpec& spec : specs_)
    for (const CounterEvent& event : spec.events) {
      const int fd = calls_->open(event, tid, group.files.empty() ? -1 : group.files.front().get());
      if (fd < 0) return std::nullopt;
      group.files.emplace_back(fd);
    }
  files_left_ -= group.files.size();
  return group;
}

bool ThreadCounters::values(const Group& group, std::vector<double>& values) {
  const std::size_t bytes = buffer_.size() * sizeof buffer_.front();
  if (calls_->read(group.files.front().get(), buffer_.data(), bytes) !=
          static_cast<ssize_t>(bytes) ||
      buffer_[0] != group.files.size())
    return false;
  // Not running: it was on no CPU yet, or another user had the counters all the time.
  const double scale =
      buffer_[2] != 0 ? static_cast<double>(buffer_[1]) / static_cast<double>(buffer_[2]) : 0.0;
  if (buffer_[2] == 0 && buffer_[1] != 0) return false;
  std::size_t at = kHead;
  for (std::size_t counter = 0; counter < specs_.size(); ++counter) {
    values[counter] = 0.0;
    for (const CounterEvent& event : specs_[counter].events)
      values[counter] += scale * event.weight * static_cast<double>(buffer_[at++]);
  }
  return true;
}

const ThreadCounters::Counts* ThreadCounters::read(std::int32_t tid, std::uint32_t tick) {
  if (specs_.empty()) return nullptr;
  if (const auto known = threads_.find(tid); known != threads_.end()) return read_known(tid, tick);
  threads_[tid] = open(tid);
  return read_known(tid, tick);
}

const ThreadCounters::Counts* ThreadCounters::read_known(std::int32_t tid, std::uint32_t tick) {
  const auto known = threads_.find(tid);
  if (known == threads_.end() || !known->second) return nullptr;
  Group& group = *known->second;
  if (!values(group, now_)) return nullptr;
  if (group.last.empty()) {
    group.last = now_;
    group.tick = tick;
  }
  counts_.since = group.tick;
  for (std::size_t counter = 0; counter < specs_.size(); ++counter) {
    // What scaling took back is not taken twice.
    const double step = std::max(now_[counter] - group.last[counter], 0.0);
    counts_.counts[counter] = static_cast<std::uint64_t>(std::llround(step));
    group.last[counter] += static_cast<double>(counts_.counts[counter]);
  }
  group.tick = tick;
  return &counts_;
}

void ThreadCounters::forget(std::int32_t tid) {
  const auto known = threads_.find(tid);
  if (known == threads_.end()) return;
  if (known->second) files_left_ += known->second->files.size();
  threads_.erase(known);
}

}  // namespace joulepath::tools
