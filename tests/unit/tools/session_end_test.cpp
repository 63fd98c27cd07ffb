// Leaving a session: nobody who joins at the last moment is left without a recorder.
#include "tools/recorder/session_end.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tests/unit/support/child.hpp"
#include "tests/unit/support/temporary_folder.hpp"
#include "tests/unit/tools/session_channel.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

class SessionEndTest : public ::testing::Test {
 protected:
  SessionEndTest() {
    ::setenv("JOULEPATH_SHM_DIR", folder_.path().c_str(), 1);
    record::SessionKey key{};
    std::snprintf(key.text, sizeof key.text, "test");
    EXPECT_EQ(record::make_session_directory(key, session_), 0);
    lock_ = base::Descriptor(take());
    EXPECT_TRUE(lock_.open());
  }
  ~SessionEndTest() override { ::unsetenv("JOULEPATH_SHM_DIR"); }

  [[nodiscard]] int take() const {
    int fd = -1;
    error_ = record::try_recorder_lock(session_, fd);
    return fd;
  }
  [[nodiscard]] fs::path directory() const { return session_.text; }

  test::TemporaryFolder folder_;
  record::SessionPath session_{};
  base::Descriptor lock_;
  mutable int error_ = 0;
};

TEST_F(SessionEndTest, NobodyThere) {
  EXPECT_EQ(leave_session(session_, lock_), SessionEnd::kLeft);
  EXPECT_FALSE(fs::exists(directory()));
  EXPECT_FALSE(lock_.open());
}

TEST_F(SessionEndTest, LateProcessKeepsItsRecorder) {
  const test::SessionChannel late(directory(), ::getpid());
  EXPECT_EQ(leave_session(session_, lock_), SessionEnd::kJoined);
  EXPECT_TRUE(lock_.open());
  EXPECT_TRUE(fs::exists(late.file()));
  EXPECT_LT(take(), 0);
  EXPECT_EQ(error_, EWOULDBLOCK);
}

TEST_F(SessionEndTest, ProcessThatIsStillMakingItsChannelKeepsTheDirectory) {
  // Under its first name, before it is published; the shim then finds no lock and elects.
  std::fclose(std::fopen((directory() / ".channel.77").c_str(), "w"));
  EXPECT_EQ(leave_session(session_, lock_), SessionEnd::kLeft);
  EXPECT_TRUE(fs::exists(directory()));
  const base::Descriptor next(take());
  EXPECT_EQ(error_, 0);
}

TEST_F(SessionEndTest, RecorderThatCameMeanwhileKeepsTheSession) {
  const test::SessionChannel late(directory(), ::getpid());
  withdraw_lock(session_);
  const base::Descriptor rival(take());
  ASSERT_TRUE(rival.open());
  EXPECT_EQ(settle_session(session_, lock_), SessionEnd::kTaken);
  EXPECT_FALSE(lock_.open());
  EXPECT_TRUE(fs::exists(late.file()));
}

TEST_F(SessionEndTest, ExactlyOneRecorderWhenAnotherOneComes) {
  // Who wins is chance; that exactly one of the two does, is not. Many files make the look
  // at the directory slow, and the rival's win likely.
  int taken = 0;
  const test::SessionChannel late(directory(), ::getpid());
  for (int i = 0; i < 300; ++i)
    std::fclose(std::fopen((directory() / ("other." + std::to_string(i))).c_str(), "w"));
  for (int round = 0; round < 200 && taken < 3; ++round) {
    int ready[2], stop[2];
    ASSERT_EQ(::pipe2(ready, O_CLOEXEC) + ::pipe2(stop, O_CLOEXEC | O_NONBLOCK), 0);
    const pid_t rival = test::start_child([&] {
      ::close(lock_.release());  // the lock is the parent's alone
      ::close(stop[1]);
      for (bool told = false;;) {
        int fd = -1;
        if (record::try_recorder_lock(session_, fd) == 0) {
          char byte = 0;  // holds it until the parent has seen what it needs
          while (::read(stop[0], &byte, 1) != 0) sched_yield();
          return 0;
        }
        if (!told && ::write(ready[1], "", 1) != 1) return 3;
        told = true;
        char byte = 0;
        if (::read(stop[0], &byte, 1) == 0) return 1;
      }
    });
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    const SessionEnd end = leave_session(session_, lock_);
    ASSERT_NE(end, SessionEnd::kLeft);
    EXPECT_EQ(lock_.open(), end == SessionEnd::kJoined);
    for (const int fd : {ready[0], ready[1], stop[0], stop[1]}) ::close(fd);
    EXPECT_EQ(test::end_of(rival), end == SessionEnd::kJoined ? 1 : 0);
    if (end == SessionEnd::kTaken) {
      ++taken;
      lock_ = base::Descriptor(take());
      ASSERT_TRUE(lock_.open());
    }
  }
}

TEST_F(SessionEndTest, RefusedProcessesAreToldAndTheSessionLeft) {
  int hold[2];
  ASSERT_EQ(::pipe2(hold, O_CLOEXEC), 0);
  const pid_t rank = test::start_child([&] {
    ::close(hold[1]);
    char byte = 0;
    return static_cast<int>(::read(hold[0], &byte, 1));
  });
  test::SessionChannel channel(directory(), rank);
  ::close(hold[1]);
  EXPECT_EQ(test::end_of(rank), 0);
  folder_.write("joulepath-" + std::to_string(::geteuid()) + "/test/channel.garbage", "no channel");
  refuse_session(session_, lock_, "the disk is full");
  EXPECT_EQ(channel->header.recorder_state.load(),
            static_cast<std::uint32_t>(record::RecorderState::kFailed));
  EXPECT_STREQ(channel->header.recorder_message, "the disk is full");
  EXPECT_FALSE(fs::exists(directory()));
  ::close(hold[0]);
}

}  // namespace
}  // namespace joulepath::tools
