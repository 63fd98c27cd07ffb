// joulepathd: the node's privileged reader (docs/slurm.md, docs/security.md). Run by systemd, or
// by the Prolog for as long as there are jobs; the same program tells a running one of jobs.
#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <exception>

#include "core/base/clock.hpp"
#include "core/base/exit_code.hpp"
#include "sensors/board/request.hpp"
#include "sensors/sampler/backends.hpp"
#include "tools/daemon/options.hpp"
#include "tools/daemon/privileges.hpp"
#include "tools/daemon/server.hpp"

namespace {

using namespace joulepath;
using base::Errc;
using base::Error;
using daemon::Options;
using sensors::board::Reply;
using sensors::board::Request;
using sensors::board::Verb;

constexpr const char* kDefaultFile = "/etc/joulepath/joulepathd.conf";
constexpr uid_t kNobody = 65534;
constexpr int kStartTries = 100;
constexpr useconds_t kStartWait_us = 50'000;

sockaddr_un address_of(const Options& options) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = options.run_folder / "socket";
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path.c_str());
  return address;
}

/// Makes the run folder and takes its lock: one joulepathd a node.
base::Result<base::Descriptor> lock_folder(const Options& options) {
  const std::string folder = options.run_folder;
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST)
    return base::system_error("cannot make it", folder, errno);
  struct stat info {};
  if (::lstat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != ::geteuid() ||
      (info.st_mode & 022) != 0)
    return Error{Errc::kPermission, "is not a folder of our own", folder, 0, {}};
  base::Descriptor lock(
      ::open((folder + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock.open()) return base::system_error("cannot open its lock", folder, errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    return Error{Errc::kConflict, "another joulepathd runs", folder, 0, {}};
  return lock;
}

base::Result<base::Descriptor> listen_at(const Options& options) {
  const sockaddr_un address = address_of(options);
  ::unlink(address.sun_path);  // what one that was killed left; we hold the lock
  base::Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  constexpr int kBacklog = 128;
  if (!socket.open() ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::chmod(address.sun_path, 0666) != 0 || ::listen(socket.get(), kBacklog) != 0)
    return base::system_error("cannot listen", address.sun_path, errno);
  return socket;
}

/// sd_notify(3), without its library.
void notify_ready() {
  const char* where = std::getenv("NOTIFY_SOCKET");
  if (where == nullptr || (*where != '/' && *where != '@')) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", where);
  const auto bytes =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(address.sun_path));
  if (*where == '@') address.sun_path[0] = '\0';
  const base::Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  constexpr std::string_view kReady = "READY=1";
  ::sendto(socket.get(), kReady.data(), kReady.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), bytes);
}

struct User {
  uid_t uid = kNobody;
  gid_t gid = kNobody;
};

base::Result<User> user_to_become(const Options& options) {
  const passwd* found = ::getpwnam(options.user.empty() ? "joulepath" : options.user.c_str());
  if (found != nullptr && found->pw_uid != 0) return User{found->pw_uid, found->pw_gid};
  if (options.user.empty()) return User{};
  return Error{Errc::kUsage, "no such user, or root", "--user " + options.user, 0, {}};
}

base::Status read_and_serve(const Options& options, daemon::Until until) {
  const auto user = user_to_become(options);
  if (!user) return user.error();
  const auto lock = lock_folder(options);
  if (!lock) return lock.error();
  base::SystemClock clock;
  sensors::Environment environment;
  environment.clock = &clock;
  environment.sysfs_root = options.sysfs_root;
  environment.dev_root = options.dev_root;
  environment.run_root = "/nonexistent";  // it makes the board
  auto sampler = sensors::Sampler::open(environment, options.sensors);
  if (!sampler) return sampler.error();
  auto listening = listen_at(options);
  if (!listening) return listening.error();
  if (auto dropped = daemon::drop_privileges(user->uid, user->gid); !dropped) return dropped;
  notify_ready();
  return daemon::serve(options, *sampler, *std::move(listening), until);
}

base::Status tell(const Options& options, Verb verb, std::uint32_t uid, std::uint32_t job) {
  const sockaddr_un address = address_of(options);
  const base::Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const timeval patience{2, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const Request request{sensors::board::kRequestMagic, sensors::board::kRequestVersion,
                        static_cast<std::uint16_t>(verb), uid, job};
  Reply reply{};
  errno = 0;
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::send(socket.get(), &request, sizeof request, MSG_NOSIGNAL) != sizeof request ||
      ::recv(socket.get(), &reply, sizeof reply, 0) != sizeof reply)
    return base::system_error("joulepathd does not answer", address.sun_path,
                              errno == ECONNREFUSED ? ENOENT : errno);
  if (reply.sys_errno != 0)
    return base::system_error("joulepathd refuses", address.sun_path, reply.sys_errno);
  return base::Done{};
}

