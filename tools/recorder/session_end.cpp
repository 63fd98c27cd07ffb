#include "tools/recorder/session_end.hpp"

#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <memory>
#include <thread>

#include "tools/recorder/process_channel.hpp"

namespace joulepath::tools {

namespace fs = std::filesystem;

void withdraw_lock(const record::SessionPath& session) {
  std::error_code ignored;
  fs::remove(fs::path(session.text) / "lock", ignored);
}

SessionEnd settle_session(const record::SessionPath& session, base::Descriptor& lock) {
  const fs::path directory = session.text;
  std::error_code ignored;
  if (channel_files(directory).empty()) {
    fs::remove(directory, ignored);  // fails, rightly, when somebody has just joined
    lock = base::Descriptor();
    return SessionEnd::kLeft;
  }
  int again = -1;
  int error = 0;
  while ((error = record::try_recorder_lock(session, again)) == ESTALE) sched_yield();
  if (error != 0) {
    lock = base::Descriptor();
    return SessionEnd::kTaken;
  }
  lock = base::Descriptor(again);
  return SessionEnd::kJoined;
}

SessionEnd leave_session(const record::SessionPath& session, base::Descriptor& lock) {
  withdraw_lock(session);
  return settle_session(session, lock);
}

void refuse_session(const record::SessionPath& session, base::Descriptor& lock,
                    const std::string& message) {
  // Nothing is measured any more: a slow poll is all this needs.
  constexpr auto kPoll = std::chrono::milliseconds(100);
  std::map<fs::path, std::unique_ptr<ProcessChannel>> processes;
  do {
    do {
      for (const fs::path& file : channel_files(session.text)) {
        if (processes.contains(file)) continue;
        auto process = ProcessChannel::open(file);
        if (!process) {
          std::error_code ignored;
          fs::remove(file, ignored);
          continue;
        }
        (*process)->tell(record::RecorderState::kFailed, message);
        processes.emplace(file, std::move(*process));
      }
      std::erase_if(processes, [](const auto& entry) {
        if (entry.second->alive()) return false;
        std::error_code ignored;
        fs::remove(entry.first, ignored);
        return true;
      });
      if (!processes.empty()) std::this_thread::sleep_for(kPoll);
    } while (!processes.empty());
  } while (leave_session(session, lock) == SessionEnd::kJoined);
}

}  // namespace joulepath::tools
