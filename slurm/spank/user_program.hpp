// Runs a program of ours as the job's user, from a daemon that is root and has threads: nothing
// but system calls between fork and exec. It never takes longer than it may.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace joulepath::slurm {

struct UserProgram {
  std::string path;
  std::vector<std::string> arguments;    ///< without the program's own name
  std::vector<std::string> environment;  ///< "NAME=value"
  std::string directory;                 ///< to be in; empty: this process's
  uid_t user = 0;                        ///< taken on when this process is root
  gid_t group = 0;
  int output = -1;  ///< its standard output and error; -1: /dev/null
};

/// Waits for its end; after `limit_ms` it is killed. Its exit status, or -1: it could not be
/// started, or ended otherwise.
int run_as_user(const UserProgram& program, int limit_ms) noexcept;

}  // namespace joulepath::slurm
