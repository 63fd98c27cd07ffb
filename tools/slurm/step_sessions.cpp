#include "tools/slurm/step_sessions.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <thread>

#include "core/base/file.hpp"
#include "core/base/split.hpp"
#include "tools/recorder/process_channel.hpp"
#include "tools/recorder/slurm_job.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

constexpr auto kLook = std::chrono::milliseconds(10);

fs::path sessions_of_user() {
  const char* base = std::getenv("JOULEPATH_SHM_DIR");
  return fs::path(base != nullptr && *base != '\0' ? base : "/dev/shm") /
         fmt::format("joulepath-{}", ::geteuid());
}

/// Sessions that a recorder which runs was started for, also one that has left its folder and
/// closes its file: the words of its command line tell.
std::set<std::string> recorded_sessions(const fs::path& sessions) {
  std::set<std::string> found;
  std::error_code ended;
  for (const auto& entry : fs::directory_iterator("/proc", ended)) {
    const std::string pid = entry.path().filename();
    struct stat owner {};
    // Of this user: others may call their processes as they like.
    if (!base::parse_u64(pid) || ::stat(entry.path().c_str(), &owner) != 0 ||
        owner.st_uid != ::geteuid())
      continue;
    const auto line = base::read_file(entry.path() / "cmdline");
    if (!line) continue;
    const auto words = base::split(*line, '\0');
    if (words.empty() || fs::path(words.front()).filename() != "joulepath-recorder") continue;
    for (const std::string_view word : words)
      if (const fs::path path = word; path.parent_path() == sessions)
        found.insert(path.filename().string());
  }
  return found;
}

bool has_processes(const fs::path& session) {
  const auto files = channel_files(session);
  return std::any_of(files.begin(), files.end(), [](const fs::path& file) {
    const auto process = ProcessChannel::open(file);
    return process && (*process)->alive();
  });
}

}  // namespace

bool is_session_of(std::string_view session, std::string_view what) {
  if (!session.starts_with(kSlurmSession)) return false;
  session.remove_prefix(kSlurmSession.size());
  return session.starts_with(what) &&
         (session.size() == what.size() || session[what.size()] == '.');
}

void settle_sessions(std::string_view what, std::chrono::milliseconds patience) {
  const fs::path sessions = sessions_of_user();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::set<std::string> recorded;
  do {
    recorded = recorded_sessions(sessions);
    std::erase_if(recorded, [&](const std::string& session) {
      return !is_session_of(session, what) || has_processes(sessions / session);
    });
    if (recorded.empty()) break;
    std::this_thread::sleep_for(kLook);
  } while (std::chrono::steady_clock::now() < deadline);
  recorded = recorded_sessions(sessions);
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(sessions, ignored))
    if (const std::string name = entry.path().filename();
        is_session_of(name, what) && !recorded.contains(name) && !has_processes(entry.path()))
      fs::remove_all(entry.path(), ignored);
  fs::remove(sessions, ignored);  // where it was the last
}

}  // namespace joulepath::tools
