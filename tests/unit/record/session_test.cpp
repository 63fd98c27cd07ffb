// Sessions: the key that all ranks of a job find, the private directory, and the lock
// that exactly one recorder holds.
#include "core/record/session.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "core/base/file.hpp"
#include "tests/unit/support/child.hpp"
#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::record {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVariables[] = {"JOULEPATH_SESSION", "SLURM_JOB_ID",
                                      "SLURM_STEP_ID",     "OMPI_MCA_ess_base_jobid",
                                      "PMIX_NAMESPACE",    "JOULEPATH_SHM_DIR"};
constexpr pid_t kNobody = 65534;

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() {
    for (const char* name : kVariables) ::unsetenv(name);
    ::setenv("JOULEPATH_SHM_DIR", folder_.path().c_str(), 1);
  }
  ~SessionTest() override {
    for (const char* name : kVariables) ::unsetenv(name);
  }

  [[nodiscard]] fs::path user_folder() const {
    return folder_.path() / ("joulepath-" + std::to_string(::geteuid()));
  }
  static SessionKey key(const char* text) {
    SessionKey made{};
    std::snprintf(made.text, sizeof made.text, "%s", text);
    return made;
  }
  static SessionPath session() {
    SessionPath path{};
    EXPECT_EQ(make_session_directory(key("test"), path), 0);
    return path;
  }

  test::TemporaryFolder folder_;
};

std::string found_key() {
  return find_session_key().text;
}

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  EXPECT_EQ(::lstat(path.c_str(), &info), 0) << path;
  return info.st_mode & 07777u;
}

TEST_F(SessionTest, ValidKeys) {
  EXPECT_TRUE(valid_session_key("run-12-34.5_A"));
  EXPECT_TRUE(valid_session_key(std::string(63, 'a').c_str()));
  for (const std::string& bad : {std::string(), std::string(64, 'a'), std::string("../up"),
                                 std::string(".hidden"), std::string("a b"), std::string("a/b")})
    EXPECT_FALSE(valid_session_key(bad.c_str())) << bad;
  EXPECT_FALSE(valid_session_key(nullptr));
}

TEST_F(SessionTest, KeyThatIsGivenComesFirst) {
  ::setenv("SLURM_JOB_ID", "12", 1);
  ::setenv("SLURM_STEP_ID", "3", 1);
  ::setenv("JOULEPATH_SESSION", "run-7-8", 1);
  EXPECT_EQ(found_key(), "run-7-8");
  ::setenv("JOULEPATH_SESSION", "../../etc", 1);
  EXPECT_EQ(found_key(), "slurm-12.3");
}

TEST_F(SessionTest, KeyOfASlurmStep) {
  ::setenv("OMPI_MCA_ess_base_jobid", "65536", 1);
  EXPECT_EQ(found_key(), "ompi-1");
  ::unsetenv("OMPI_MCA_ess_base_jobid");
  ::setenv("SLURM_JOB_ID", "991", 1);
  EXPECT_TRUE(std::string(found_key()).starts_with("pid-"));  // a job without a step is no step
  ::setenv("SLURM_STEP_ID", "0", 1);
  EXPECT_EQ(found_key(), "slurm-991.0");
}

TEST_F(SessionTest, KeyOfAnMpirunInASlurmJob) {
  // The first node's ranks know no step, the others' are in that of mpirun's daemons.
  ::setenv("OMPI_MCA_ess_base_jobid", "2882338817", 1);
  ::setenv("SLURM_JOB_ID", "991", 1);
  EXPECT_EQ(found_key(), "slurm-991.mpirun-43981");
  ::setenv("SLURM_STEP_ID", "2", 1);
  EXPECT_EQ(found_key(), "slurm-991.mpirun-43981");
}

TEST_F(SessionTest, KeyOfAnOpenMpiJobFamily) {
  // 0xabcd0001 and a job that it spawned, 0xabcd0002.
  ::setenv("OMPI_MCA_ess_base_jobid", "2882338817", 1);
  EXPECT_EQ(found_key(), "ompi-43981");
  ::setenv("OMPI_MCA_ess_base_jobid", "2882338818", 1);
  EXPECT_EQ(found_key(), "ompi-43981");
}

