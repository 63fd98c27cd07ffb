// What wakes the recorder: its period, signals, new files in the session, and the end of
// processes. One epoll descriptor; owned and called by one thread.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/base/file.hpp"
#include "core/base/result.hpp"

namespace joulepath::tools {

struct Wakeup {
  std::uint64_t periods = 0;  ///< periods that passed since the last time; 0: not yet
  std::int64_t due_ns = 0;    ///< when the last of them was due, CLOCK_MONOTONIC
  int signal = 0;             ///< SIGTERM, SIGINT or SIGHUP has come
  bool processes_changed = false;
};

class Wakeups {
 public:
  /// Blocks those signals for this process and watches `session` for new files.
  static base::Result<Wakeups> open(const std::filesystem::path& session, std::int64_t period_ns,
                                    std::int64_t first_due_ns);
  /// `exited` becomes readable when its process ends; stays owned by the caller.
  void watch_exit(int exited);
  void watch_owner(pid_t owner);
  /// Sleeps until something happens.
  Wakeup wait();

 private:
  Wakeups() = default;
  base::Descriptor epoll_;
  base::Descriptor timer_;
  base::Descriptor signals_;
  base::Descriptor files_;
  base::Descriptor owner_;
  std::int64_t period_ns_ = 0;
  std::int64_t next_due_ns_ = 0;
};

}  // namespace joulepath::tools
