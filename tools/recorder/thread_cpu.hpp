// CPU time and last CPU of one thread, from its files below /proc/PID/task.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/file.hpp"

namespace joulepath::tools {

/// One of `parts` equal parts of the descriptors that this process may have, but no more than is
/// of use; 0 where the system does not tell.
std::size_t part_of_descriptors(std::size_t parts);

/// How many files of threads may be open at the same time: kept open they are read in a
/// quarter of the time, but a process may only have so many.
class OpenFiles {
 public:
  explicit OpenFiles(std::size_t most) : left_(most) {}
  bool take() {
    if (left_ == 0) return false;
    --left_;
    return true;
  }
  void give_back() { ++left_; }

 private:
  std::size_t left_;
};

class ThreadCpu {
 public:
  /// `task`: the open directory /proc/PID/task; it and `files` outlive this.
  ThreadCpu(int task, std::int32_t tid, OpenFiles& files);
  ~ThreadCpu();
  ThreadCpu(const ThreadCpu&) = delete;
  ThreadCpu& operator=(const ThreadCpu&) = delete;

  /// CPU time in ns since the thread began. Nothing when it has ended, or the kernel does not
  /// tell (CONFIG_SCHED_INFO).
  std::optional<std::uint64_t> total_ns();
  /// The CPU it ran on last; -1 when it has ended.
  [[nodiscard]] std::int32_t last_cpu() const;
  /// Its name, at most 15 bytes; empty when it has ended.
  [[nodiscard]] std::string name() const;

 private:
  int task_;
  std::int32_t tid_;
  OpenFiles& files_;
  base::Descriptor kept_;
};

}  // namespace joulepath::tools
