#include "slurm/spank/user_program.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

namespace joulepath::slurm {
namespace {

constexpr int kCannotStart = 127;
constexpr int kPoll_ms = 5;

struct Words {
  explicit Words(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
  }
  std::vector<char*> pointers;
};

bool become(const UserProgram& program) {
  if (::geteuid() != 0) return true;
  // setuid(2) of the C library would talk to the threads of the process we are a copy of.
  return ::syscall(SYS_setgroups, 0, nullptr) == 0 &&
         ::syscall(SYS_setresgid, program.group, program.group, program.group) == 0 &&
         ::syscall(SYS_setresuid, program.user, program.user, program.user) == 0;
}

[[noreturn]] void exec_in_child(const UserProgram& program, char** arguments, char** environment) {
  const int null = ::open("/dev/null", O_RDWR);
  const int output = program.output >= 0 ? program.output : null;
  if (null < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0 || ::dup2(null, 0) < 0)
    ::_exit(kCannotStart);
  ::syscall(SYS_close_range, 3U, ~0U, 0U);
  if (!become(program)) ::_exit(kCannotStart);
  // As the user: a folder of theirs may be closed to root.
  if (!program.directory.empty() && ::chdir(program.directory.c_str()) != 0) ::_exit(kCannotStart);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setsid();
  ::execve(program.path.c_str(), arguments, environment);
  ::_exit(kCannotStart);
}

long now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

int run_as_user(const UserProgram& program, int limit_ms) noexcept try {
  std::vector<std::string> texts{program.path};
  texts.insert(texts.end(), program.arguments.begin(), program.arguments.end());
  const Words arguments(texts);
  const Words environment(program.environment);
  const pid_t child = ::fork();
  if (child < 0) return -1;
  if (child == 0) {
    exec_in_child(program, const_cast<char**>(arguments.pointers.data()),
                  const_cast<char**>(environment.pointers.data()));
  }
  const long deadline = now_ms() + limit_ms;
  int status = 0;
  for (;;) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) break;
    if (ended < 0 && errno != EINTR) return -1;  // the host reaped it: SIGCHLD is ignored there
    if (now_ms() >= deadline) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
      return -1;
    }
    ::poll(nullptr, 0, kPoll_ms);
  }
  return WIFEXITED(status) && WEXITSTATUS(status) != kCannotStart ? WEXITSTATUS(status) : -1;
} catch (...) {
  return -1;
}

}  // namespace joulepath::slurm
