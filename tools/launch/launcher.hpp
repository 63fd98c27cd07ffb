// How to hand environment variables to the ranks of a command that starts MPI programs:
// every launcher has its own way. Pure text in, text out, but for asking `--version`.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace joulepath::tools {

enum class Launcher {
  kNone,     ///< the command itself, a script, a program without MPI
  kOpenMpi,  ///< mpirun of Open MPI and PRRTE: -x NAME=value
  kHydra,    ///< mpiexec of MPICH, Intel MPI, MVAPICH: -genv NAME value
  kSrun,     ///< passes its own environment on
};

/// Told by the program's name, its real path, or what it says of itself.
Launcher identify_launcher(const std::string& program);

/// The command with `variables` for its ranks. For kNone and kSrun it is unchanged: they
/// take them from the environment (see own_environment).
std::vector<std::string> with_variables(const std::vector<std::string>& command, Launcher launcher,
                                        const std::map<std::string, std::string>& variables);

/// True when the launcher's own environment must carry the variables. Set there for mpirun
/// they would be loaded into it and its agents, and remote ranks would not get them.
bool own_environment(Launcher launcher);

/// LD_PRELOAD with `library` in front of what is preloaded already.
std::string preload_value(const std::string& library, const char* preloaded);

}  // namespace joulepath::tools