TEST_F(SessionTest, KeyOfAPmixNameSpace) {
  ::setenv("PMIX_NAMESPACE", "prterun-node/1-42@1", 1);
  EXPECT_EQ(found_key(), "pmix-prterun-node-1-42");
  ::setenv("PMIX_NAMESPACE", "prterun-node/1-42@2", 1);
  EXPECT_EQ(found_key(), "pmix-prterun-node-1-42");
  ::setenv("PMIX_NAMESPACE", std::string(200, 'x').c_str(), 1);
  EXPECT_TRUE(valid_session_key(found_key().c_str()));
}

TEST_F(SessionTest, KeyOfTheNearestLauncher) {
  // test -> "mpiexec" -> any shell -> rank
  const int code = test::run_in_child([] {
    ::prctl(PR_SET_NAME, "mpiexec");
    const pid_t launcher = ::getpid();
    const std::string expected =
        "pid-" + std::to_string(launcher) + "-" + std::to_string(process_start_time(launcher));
    return test::run_in_child([&] {
      ::prctl(PR_SET_NAME, "sh (x) mpirun");
      return test::run_in_child([&] { return found_key() == expected ? 0 : 1; });
    });
  });
  EXPECT_EQ(code, 0);
}

TEST_F(SessionTest, StartTimeOfAProcessWithAnOddName) {
  const std::uint64_t start = process_start_time(::getpid());
  EXPECT_GT(start, 0u);
  const int code = test::run_in_child([start] {
    const std::uint64_t before = process_start_time(::getpid());
    ::prctl(PR_SET_NAME, ") R 1 (");
    const std::uint64_t after = process_start_time(::getpid());
    return before == after && after >= start ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(process_start_time(0x3fffffff), 0u);
}

TEST_F(SessionTest, DirectoryIsPrivate) {
  const SessionPath path = session();
  EXPECT_EQ(path.text, user_folder() / "test");
  EXPECT_EQ(mode_of(path.text), 0700u);
  EXPECT_EQ(mode_of(user_folder()), 0700u);
  SessionPath again{};
  EXPECT_EQ(make_session_directory(key("test"), again), 0);
  EXPECT_STREQ(again.text, path.text);
}

TEST_F(SessionTest, PrivateWhateverTheUmask) {
  const mode_t before = ::umask(0);
  const SessionPath path = session();
  ::umask(before);
  EXPECT_EQ(mode_of(path.text), 0700u);
}

TEST_F(SessionTest, OpenDirectoryIsRefused) {
  fs::create_directory(user_folder());
  ASSERT_EQ(::chmod(user_folder().c_str(), 0755), 0);
  SessionPath path{};
  EXPECT_EQ(make_session_directory(key("test"), path), EPERM);
}

TEST_F(SessionTest, LinkIsRefused) {
  fs::create_directory(folder_.path() / "elsewhere");
  ASSERT_EQ(::chmod((folder_.path() / "elsewhere").c_str(), 0700), 0);
  fs::create_directory_symlink(folder_.path() / "elsewhere", user_folder());
  SessionPath path{};
  EXPECT_EQ(make_session_directory(key("test"), path), EPERM);
}

TEST_F(SessionTest, ForeignDirectoryIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  fs::create_directory(user_folder());
  ASSERT_EQ(::chmod(user_folder().c_str(), 0700), 0);
  ASSERT_EQ(::chown(user_folder().c_str(), kNobody, kNobody), 0);
  SessionPath path{};
  EXPECT_EQ(make_session_directory(key("test"), path), EPERM);
}

TEST_F(SessionTest, NoSharedMemory) {
  SessionPath path{};
  ::setenv("JOULEPATH_SHM_DIR", (folder_.path() / "none").c_str(), 1);
  EXPECT_EQ(make_session_directory(key("test"), path), ENOENT);
  ::setenv("JOULEPATH_SHM_DIR", ("/" + std::string(600, 'x')).c_str(), 1);
  EXPECT_EQ(make_session_directory(key("test"), path), ENAMETOOLONG);
}

TEST_F(SessionTest, SecondRecorderIsRefusedUntilTheFirstEnds) {
  const SessionPath path = session();
  int first = -1;
  ASSERT_EQ(try_recorder_lock(path, first), 0);
  int second = -1;
  EXPECT_EQ(try_recorder_lock(path, second), EWOULDBLOCK);
  EXPECT_EQ(second, -1);
  ::close(first);
  ASSERT_EQ(try_recorder_lock(path, second), 0);
  ::close(second);
}

TEST_F(SessionTest, LockLivesOnInTheProcessThatInheritsIt) {
  const SessionPath path = session();
  int lock = -1;
  ASSERT_EQ(try_recorder_lock(path, lock), 0);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  base::Descriptor read_end(ends[0]), write_end(ends[1]);
  const pid_t recorder = test::start_child([&] {
    write_end = base::Descriptor();
    char byte = 0;
    return static_cast<int>(::read(read_end.get(), &byte, 1));
  });
  ::close(lock);
  int other = -1;
  EXPECT_EQ(try_recorder_lock(path, other), EWOULDBLOCK);
  write_end = base::Descriptor();
  EXPECT_EQ(test::end_of(recorder), 0);
  EXPECT_EQ(try_recorder_lock(path, other), 0);
  ::close(other);
}

TEST_F(SessionTest, OneOfManyBecomesTheRecorder) {
  constexpr int kProcesses = 16;
  const SessionPath path = session();
  int go[2], tried[2], hold[2];
  ASSERT_EQ(::pipe2(go, O_CLOEXEC) + ::pipe2(tried, O_CLOEXEC) + ::pipe2(hold, O_CLOEXEC), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i)
    children.push_back(test::start_child([&] {
      ::close(go[1]);
      ::close(hold[1]);
      char byte = 0;
      if (::read(go[0], &byte, 1) != 0) return 3;
      int fd = -1;
      const int error = try_recorder_lock(path, fd);
      if (::write(tried[1], "", 1) != 1) return 3;
      if (::read(hold[0], &byte, 1) != 0) return 3;
      return error == 0 ? 0 : error == EWOULDBLOCK ? 1 : 2;
    }));
  ::close(go[1]);  // all read the end of the pipe at once
  char byte = 0;
  for (int i = 0; i < kProcesses; ++i) ASSERT_EQ(::read(tried[0], &byte, 1), 1);
  ::close(hold[1]);
  int recorders = 0;
  int refused = 0;
  for (const pid_t child : children) {
    const int code = test::end_of(child);
    recorders += code == 0;
    refused += code == 1;
  }
  EXPECT_EQ(recorders, 1);
  EXPECT_EQ(refused, kProcesses - 1);
  for (const int fd : {go[0], tried[0], tried[1], hold[0]}) ::close(fd);
}

TEST_F(SessionTest, RemovedLockExcludesNobody) {
  const SessionPath path = session();
  int ending = -1;
  ASSERT_EQ(try_recorder_lock(path, ending), 0);
  fs::remove(fs::path(path.text) / "lock");
  int next = -1;
  EXPECT_EQ(try_recorder_lock(path, next), 0);
  ::close(ending);
  ::close(next);
}

TEST_F(SessionTest, LockRemovedWhileItIsTakenIsStale) {
  const SessionPath path = session();
  const fs::path file = fs::path(path.text) / "lock";
  std::atomic<bool> done{false};
  std::thread remover([&] {
    while (!done.load()) ::unlink(file.c_str());
  });
  bool seen = false;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!seen && std::chrono::steady_clock::now() < end) {
    int fd = -1;
    const int error = try_recorder_lock(path, fd);
    EXPECT_TRUE(error == 0 || error == ESTALE) << error;
    EXPECT_EQ(fd >= 0, error == 0);
    if (fd >= 0) ::close(fd);
    seen = error == ESTALE;
  }
  done = true;
  remover.join();
  EXPECT_TRUE(seen);
}

TEST_F(SessionTest, LockInADirectoryThatIsGone) {
  const SessionPath path = session();
  fs::remove(path.text);
  int fd = -1;
  EXPECT_EQ(try_recorder_lock(path, fd), ENOENT);
}

TEST_F(SessionTest, LockThatIsALinkIsRefused) {
  const SessionPath path = session();
  const fs::path victim = folder_.write("victim", "");
  fs::create_symlink(victim, fs::path(path.text) / "lock");
  int fd = -1;
  EXPECT_EQ(try_recorder_lock(path, fd), ELOOP);
}

}  // namespace
}  // namespace joulepath::record
