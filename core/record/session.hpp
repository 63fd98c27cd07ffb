// A session: what one job (or `joulepath run`) shares on one node. It is a directory in
// shared memory, private to the user, that holds one channel file for each process,
// and a lock that the node's one recorder holds as long as it lives.
//
//   /dev/shm/joulepath-<uid>/<key>/lock
//   /dev/shm/joulepath-<uid>/<key>/channel.<pid>.<start time>
//
// Used by the shim, so it allocates nothing and needs no C++ library. Functions return
// 0 or an errno.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace joulepath::record {

inline constexpr std::size_t kSessionKeyBytes = 64;
inline constexpr std::size_t kSessionPathBytes = 512;

struct SessionKey {
  char text[kSessionKeyBytes];
};
struct SessionPath {
  char text[kSessionPathBytes];
};

/// True for 1 to 63 characters out of [A-Za-z0-9._-], not starting with a dot.
bool valid_session_key(const char* key) noexcept;

/// The key that all ranks of this job on this node find, without talking: from
/// JOULEPATH_SESSION, the mpirun in a Slurm job, Slurm's step, Open MPI's job family, the PMIx
/// name space, or the
/// nearest ancestor that is a launcher (MPICH's hydra has no job id); for a program
/// started by nobody of these, the process itself.
SessionKey find_session_key() noexcept;

/// Makes (or finds) the session's directory, mode 0700, and gives its path. ENOENT
/// when there is no shared memory, EPERM when the directory is not this user's own.
/// JOULEPATH_SHM_DIR replaces /dev/shm.
int make_session_directory(const SessionKey& key, SessionPath& path) noexcept;

/// Tries to become the session's recorder. On success `fd` holds the lock; it is kept
/// by every process that inherits the descriptor and ends with the last of them.
/// EWOULDBLOCK: another recorder lives, and will see every channel that was there
/// before this call. ESTALE: one was just ending; ask again. ENOENT: its directory is
/// gone already; make it anew.
int try_recorder_lock(const SessionPath& directory, int& fd) noexcept;

/// Start time of a process in clock ticks after boot (/proc/PID/stat, field 22; see
/// proc(5)); 0 when there is no such process.
std::uint64_t process_start_time(pid_t pid) noexcept;

}  // namespace joulepath::record
