// Tells the other processes of a team, once a second, that this one is alive, by a file that it
// writes anew; and cleans up where a signal ends the process.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "core/base/file.hpp"

namespace joulepath::tools {

class Heartbeat {
 public:
  /// To be made before other threads. `on_end` is called from the heartbeat's own thread where
  /// SIGINT, SIGTERM or SIGHUP comes, which then ends the process as if nobody had looked.
  Heartbeat(std::filesystem::path file, std::function<void(int signal)> on_end);
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;
  ~Heartbeat();

 private:
  void beat();
  void run(const std::function<void(int signal)>& on_end);

  std::filesystem::path file_;
  unsigned long long beats_ = 0;
  base::Descriptor signals_;
  base::Descriptor stop_;
  std::thread thread_;
};

/// What one process knows of another's heart.
class Pulse {
 public:
  /// The file's content; `looked_ms`: time since the look before. Time in which this process did
  /// not look, as it was stopped, says nothing about the other.
  void look(const std::string& content, long long looked_ms);
  /// It was a process of this machine and has ended.
  [[nodiscard]] bool gone() const { return gone_; }
  /// For so long nothing was heard.
  [[nodiscard]] long long silent_ms() const { return silent_ms_; }

 private:
  std::string last_;
  long long silent_ms_ = 0;
  bool gone_ = false;
};

}  // namespace joulepath::tools
