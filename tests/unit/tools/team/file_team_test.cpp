// Processes find each other, share files, and notice who is lost.
#include "tools/team/file_team.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <thread>

#include "core/base/file.hpp"
#include "tests/unit/support/child.hpp"
#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::tools {
namespace {

using base::Errc;
using base::Status;
using std::chrono::milliseconds;
namespace fs = std::filesystem;

class FileTeamTest : public ::testing::Test {
 protected:
  [[nodiscard]] MeetingCall call(const std::string& work = "test",
                                 milliseconds patience = std::chrono::seconds(60)) const {
    return {work, {folder_.path()}, patience};
  }

  /// A process of its own; its exit status is 0 where `work` and the end are well.
  pid_t start(int rank, int size, const std::function<Status(FileTeam&)>& work) const {
    return test::start_child([&] {
      auto team = FileTeam::meet({rank, size, {}}, call());
      if (!team) return 2;
      return (*team)->end(work(**team)) ? 0 : 1;
    });
  }

  [[nodiscard]] std::size_t left_in_folder() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
  }

  /// Waits for the folder of a team.
  [[nodiscard]] fs::path meeting() const {
    while (true) {
      for (const auto& entry : fs::directory_iterator(folder_.path())) return entry.path();
      std::this_thread::sleep_for(milliseconds(1));
    }
  }

  test::TemporaryFolder folder_;
};

Status give_own_number(FileTeam& team) {
  return share_bytes(team, "number", std::to_string(team.rank()));
}

TEST_F(FileTeamTest, EachGivesAndAllGet) {
  const auto work = [](FileTeam& team) -> Status {
    if (auto status = give_own_number(team); !status) return status;
    for (int rank = 0; rank < team.size(); ++rank) {
      const auto number = shared_bytes(team, rank, "number");
      if (!number) return number.error();
      if (*number != std::to_string(rank)) return base::Error{Errc::kInternal, *number, {}, 0, {}};
    }
    return base::Done{};
  };
  std::vector<pid_t> all;
  for (const int rank : {3, 1, 0, 2}) all.push_back(start(rank, 4, work));
  for (const pid_t pid : all) EXPECT_EQ(test::end_of(pid), 0);
  EXPECT_EQ(left_in_folder(), 0u);
}

TEST_F(FileTeamTest, TwoStartsOfOneCommandDoNotDisturbEachOther) {
  std::vector<pid_t> all;
  for (const int rank : {0, 1, 2, 0, 1, 2})
    all.push_back(start(rank, 3, [](FileTeam& team) -> Status {
      if (auto status = give_own_number(team); !status) return status;
      for (int other = 0; other < 3; ++other)
        if (auto number = shared_bytes(team, other, "number"); !number) return number.error();
      return base::Done{};
    }));
  for (const pid_t pid : all) EXPECT_EQ(test::end_of(pid), 0);
  EXPECT_EQ(left_in_folder(), 0u);
}

TEST_F(FileTeamTest, OtherWorkDoesNotMeet) {
  const pid_t leader = test::start_child([&] {
    const auto team = FileTeam::meet({0, 2, {}}, call("one", milliseconds(300)));
    return !team && team.error().code == Errc::kIo ? 0 : 1;
  });
  const pid_t other = test::start_child([&] {
    const auto team = FileTeam::meet({1, 2, {}}, call("other", milliseconds(300)));
    return !team && team.error().code == Errc::kIo ? 0 : 1;
  });
  EXPECT_EQ(test::end_of(leader), 0);
  EXPECT_EQ(test::end_of(other), 0);
  EXPECT_EQ(left_in_folder(), 0u);
}

TEST_F(FileTeamTest, WhoDidNotComeIsNamed) {
  const auto team = FileTeam::meet({0, 6, {}}, call("test", milliseconds(50)));
  ASSERT_FALSE(team.ok());
  EXPECT_EQ(team.error().what, "processes 1-5 of 6 did not come within 0.05 s");
  EXPECT_EQ(left_in_folder(), 0u);
}

TEST_F(FileTeamTest, AFolderThatAKilledLeaderLeftTakesNobodyIn) {
  const pid_t leader = start(0, 2, give_own_number);
  const fs::path dead = meeting();
  ASSERT_EQ(::kill(leader, SIGKILL), 0);
  ASSERT_EQ(test::end_of(leader), 1000 + SIGKILL);
  const pid_t member = start(1, 2, give_own_number);
  std::this_thread::sleep_for(milliseconds(100));
  const pid_t next = start(0, 2, give_own_number);
  EXPECT_EQ(test::end_of(next), 0);
  EXPECT_EQ(test::end_of(member), 0);
  EXPECT_TRUE(fs::exists(dead)) << "too young to be taken for dead";
}

