// Where a run's files go: who may write where, and that two never write to one place.
#include "tools/recorder/output_place.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <iterator>
#include <vector>

#include "core/base/file.hpp"
#include "tests/unit/support/child.hpp"
#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;
using base::Errc;

constexpr unsigned kNobody = 65534;
const RunMark kRun{"run"};

class OutputPlaceTest : public ::testing::Test {
 protected:
  test::TemporaryFolder folder_;
  OutputPlace place_ = output_place(folder_.path() / "t.h5");
};

TEST_F(OutputPlaceTest, Names) {
  const OutputPlace place = output_place("/data/run.h5");
  EXPECT_EQ(place.trace, "/data/run.h5");
  EXPECT_EQ(place.parts, "/data/run.h5.parts");
}

TEST_F(OutputPlaceTest, FolderStandsForANameInIt) {
  EXPECT_EQ(trace_in(folder_.path(), "n.h5"), folder_.path() / "n.h5");
  EXPECT_EQ(trace_in(folder_.path() / "later/", "n.h5"), folder_.path() / "later/n.h5");
  EXPECT_EQ(trace_in(folder_.path() / "t.h5", "n.h5"), folder_.path() / "t.h5");
}

TEST_F(OutputPlaceTest, SecondRunIsRefused) {
  ASSERT_TRUE(claim(place_, kRun));
  EXPECT_TRUE(fs::is_directory(place_.parts));
  const auto second = claim(place_, kRun);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kConflict);
  EXPECT_NE(second.error().message().find("t.h5.parts"), std::string::npos);
  EXPECT_NE(second.error().message().find("joulepath gather"), std::string::npos);
}

TEST_F(OutputPlaceTest, TraceThatExistsIsNotTouched) {
  folder_.write("t.h5", "precious");
  const auto refused = claim(place_, kRun);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConflict);
  EXPECT_FALSE(fs::exists(place_.parts));
  EXPECT_EQ(*base::read_file(place_.trace), "precious");
}

TEST_F(OutputPlaceTest, PartsThatAreAFileAreNotTouched) {
  folder_.write("t.h5.parts", "precious");
  const auto refused = claim(place_, kRun);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConflict);
  EXPECT_EQ(*base::read_file(place_.parts), "precious");
}

TEST_F(OutputPlaceTest, MissingFolder) {
  const auto refused = claim(output_place(folder_.path() / "none" / "t.h5"), kRun);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kIo);
  EXPECT_NE(refused.error().message().find("make the folder first"), std::string::npos);
}

TEST_F(OutputPlaceTest, UnwritableFolder) {
  const int code = test::run_in_child([this] {
    fs::permissions(folder_.path(), fs::perms::owner_read | fs::perms::owner_exec |
                                        fs::perms::others_read | fs::perms::others_exec);
    if (::geteuid() == 0 && ::setuid(kNobody) != 0) return 3;
    const auto refused = claim(place_, kRun);
    if (refused) return 1;
    return refused.error().code == Errc::kPermission ? 0 : 2;
  });
  EXPECT_EQ(code, 0);
  fs::permissions(folder_.path(), fs::perms::owner_all);
}

TEST_F(OutputPlaceTest, NumbersWhatIsTaken) {
  const auto first = claim_or_join(place_.trace, {"one"}, "n");
  const auto second = claim_or_join(place_.trace, {"two"}, "n");
  folder_.write("t.3.h5", "a trace");
  const auto fourth = claim_or_join(place_.trace, {"three"}, "n");
  ASSERT_TRUE(first && second && fourth);
  EXPECT_EQ(first->place.trace.filename(), "t.h5");
  EXPECT_EQ(first->node_file, folder_.path() / "t.h5.parts/node-n.h5");
  EXPECT_EQ(second->place.trace.filename(), "t.2.h5");
  EXPECT_EQ(second->place.parts.filename(), "t.2.h5.parts");
  EXPECT_EQ(fourth->place.trace.filename(), "t.4.h5");
}

TEST_F(OutputPlaceTest, NodesOfOneRunWriteIntoOneFolder) {
  const auto first = claim_or_join(place_.trace, {"one"}, "a");
  const auto other = claim_or_join(place_.trace, {"one"}, "b");
  const auto same_name = claim_or_join(place_.trace, {"one"}, "a");
  ASSERT_TRUE(first && other && same_name);
  EXPECT_EQ(other->place.trace, first->place.trace);
  EXPECT_EQ(other->node_file.filename(), "node-b.h5");
  EXPECT_EQ(same_name->node_file.filename(), "node-a.2.h5");
}

TEST_F(OutputPlaceTest, NobodyJoinsWhatIsBeingGathered) {
  const auto first = claim_or_join(place_.trace, {"one"}, "a");
  ASSERT_TRUE(first);
  ASSERT_TRUE(begin_gathering(place_.parts, 1));
  const auto late = claim_or_join(place_.trace, {"one"}, "b");
  ASSERT_TRUE(late);
  EXPECT_EQ(late->place.trace.filename(), "t.2.h5");
  EXPECT_EQ(look_at(place_.parts).writing.size(), 1u);
}

TEST_F(OutputPlaceTest, NobodyJoinsWhatAnOldRunLeft) {
  // Open MPI has 65536 names of sessions: this one was killed with the same.
  const auto old = claim_or_join(place_.trace, {"ompi-7"}, "a");
  ASSERT_TRUE(old);
  const auto before = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const auto& entry : fs::directory_iterator(place_.parts))
    fs::last_write_time(entry.path(), before);
  const auto now = claim_or_join(place_.trace, {"ompi-7"}, "b");
  ASSERT_TRUE(now);
  EXPECT_EQ(now->place.trace.filename(), "t.2.h5");
  EXPECT_EQ(std::distance(fs::directory_iterator(place_.parts), {}), 2) << "it is left as it was";
}

TEST_F(OutputPlaceTest, JoinsWhatJoulepathRunMade) {
  ASSERT_TRUE(claim(place_, {"run-1", Gatherer::kLauncher}));
  const auto joined = claim_or_join(place_.trace, {"run-1"}, "b");
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->place.trace, place_.trace);
  EXPECT_EQ(mark_of(place_.parts)->gatherer, Gatherer::kLauncher);
}

TEST_F(OutputPlaceTest, FreeNameInAFolderThatIsNotThere) {
  const auto refused = claim_or_join(folder_.path() / "none" / "t.h5", kRun, "a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kIo);
}

TEST_F(OutputPlaceTest, OneOfManyGetsThePlace) {
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i)
    children.push_back(test::start_child([&] {
      ::close(go[1]);
      char byte = 0;
      if (::read(go[0], &byte, 1) != 0) return 3;
      const auto claimed = claim(place_, kRun);
      if (claimed) return 0;
      return claimed.error().code == Errc::kConflict ? 1 : 2;
    }));
  ::close(go[0]);
  ::close(go[1]);
  int got = 0;
  int refused = 0;
  for (const pid_t child : children) {
    const int code = test::end_of(child);
    got += code == 0;
    refused += code == 1;
  }
  EXPECT_EQ(got, 1);
  EXPECT_EQ(refused, 7);
}

}  // namespace
}  // namespace joulepath::tools
