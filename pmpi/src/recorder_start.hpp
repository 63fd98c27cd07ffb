// Starts the node's recorder as a process of its own: a session leader without the
// rank's descriptors, preload or launcher variables, so that neither mpirun nor mpiexec
// waits for it and it outlives a killed rank.
#pragma once

#include "core/record/session.hpp"

namespace joulepath::pmpi {

enum class Election {
  kStarted,   ///< this process started the recorder
  kElected,   ///< another process's recorder lives
  kFailed,    ///< `sys_errno` says why
  kVanished,  ///< the session's directory went away meanwhile: begin anew
};

struct ElectionOutcome {
  Election election;
  int sys_errno;
  char recorder[record::kSessionPathBytes];  ///< the program, for messages
};

ElectionOutcome ensure_recorder(const record::SessionPath& directory) noexcept;

}  // namespace joulepath::pmpi
