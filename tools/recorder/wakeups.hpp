// What wakes the recorder: the time of its next pass, signals, new files in the session,
// and the end of processes. One epoll descriptor; owned and called by one thread.
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/base/file.hpp"
#include "core/base/result.hpp"

namespace joulepath::tools {

struct Wakeup {
  int signal = 0;  ///< SIGTERM, SIGINT or SIGHUP has come
  bool processes_changed = false;
};

class Wakeups {
 public:
  /// Blocks those signals for this process and watches `session` for new files.
  static base::Result<Wakeups> open(const std::filesystem::path& session);
  /// `exited` becomes readable when its process ends; stays owned by the caller.
  void watch_exit(int exited);
  void watch_owner(pid_t owner);
  /// Sleeps until something happens, or it is `until_ns` (CLOCK_MONOTONIC). A time that
  /// has passed: only looks.
  Wakeup wait(std::int64_t until_ns);

 private:
  Wakeups() = default;
  base::Descriptor epoll_;
  base::Descriptor timer_;
  base::Descriptor signals_;
  base::Descriptor files_;
  base::Descriptor owner_;
};

}  // namespace joulepath::tools
