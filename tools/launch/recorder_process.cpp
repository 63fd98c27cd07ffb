#include "tools/launch/recorder_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

#include "core/base/exit_code.hpp"
#include "core/record/session.hpp"
#include "tools/launch/environment_with.hpp"
#include "tools/launch/find_program.hpp"
#include "tools/recorder/parts_folder.hpp"

namespace joulepath::tools {
namespace {

using base::Errc;
using base::Error;

constexpr int kLockFd = 3;
constexpr int kStatusFd = 4;
/// A recorder starts and ends in well under a second; a machine can be very busy.
constexpr int kTimeout_ms = 60'000;

/// "error CODE MESSAGE" as the error it was there.
Error error_from(const std::string& line) {
  const auto code_at = line.find(' ');
  const auto text_at = line.find(' ', code_at + 1);
  if (!line.starts_with("error ") || text_at == std::string::npos)
    return {Errc::kInternal, "the recorder said \"" + line + "\"", {}, 0, {}};
  const int exit_code = std::atoi(line.c_str() + code_at);
  for (const Errc code : {Errc::kUsage, Errc::kNotFound, Errc::kPermission, Errc::kIo,
                          Errc::kFormat, Errc::kConflict})
    if (base::exit_code(code) == exit_code) return {code, line.substr(text_at + 1), {}, 0, {}};
  return {Errc::kInternal, line.substr(text_at + 1), {}, 0, {}};
}

base::Result<record::SessionPath> open_session(const std::string& key) {
  record::SessionKey session{};
  std::snprintf(session.text, sizeof session.text, "%s", key.c_str());
  record::SessionPath path{};
  if (const int error = record::make_session_directory(session, path))
    return base::system_error("cannot make the session directory", path.text, error);
  return path;
}

int spawn(const std::string& program, const std::vector<std::string>& arguments,
          const std::vector<std::string>& environment, int lock, int status, pid_t& pid) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, lock, kLockFd);
  posix_spawn_file_actions_adddup2(&files, status, kStatusFd);
  posix_spawn_file_actions_addclosefrom_np(&files, kStatusFd + 1);
  // A session of its own: Ctrl-C is for the program; we tell the recorder when it ended.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  const auto argv = pointers(arguments);
  const auto envp = pointers(environment);
  const int error =
      ::posix_spawn(&pid, program.c_str(), &files, &attributes, argv.data(), envp.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

/// The same file under a number that collides with neither target of the dup2s.
base::Descriptor high(base::Descriptor descriptor) {
  return base::Descriptor(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, kStatusFd + 1));
}

}  // namespace

std::string run_session_key() {
  return fmt::format("{}{}-{}", kLauncherSession, ::getpid(),
                     record::process_start_time(::getpid()));
}

base::Result<RecorderProcess> RecorderProcess::start(const Settings& settings,
                                                     const std::filesystem::path& parts,
                                                     const std::string& command_line) {
  RecorderProcess recorder;
  recorder.session_key_ = run_session_key();
  const auto session = open_session(recorder.session_key_);
  if (!session) return session.error();
  recorder.session_ = session->text;
  int lock = -1;
  if (const int error = record::try_recorder_lock(*session, lock))
    return base::system_error("cannot lock the session", session->text, error);
  const base::Descriptor lock_fd = high(base::Descriptor(lock));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::system_error("cannot make a pipe", "", errno);
  recorder.status_ = base::Descriptor(ends[0]);
  base::Descriptor write_end = high(base::Descriptor(ends[1]));

  auto variables = as_environment(settings);
  variables["JOULEPATH_RUN_COMMAND"] = command_line;
  variables["LD_PRELOAD"] = "";
  const char* other = std::getenv("JOULEPATH_RECORDER");
  const std::string program = other != nullptr ? other : beside_us("joulepath-recorder").string();
  const std::vector<std::string> arguments{program,
                                           "--session",
                                           session->text,
                                           "--lock-fd",
                                           fmt::format("{}", kLockFd),
                                           "--status-fd",
                                           fmt::format("{}", kStatusFd),
                                           "--parts",
                                           parts.string(),
                                           "--owner",
                                           fmt::format("{}", ::getpid())};
  if (const int error = spawn(program, arguments, environment_with(variables), lock_fd.get(),
                              write_end.get(), recorder.pid_))
    return base::system_error("cannot start the recorder", program, error);
  write_end = base::Descriptor();  // the recorder's end alone keeps the pipe open
  const auto line = recorder.next_line();
  if (!line) return line.error();
  if (*line != "ready") return error_from(*line);
  return recorder;
}

RecorderProcess::RecorderProcess(RecorderProcess&& other) noexcept
    : session_key_(std::move(other.session_key_)),
      session_(std::exchange(other.session_, {})),
      pid_(std::exchange(other.pid_, 0)),
      status_(std::move(other.status_)),
      unread_(std::move(other.unread_)) {}

RecorderProcess::~RecorderProcess() {
  if (pid_ != 0) ::kill(pid_, SIGTERM);
  wait_for_end();
}

void RecorderProcess::wait_for_end() {
  while (pid_ != 0 && ::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  std::error_code ignored;
  if (!session_.empty()) std::filesystem::remove_all(session_, ignored);
  session_.clear();
}

base::Result<std::string> RecorderProcess::next_line() {
  for (;;) {
    if (const auto end = unread_.find('\n'); end != std::string::npos) {
      std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    pollfd readable{status_.get(), POLLIN, 0};
    const int ready = ::poll(&readable, 1, kTimeout_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return Error{Errc::kInternal, "the recorder does not answer", {}, 0, {}};
    char block[1024];
    const ssize_t got = ::read(status_.get(), block, sizeof block);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0)
      return Error{Errc::kInternal,
                   "the recorder ended unexpectedly",
                   {},
                   0,
                   "what it had written is in the .parts folder"};
    unread_.append(block, static_cast<std::size_t>(got));
  }
}

base::Status RecorderProcess::stop() {
  ::kill(pid_, SIGTERM);
  const auto line = next_line();
  wait_for_end();
  if (!line) return line.error();
  if (*line != "done") return error_from(*line);
  return base::Done{};
}

}  // namespace joulepath::tools