/// A daemon of its own session with nothing of ours open: else the Prolog would wait for it.
void start_in_background(const Options& options) {
  if (::fork() != 0) return;
  ::setsid();
  if (::fork() != 0) ::_exit(0);
  const int null = ::open("/dev/null", O_RDWR);
  for (const int descriptor : {0, 1, 2}) ::dup2(null, descriptor);
  ::close_range(3, ~0U, 0);
  if (::chdir("/") != 0) ::_exit(base::kExitIo);
  ::openlog("joulepathd", LOG_PID, LOG_DAEMON);
  try {
    const base::Status ended = read_and_serve(options, daemon::Until::kLastJob);
    if (ended) ::_exit(0);
    ::syslog(LOG_ERR, "%s", ended.error().message().c_str());
    ::_exit(base::exit_code(ended.error().code));
  } catch (...) {
    ::_exit(base::kExitInternal);
  }
}

base::Status admit(const Options& options, std::uint32_t uid, std::uint32_t job, bool start) {
  base::Status told = tell(options, Verb::kAdmit, uid, job);
  if (told || !start || told.error().code != Errc::kNotFound) return told;
  start_in_background(options);
  for (int turn = 0; turn < kStartTries; ++turn) {
    told = tell(options, Verb::kAdmit, uid, job);
    if (told || told.error().code != Errc::kNotFound) break;
    ::usleep(kStartWait_us);
  }
  return told;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Joulepath's privileged reader: publishes a node's energy counters to the users of "
      "its jobs.",
      "joulepathd"};
  std::map<std::string, std::string> words;
  const std::pair<const char*, const char*> kSettings[] = {
      {"rate", "readings a second, 1 to 1000 (default 100)"},
      {"sensors", "backends to read (default rapl,cray,hwmon)"},
      {"user", "whom to become (default joulepath, else nobody)"},
      {"allow", "users who may have the board without a job"},
      {"run-folder", "where the socket is (default /run/joulepath)"},
      {"sysfs-root", "read sensors below this folder"},
      {"dev-root", "read device files below this folder"}};
  for (const auto& [key, help] : kSettings)
    app.add_option_function<std::string>(
        fmt::format("--{}", key),
        [&words, key = std::string(key)](const std::string& text) { words[key] = text; }, help);
  std::string file;
  std::optional<std::uint32_t> admitted, dismissed;
  std::uint32_t job = 0;
  bool until_last_job = false, start = false;
  app.add_option("--config", file, "TOML file of these (default /etc/joulepath/joulepathd.conf)");
  app.add_flag("--until-last-job", until_last_job, "end when the last job was dismissed");
  auto* admit_option = app.add_option("--admit", admitted, "tell the running one: UID has a job");
  auto* dismiss_option =
      app.add_option("--dismiss", dismissed, "tell the running one: the job is over");
  app.add_option("--job", job, "the job's number");
  app.add_flag("--start", start, "with --admit: start one where none runs");
  admit_option->excludes(dismiss_option);
  app.set_version_flag("--version", "joulepathd " JOULEPATH_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    fmt::print(stderr, "joulepathd: error: {}; see joulepathd --help\n", error.what());
    return base::kExitUsage;
  }
  try {
    if (file.empty() && ::access(kDefaultFile, F_OK) == 0) file = kDefaultFile;
    const auto options = daemon::load_options(words, file);
    base::Status done = base::Done{};
    if (!options)
      done = options.error();
    else if (admitted)
      done = admit(*options, *admitted, job, start);
    else if (dismissed)
      done = tell(*options, Verb::kDismiss, *dismissed, job);
    else
      done = read_and_serve(*options,
                            until_last_job ? daemon::Until::kLastJob : daemon::Until::kSignal);
    if (done) return base::kExitOk;
    fmt::print(stderr, "joulepathd: error: {}\n", done.error().message());
    ::syslog(LOG_DAEMON | LOG_ERR, "joulepathd: %s", done.error().message().c_str());
    return base::exit_code(done.error().code);
  } catch (const std::exception& defect) {
    fmt::print(stderr, "joulepathd: internal error: {}\n", defect.what());
    return base::kExitInternal;
  }
}
