#include "pmpi/src/recorder_start.hpp"

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

extern char** environ;

namespace joulepath::pmpi {
namespace {

constexpr int kLockFd = 3;  // in the recorder

/// JOULEPATH_RECORDER, or the program installed beside this library.
void find_recorder(char* path, std::size_t size) noexcept {
  if (const char* given = std::getenv("JOULEPATH_RECORDER")) {
    std::snprintf(path, size, "%s", given);
    return;
  }
  Dl_info self{};
  path[0] = '\0';
  if (dladdr(reinterpret_cast<const void*>(&find_recorder), &self) == 0) return;
  const char* slash = std::strrchr(self.dli_fname, '/');
  const int folder = slash != nullptr ? static_cast<int>(slash - self.dli_fname) : 0;
  std::snprintf(path, size, "%.*s/%s", folder, self.dli_fname, JOULEPATH_RECORDER_FROM_LIBRARY);
}

/// Variables that would make the recorder part of the MPI job, or preload us into it.
bool kept_from_recorder(const char* variable) noexcept {
  constexpr const char* kPrefixes[] = {"LD_PRELOAD=", "PMI_",  "PMIX_",    "OMPI_",
                                       "HYDI_",       "HYDRA", "MPIR_CVAR"};
  for (const char* prefix : kPrefixes)
    if (std::strncmp(variable, prefix, std::strlen(prefix)) == 0) return true;
  return false;
}

/// A copy of the environment without those; mapped, as the heap is the program's.
struct Environment {
  char** variables = nullptr;
  std::size_t bytes = 0;

  Environment() noexcept {
    std::size_t count = 1;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
      ++count;
    bytes = count * sizeof(char*);
    void* mapped =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) return;
    variables = static_cast<char**>(mapped);
    char** end = variables;
    for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable)
      if (!kept_from_recorder(*variable)) *end++ = *variable;
  }
  ~Environment() {
    if (variables != nullptr) ::munmap(variables, bytes);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
};

struct Spawn {
  const char* program;
  const char* directory;
  int lock;  ///< close-on-exec here, open in the recorder
  char** environment;
  int error;
};

int spawn(const Spawn& what) noexcept {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_RDWR, 0);
  posix_spawn_file_actions_adddup2(&files, what.lock, kLockFd);
  posix_spawn_file_actions_addclosefrom_np(&files, kLockFd + 1);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  char name[] = "joulepath-recorder", session[] = "--session", lock_fd[] = "--lock-fd",
       three[] = "3";
  char path[record::kSessionPathBytes];
  std::snprintf(path, sizeof path, "%s", what.directory);
  char* arguments[] = {name, session, path, lock_fd, three, nullptr};
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, what.program, &files, &attributes, arguments, what.environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return error;
}

int spawn_in_child(void* argument) noexcept {
  auto* what = static_cast<Spawn*>(argument);
  what->error = spawn(*what);
  _exit(0);
}

/// Spawns through a child that ends at once, so that the recorder is no child of the
/// program: a program that waits for its own children, or counts SIGCHLD, must not meet
/// ours. The child shares our memory and sends no signal when it ends (clone(2)).
int spawn_orphan(const char* program, const char* directory, int lock) noexcept {
  const Environment environment;
  if (environment.variables == nullptr) return ENOMEM;
  constexpr std::size_t kStackBytes = 128 * 1024;
  void* stack = ::mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return errno;
  Spawn what{program, directory, lock, environment.variables, 0};
  // A handler of the program must not run in a child that shares its memory.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  const pid_t child = ::clone(&spawn_in_child, static_cast<char*>(stack) + kStackBytes,
                              CLONE_VM | CLONE_VFORK, &what);
  if (child < 0) what.error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  while (child > 0 && ::waitpid(child, nullptr, static_cast<int>(__WCLONE)) < 0 && errno == EINTR) {
  }
  ::munmap(stack, kStackBytes);
  return what.error;
}

/// There will be no recorder. Processes that met our lock rely on one, and had published
/// their channels before: nobody else would take these away. The lock goes first, while it
/// is held, so that later ones hold an election of their own.
void abandon_session(const record::SessionPath& directory) noexcept {
  const int folder = ::open(directory.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::unlinkat(folder, "lock", 0);
  alignas(dirent64) char entries[4096];
  for (ssize_t got = 0; (got = ::getdents64(folder, entries, sizeof entries)) > 0;) {
    for (ssize_t at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const dirent64*>(entries + at);
      if (std::strncmp(entry->d_name, "channel.", 8) == 0) ::unlinkat(folder, entry->d_name, 0);
      at += entry->d_reclen;
    }
  }
  ::close(folder);
}

}  // namespace

ElectionOutcome ensure_recorder(const record::SessionPath& directory) noexcept {
  ElectionOutcome outcome{Election::kFailed, 0, {}};
  int lock = -1;
  while ((outcome.sys_errno = record::try_recorder_lock(directory, lock)) == ESTALE) sched_yield();
  if (outcome.sys_errno == EWOULDBLOCK) {
    outcome.election = Election::kElected;
    return outcome;
  }
  if (outcome.sys_errno == ENOENT) outcome.election = Election::kVanished;
  if (outcome.sys_errno != 0) return outcome;
  find_recorder(outcome.recorder, sizeof outcome.recorder);
  // dup2 onto itself would leave the descriptor close-on-exec.
  if (lock == kLockFd) {
    const int moved = ::fcntl(lock, F_DUPFD_CLOEXEC, kLockFd + 1);
    ::close(lock);
    lock = moved;
  }
  outcome.sys_errno = spawn_orphan(outcome.recorder, directory.text, lock);
  if (outcome.sys_errno != 0) abandon_session(directory);
  ::close(lock);
  if (outcome.sys_errno == 0) outcome.election = Election::kStarted;
  return outcome;
}

}  // namespace joulepath::pmpi
