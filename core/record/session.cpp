#include "core/record/session.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace joulepath::record {
namespace {

constexpr const char* kLaunchers[] = {"hydra_pmi_proxy", "orted",   "prted",     "mpirun",
                                      "mpiexec",         "prterun", "orterun",   "mpiexec.hydra",
                                      "mpirun.openmpi",  "srun",    "slurmstepd"};

struct ProcessStat {
  char command[64];
  pid_t parent;
  std::uint64_t start_time;
};

bool read_stat(pid_t pid, ProcessStat& stat) noexcept {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/stat", static_cast<int>(pid));
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  char text[1024];
  const ssize_t got = ::read(fd, text, sizeof text - 1);
  ::close(fd);
  if (got <= 0) return false;
  text[got] = '\0';
  // "pid (command) state ppid ...": the command may itself hold parentheses.
  const char* open = std::strchr(text, '(');
  const char* close = std::strrchr(text, ')');
  if (open == nullptr || close == nullptr || close < open) return false;
  std::snprintf(stat.command, sizeof stat.command, "%.*s", static_cast<int>(close - open - 1),
                open + 1);
  const char* field = close + 1;
  for (int number = 3; number <= 22; ++number) {
    while (*field == ' ') ++field;
    if (number == 4) stat.parent = static_cast<pid_t>(std::strtol(field, nullptr, 10));
    if (number == 22) stat.start_time = std::strtoull(field, nullptr, 10);
    field = std::strchr(field, ' ');
    if (field == nullptr) return number >= 22;
  }
  return true;
}

bool is_launcher(const char* command) noexcept {
  for (const char* launcher : kLaunchers)
    if (std::strcmp(command, launcher) == 0) return true;
  return false;
}

/// Keeps what is allowed in a key and turns the rest into '-'.
void set_key(SessionKey& key, const char* prefix, const char* value) noexcept {
  std::snprintf(key.text, sizeof key.text, "%s%s", prefix, value);
  for (char* c = key.text; *c != '\0'; ++c) {
    const bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                       (*c >= '0' && *c <= '9') || *c == '.' || *c == '_' || *c == '-';
    if (!plain) *c = '-';
  }
}

/// Open MPI 4: the upper half of the job id names the mpirun, the lower half counts what it
/// started, so that spawned processes share their parents' recorder.
unsigned long long open_mpi_family(const char* job_id) noexcept {
  return std::strtoull(job_id, nullptr, 10) >> 16;
}

int make_private_directory(const char* path) noexcept {
  if (::mkdir(path, 0700) != 0 && errno != EEXIST) return errno;
  struct stat info {};
  if (::lstat(path, &info) != 0) return errno;
  if (!S_ISDIR(info.st_mode) || info.st_uid != ::geteuid() || (info.st_mode & 077) != 0)
    return EPERM;
  return 0;
}

}  // namespace

bool valid_session_key(const char* key) noexcept {
  if (key == nullptr || *key == '\0' || *key == '.') return false;
  if (std::strlen(key) >= kSessionKeyBytes) return false;
  SessionKey cleaned;
  set_key(cleaned, "", key);
  return std::strcmp(cleaned.text, key) == 0;
}

std::uint64_t process_start_time(pid_t pid) noexcept {
  ProcessStat stat{};
  return read_stat(pid, stat) ? stat.start_time : 0;
}

SessionKey find_session_key() noexcept {
  SessionKey key{};
  const char* given = std::getenv("JOULEPATH_SESSION");
  if (valid_session_key(given)) {
    set_key(key, "", given);
    return key;
  }
  const char* job = std::getenv("SLURM_JOB_ID");
  const char* step = std::getenv("SLURM_STEP_ID");
  // Before the step: mpirun in a batch script starts its ranks itself on the first node, and
  // on the others through a step of its own. Its name is the same for all.
  if (const char* id = std::getenv("OMPI_MCA_ess_base_jobid"); id != nullptr && job != nullptr) {
    char launch[kSessionKeyBytes];
    std::snprintf(launch, sizeof launch, "%s.mpirun-%llu", job, open_mpi_family(id));
    set_key(key, "slurm-", launch);
    return key;
  }
  if (job != nullptr && step != nullptr) {
    char both[kSessionKeyBytes];
    std::snprintf(both, sizeof both, "%s.%s", job, step);
    set_key(key, "slurm-", both);
    return key;
  }
  if (const char* id = std::getenv("OMPI_MCA_ess_base_jobid")) {
    char family[32];
    std::snprintf(family, sizeof family, "%llu", open_mpi_family(id));
    set_key(key, "ompi-", family);
    return key;
  }
  if (const char* name_space = std::getenv("PMIX_NAMESPACE")) {
    char name[kSessionKeyBytes];
    std::snprintf(name, sizeof name, "%s", name_space);
    if (char* job_number = std::strchr(name, '@')) *job_number = '\0';
    set_key(key, "pmix-", name);
    return key;
  }
  pid_t found = ::getpid();
  ProcessStat stat{};
  for (pid_t pid = ::getppid(); pid > 1 && read_stat(pid, stat); pid = stat.parent) {
    if (!is_launcher(stat.command)) continue;
    found = pid;
    break;
  }
  char name[kSessionKeyBytes];
  std::snprintf(name, sizeof name, "%d-%llu", static_cast<int>(found),
                static_cast<unsigned long long>(process_start_time(found)));
  set_key(key, "pid-", name);
  return key;
}

int make_session_directory(const SessionKey& key, SessionPath& path) noexcept {
  const char* base = std::getenv("JOULEPATH_SHM_DIR");
  if (base == nullptr || *base == '\0') base = "/dev/shm";
  char parent[kSessionPathBytes - kSessionKeyBytes];
  const int length = std::snprintf(parent, sizeof parent, "%s/joulepath-%u", base, ::geteuid());
  if (length < 0 || static_cast<std::size_t>(length) >= sizeof parent) return ENAMETOOLONG;
  std::snprintf(path.text, sizeof path.text, "%s", parent);  // what an error is about
  if (const int error = make_private_directory(parent)) return error;
  std::snprintf(path.text, sizeof path.text, "%s/%s", parent, key.text);
  return make_private_directory(path.text);
}

int try_recorder_lock(const SessionPath& directory, int& fd) noexcept {
  char name[kSessionPathBytes + 8];
  std::snprintf(name, sizeof name, "%s/lock", directory.text);
  const int lock = ::open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) return errno;
  const int refused = ::flock(lock, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
  // A recorder that ends removes its lock file first and then looks for channels once
  // more (tools/recorder/session_end). So a lock that is no longer there neither admits
  // nor excludes anybody: ask again.
  struct stat held {
  }, named{};
  const bool stale =
      ::fstat(lock, &held) != 0 || ::stat(name, &named) != 0 || held.st_ino != named.st_ino;
  if (refused != 0 || stale) {
    ::close(lock);
    return stale ? ESTALE : refused;
  }
  fd = lock;
  return 0;
}

}  // namespace joulepath::record
