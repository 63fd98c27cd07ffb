#include "tools/launch/run_program.hpp"

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "core/base/file.hpp"
#include "tools/launch/environment_with.hpp"
#include "tools/launch/find_program.hpp"

namespace joulepath::tools {
namespace {

volatile std::sig_atomic_t program_pid = 0;

void pass_on(int signal) {
  const int kept = errno;
  if (program_pid > 0) ::kill(static_cast<pid_t>(program_pid), signal);
  errno = kept;
}

void set_action(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

base::Result<ProgramEnd> run_program(const std::vector<std::string>& command,
                                     const std::map<std::string, std::string>& variables) {
  const auto program = find_program(command.front());
  if (!program)
    return base::Error{base::Errc::kNotFound, "no such program", command.front(), 0, {}};
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // What was ignored for us (nohup) stays ignored for the program; the rest is as new.
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;
    sigaddset(&defaults, signal);
    set_action(signal, signal == SIGINT || signal == SIGQUIT ? SIG_IGN : &pass_on);
  }
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const auto environment = environment_with(variables);
  const auto argv = pointers(command);
  const auto envp = pointers(environment);
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, program->c_str(), nullptr, &attributes, argv.data(), envp.data());
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return base::system_error("cannot be started", program->string(), error);
  program_pid = pid;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  program_pid = 0;
  if (WIFSIGNALED(status)) return ProgramEnd{0, WTERMSIG(status)};
  return ProgramEnd{WEXITSTATUS(status), 0};
}

void end_like(const ProgramEnd& end) {
  std::fflush(nullptr);
  if (end.signal != 0) {
    // The program has left its core file already; ours would tell nothing.
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    set_action(end.signal, SIG_DFL);
    ::raise(end.signal);
  }
  std::_Exit(end.signal != 0 ? 128 + end.signal : end.status);
}

}  // namespace joulepath::tools