TEST_F(FileTeamTest, AnOldFolderIsRemoved) {
  const fs::path old = folder_.path() / ".joulepath-0123456789abcdef-XXXXXX";
  ASSERT_TRUE(fs::create_directory(old));
  fs::permissions(old, fs::perms::owner_all);
  std::ofstream(old / "alive.0").close();
  fs::last_write_time(old / "alive.0", fs::file_time_type::clock::now() - std::chrono::hours(1));
  const pid_t one = start(1, 2, give_own_number);
  EXPECT_EQ(test::end_of(start(0, 2, give_own_number)), 0);
  EXPECT_EQ(test::end_of(one), 0);
  EXPECT_EQ(left_in_folder(), 0u);
}

TEST_F(FileTeamTest, ALeaderThatEndsAtOnceHasBeenSeenByAll) {
  for (int round = 0; round < 20; ++round) {
    std::vector<pid_t> all;
    for (const int rank : {1, 2, 0})
      all.push_back(start(rank, 3, [](FileTeam&) -> Status { return base::Done{}; }));
    for (const pid_t pid : all) ASSERT_EQ(test::end_of(pid), 0);
  }
}

TEST_F(FileTeamTest, AnErrorReachesProcess0) {
  const pid_t failing = start(1, 2, [](FileTeam&) -> Status {
    return base::Error{Errc::kFormat, "is broken", "node.h5", 0, "mend it"};
  });
  auto team = FileTeam::meet({0, 2, {}}, call());
  ASSERT_TRUE(team.ok()) << team.error().message();
  const auto bytes = shared_bytes(**team, 1, "number");
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().message(), "node.h5: is broken; mend it");
  EXPECT_EQ(bytes.error().code, Errc::kFormat);
  EXPECT_FALSE((*team)->end(bytes.error()).ok());
  EXPECT_EQ(test::end_of(failing), 0) << "process 0 says it";
  EXPECT_EQ(left_in_folder(), 0u);
}

TEST_F(FileTeamTest, AKilledProcessIsNoticedAtOnce) {
  const pid_t other = start(1, 2, [](FileTeam&) -> Status {
    ::raise(SIGKILL);
    return base::Done{};
  });
  auto team = FileTeam::meet({0, 2, {}}, call());
  ASSERT_TRUE(team.ok()) << team.error().message();
  ASSERT_EQ(test::end_of(other), 1000 + SIGKILL);
  const auto bytes = shared_bytes(**team, 1, "number");
  ASSERT_FALSE(bytes.ok());
  EXPECT_EQ(bytes.error().where, "process 1 of 2");
  EXPECT_EQ(bytes.error().what, "has ended: was it killed?");
}

TEST_F(FileTeamTest, AKilledLeaderIsNoticedAndCleanedUp) {
  const pid_t leader = start(0, 2, [](FileTeam& team) -> Status {
    static_cast<void>(team.shared(1, "number"));
    ::raise(SIGKILL);
    return base::Done{};
  });
  auto team = FileTeam::meet({1, 2, {}}, call());
  ASSERT_TRUE(team.ok()) << team.error().message();
  ASSERT_TRUE(give_own_number(**team).ok());
  ASSERT_EQ(test::end_of(leader), 1000 + SIGKILL);
  const auto ended = (*team)->end(base::Done{});
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().where, "process 0 of 2");
  EXPECT_EQ(left_in_folder(), 0u);
}

TEST_F(FileTeamTest, ASignalLeavesNothing) {
  const pid_t leader = start(0, 2, [](FileTeam& team) -> Status {
    return team.shared(1, "never").ok() ? Status(base::Done{}) : base::Error{};
  });
  auto team = FileTeam::meet({1, 2, {}}, call());
  ASSERT_TRUE(team.ok()) << team.error().message();
  ASSERT_EQ(::kill(leader, SIGTERM), 0);
  EXPECT_EQ(test::end_of(leader), 1000 + SIGTERM);
  EXPECT_EQ(left_in_folder(), 0u);
}

TEST(Pulse, SilenceIsTimeInWhichOneLooked) {
  Pulse pulse;
  pulse.look("1 x", 500);
  pulse.look("1 x", 500);
  EXPECT_EQ(pulse.silent_ms(), 500);
  pulse.look("1 x", 3'600'000);  // this process was stopped for an hour
  EXPECT_LE(pulse.silent_ms(), 1500);
  pulse.look("2 x", 500);
  EXPECT_EQ(pulse.silent_ms(), 0);
  EXPECT_FALSE(pulse.gone());
}

}  // namespace
}  // namespace joulepath::tools
