// The end of a run over several nodes: the last one makes the trace, once, and what dead or
// absent nodes leave behind.
#include "tools/recorder/other_nodes.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "core/base/file.hpp"
#include "tests/unit/support/child.hpp"
#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// Nothing here waits for the first of them; the others are what is tested.
constexpr Patience kPatient{milliseconds(60'000), milliseconds(60'000), milliseconds(1)};
constexpr Patience kShort{milliseconds(30), milliseconds(60'000), milliseconds(1)};
constexpr Patience kDeadSoon{milliseconds(60'000), milliseconds(20), milliseconds(1)};

class OtherNodesTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(claim(place_, {"run"})); }

  fs::path begin(const std::string& node) {
    auto file = add_writer(place_.parts, node);
    EXPECT_TRUE(file);
    folder_.write(fs::relative(*file, folder_.path()).string(), "rows");
    return *file;
  }
  void end(const fs::path& file, std::size_t ranks, std::size_t world) {
    EXPECT_TRUE(end_writer(file, {ranks, world}));
  }
  base::Status gather(const Patience& patience) {
    return gather_if_last(place_, patience, [this]() -> base::Status {
      ++made_;
      remove_parts(place_.parts);
      return base::Done{};
    });
  }

  /// A trace that leaves the parts beside it.
  base::Status leave_trace(const Patience& patience) {
    return gather_if_last(place_, patience, [this]() -> base::Status {
      ++made_;
      folder_.write("t.h5", "links");
      return base::Done{};
    });
  }

  test::TemporaryFolder folder_;
  OutputPlace place_ = output_place(folder_.path() / "t.h5");
  std::atomic<int> made_{0};
};

TEST_F(OtherNodesTest, StateOfTheParts) {
  const fs::path a = begin("a"), b = begin("b");
  end(a, 3, 8);
  PartsState state = look_at(place_.parts);
  EXPECT_EQ(state.writing, std::vector<fs::path>{b});
  EXPECT_EQ(state.done, 1u);
  EXPECT_FALSE(state.whole());
  end(b, 5, 8);
  state = look_at(place_.parts);
  EXPECT_TRUE(state.writing.empty());
  EXPECT_EQ(state.seen.ranks, 8u);
  EXPECT_EQ(state.seen.world, 8u);
  EXPECT_TRUE(state.whole());
}

TEST_F(OtherNodesTest, ExactlyOneOfManyMakesTheTrace) {
  constexpr std::size_t kNodes = 8;
  std::vector<fs::path> files;
  for (std::size_t node = 0; node < kNodes; ++node) files.push_back(begin(std::to_string(node)));
  std::vector<std::thread> nodes;
  for (const fs::path& file : files)
    nodes.emplace_back([this, file] {
      end(file, 2, 2 * kNodes);
      EXPECT_TRUE(gather(kPatient));
    });
  for (std::thread& node : nodes) node.join();
  EXPECT_EQ(made_, 1);
}

TEST_F(OtherNodesTest, NobodyGathersHalfRemovedParts) {
  constexpr std::size_t kNodes = 2000;
  for (std::size_t node = 0; node < kNodes; ++node)
    end(*add_writer(place_.parts, std::to_string(node)), 1, 1);
  ASSERT_TRUE(begin_gathering(place_.parts, 0));
  std::atomic<int> again{0};
  std::thread other([&] {
    while (again == 0 && fs::exists(place_.parts))
      if (look_at(place_.parts).whole() && begin_gathering(place_.parts, 0)) ++again;
  });
  remove_parts(place_.parts);
  other.join();
  EXPECT_EQ(again, 0);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(OtherNodesTest, WhoIsNotTheLastLeaves) {
  const fs::path a = begin("a");
  begin("b");
  end(a, 1, 2);
  EXPECT_TRUE(gather(kShort));
  EXPECT_EQ(made_, 0);
  EXPECT_TRUE(fs::exists(a));
  EXPECT_FALSE(fs::exists(place_.parts / "HOW-TO-GATHER.txt"));
}

TEST_F(OtherNodesTest, DeadNodesAreNotWaitedFor) {
  const fs::path a = begin("a");
  begin("killed");
  folder_.write("t.h5.parts/node-killed.writer", "1 2 elsewhere\n");
  end(a, 1, 2);
  EXPECT_TRUE(gather(kDeadSoon));
  EXPECT_EQ(made_, 1);
}

TEST_F(OtherNodesTest, ProcessesOfThisMachineAreDeadAtOnce) {
  const int code = test::run_in_child([this] {
    begin("killed");
    return 0;
  });
  ASSERT_EQ(code, 0);
  const fs::path a = begin("a");
  EXPECT_TRUE(surely_dead(place_.parts / "node-killed.h5"));
  EXPECT_FALSE(surely_dead(a));
  end(a, 1, 2);
  EXPECT_TRUE(gather(kPatient));
  EXPECT_EQ(made_, 1);
}

TEST_F(OtherNodesTest, NothingIsKnownOfProcessesElsewhere) {
  const fs::path a = begin("a");
  folder_.write("t.h5.parts/node-a.writer", "1 2 elsewhere\n");
  EXPECT_FALSE(surely_dead(a));
  folder_.write("t.h5.parts/node-a.writer", "");
  EXPECT_FALSE(surely_dead(a));
  EXPECT_FALSE(surely_dead(place_.parts / "node-none.h5"));
}

TEST_F(OtherNodesTest, LauncherWaitsForThoseThatWrite) {
  const fs::path a = begin("a"), b = begin("b");
  end(a, 1, 2);
  std::thread other([&] {
    std::this_thread::sleep_for(milliseconds(5));
    end(b, 1, 2);
  });
  EXPECT_TRUE(wait_for_writers(place_.parts, kPatient).whole());
  other.join();
}

TEST_F(OtherNodesTest, FolderOfOneNodeOfSeveral) {
  end(begin("a"), 4, 16);
  EXPECT_TRUE(leave_trace(kShort));
  EXPECT_EQ(made_, 1) << "of the ranks that are here";
  const auto note = base::read_file(place_.parts / "HOW-TO-GATHER.txt");
  ASSERT_TRUE(note);
  EXPECT_NE(note->find("4 of the 16 ranks"), std::string::npos) << *note;
  EXPECT_NE(note->find("joulepath gather"), std::string::npos) << *note;
}

TEST_F(OtherNodesTest, RanksThatNobodyRecordedDoNotKeepTheRest) {
  end(begin("a"), 4, 16);
  end(begin("b"), 4, 16);
  EXPECT_TRUE(gather(kShort));
  EXPECT_EQ(made_, 1);
}

TEST_F(OtherNodesTest, PartsBesideATraceAreGatheredNoMore) {
  end(begin("a"), 2, 4);
  end(begin("b"), 2, 4);
  EXPECT_TRUE(leave_trace(kPatient));
  EXPECT_TRUE(leave_trace(kPatient));
  EXPECT_EQ(made_, 1);
  EXPECT_FALSE(begin_gathering(place_.parts, 0));
  const auto late = add_writer(place_.parts, "late");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, base::Errc::kConflict);
}

TEST_F(OtherNodesTest, AFailureLeavesThePartsToBeGathered) {
  end(begin("a"), 1, 1);
  const auto failed = gather_if_last(place_, kPatient, []() -> base::Status {
    return base::Error{base::Errc::kIo, "no space", {}, 0, {}};
  });
  EXPECT_FALSE(failed);
  EXPECT_TRUE(begin_gathering(place_.parts, 0));
}

}  // namespace
}  // namespace joulepath::tools
