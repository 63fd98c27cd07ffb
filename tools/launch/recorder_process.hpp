// A recorder that `joulepath run` starts for a session of its own, before the program.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "core/base/file.hpp"
#include "core/base/result.hpp"
#include "tools/settings/settings.hpp"

namespace joulepath::tools {

/// The session of a run that this process starts: no other run has it.
std::string run_session_key();

class RecorderProcess {
 public:
  /// Returns once the first reading is taken; else the recorder's own error.
  static base::Result<RecorderProcess> start(const Settings& settings,
                                             const std::filesystem::path& parts,
                                             const std::string& command_line);
  RecorderProcess(RecorderProcess&&) noexcept;
  RecorderProcess& operator=(RecorderProcess&&) = delete;
  /// Ends the recorder when stop() was not called.
  ~RecorderProcess();

  [[nodiscard]] const std::string& session_key() const { return session_key_; }
  /// Takes the last reading, closes the file, and waits for it. Nothing of the session
  /// stays in shared memory, also when the recorder was killed.
  base::Status stop();

 private:
  RecorderProcess() = default;
  base::Result<std::string> next_line();
  void wait_for_end();

  std::string session_key_;
  std::filesystem::path session_;
  pid_t pid_ = 0;
  base::Descriptor status_;
  std::string unread_;
};

}  // namespace joulepath::tools
