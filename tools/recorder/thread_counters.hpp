// Counts what threads do with the CPU's and the kernel's counters, from outside of them
// (perf_event_open(2) on a thread's number): no cost in the thread but that of its switches.
// Owned and called by one thread; what it opened of a thread is kept until forget().
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/file.hpp"
#include "tools/recorder/counter_list.hpp"

namespace joulepath::tools {

/// The system calls, in a table that tests replace.
struct CounterCalls {
  /// Counts the thread `tid` (0: the caller) on all CPUs, beside `group` (-1: alone), from now
  /// on, in user space unless the event is of the kernel's. -1 and errno.
  int (*open)(const CounterEvent& event, std::int32_t tid, int group) noexcept;
  ssize_t (*read)(int fd, void* buffer, std::size_t size) noexcept;
};
extern const CounterCalls kSystemCounterCalls;

class ThreadCounters {
 public:
  /// Tries each counter on the caller; those that cannot be had are left out, with the reason.
  /// `most_files`: descriptors that may be kept open. `calls` outlive this.
  ThreadCounters(std::vector<CounterSpec> specs, std::size_t most_files,
                 const CounterCalls& calls = kSystemCounterCalls,
                 const std::filesystem::path& proc_root = "/proc");

  [[nodiscard]] std::span<const CounterSpec> counters() const { return specs_; }
  /// Why some are not there, each reason once; empty: all are.
  [[nodiscard]] const std::string& absent() const { return absent_; }

  /// One count for each of counters(), since the last call for this thread.
  struct Counts {
    std::uint32_t since = 0;  ///< tick of that call; `tick` itself: counted from here on
    std::vector<std::uint64_t> counts;
  };
  /// Null: it cannot be counted (gone, not ours, no descriptor left). The kernel may have
  /// lent the counters to others for a part of the time: then it is scaled up.
  const Counts* read(std::int32_t tid, std::uint32_t tick);
  /// As read(), of a thread that is followed already: also when it has ended.
  const Counts* read_known(std::int32_t tid, std::uint32_t tick);
  void forget(std::int32_t tid);

 private:
  struct Group {
    std::vector<base::Descriptor> files;  ///< the first leads
    std::vector<double> last;             ///< by counter
    std::uint32_t tick = 0;
  };
  [[nodiscard]] std::optional<Group> open(std::int32_t tid);
  bool values(const Group& group, std::vector<double>& values);
  [[nodiscard]] std::size_t files_of_one() const;

  std::vector<CounterSpec> specs_;
  std::size_t files_left_;
  const CounterCalls* calls_;
  std::string absent_;
  std::map<std::int32_t, std::optional<Group>> threads_;  ///< nothing: it cannot be counted
  std::vector<double> now_;
  std::vector<std::uint64_t> buffer_;
  Counts counts_;
};

}  // namespace joulepath::tools
