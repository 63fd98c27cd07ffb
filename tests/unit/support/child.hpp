// Runs a piece of a test in a process of its own: what needs another pid, another user,
// or to be killed. The child leaves by _exit, so that no test of the parent runs twice.
#pragma once

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace joulepath::test {

/// Exit status of `pid` (0 to 255), or 1000 + signal.
inline int end_of(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/// Starts `body()` in a child, whose exit status is what it returns.
template <class Body>
pid_t start_child(Body body) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  return pid;
}

template <class Body>
int run_in_child(Body body) {
  return end_of(start_child(body));
}

}  // namespace joulepath::test
