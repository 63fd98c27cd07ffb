// Several processes gather what one does, whatever the inputs are and however they are divided.
#include <fstream>

#include "core/trace/gather.hpp"
#include "tests/unit/support/folder_team.hpp"
#include "tests/unit/trace/example_trace.hpp"

namespace joulepath::trace::testing {
namespace {

using Paths = std::vector<std::filesystem::path>;

class GatherTogether : public TraceTest {
 protected:
  std::filesystem::path with_facts(const std::string& name, const std::string& hostname,
                                   const std::vector<record::MetaRow>& facts, std::int32_t world) {
    NodeWriter writer = create(file(name), hostname);
    for (const auto& fact : facts) writer.add(fact);
    add_entities(writer, {"setup", hostname});
    record::ProcessRow process;
    process.rank = 5;
    process.world_size = world;
    writer.add(process);
    add_ticks(writer, 0, 40);
    add_end(writer);
    EXPECT_TRUE(writer.close().ok());
    return file(name);
  }

  void expect_same_as_by_one(const Paths& inputs, int size) {
    const auto one = gather(inputs, file("one.h5"), Existing::kReplace, align);
    ASSERT_TRUE(one.ok()) << one.error().message();
    const auto several = test::by_processes(file("team"), size, [&](base::Team& team) {
      return gather(inputs, file("several.h5"), Existing::kReplace, team, align);
    });
    ASSERT_TRUE(several.ok()) << several.error().message();
    EXPECT_EQ(several->nodes, one->nodes);
    EXPECT_EQ(several->left_out, one->left_out);
    EXPECT_EQ(several->missing, one->missing);
    expect_same_traces(file("several.h5"), file("one.h5"));
  }

  /// What it was given, in the rows that it gives.
  static std::vector<record::NodeClock> align(std::span<const record::NodeMarks> nodes) {
    std::vector<record::NodeClock> clocks;
    for (const record::NodeMarks& node : nodes) {
      record::NodeClock& clock = clocks.emplace_back();
      for (const record::NodeMark& mark : node.marks)
        clock.rows.push_back({static_cast<std::int64_t>(mark.ordinal), mark.last_begin_ns,
                              mark.first_end_ns, node.world});
      if (clocks.size() % 2 == 0) clock = {{}, "its number is odd"};
    }
    return clocks;
  }

  static void expect_same_traces(const std::filesystem::path& got_path,
                                 const std::filesystem::path& want_path) {
    const auto got = TraceReader::open(got_path);
    const auto want = TraceReader::open(want_path);
    ASSERT_TRUE(got.ok()) << got.error().message();
    ASSERT_TRUE(want.ok()) << want.error().message();
    EXPECT_TRUE(same_rows(got->run().meta, want->run().meta));
    EXPECT_TRUE(same_rows(got->run().phases, want->run().phases));
    EXPECT_TRUE(same_rows(got->run().functions, want->run().functions));
    ASSERT_EQ(got->node_count(), want->node_count());
    for (std::size_t n = 0; n < got->node_count(); ++n) {
      const auto a = read_node(*got, n);
      const auto b = read_node(*want, n);
      ASSERT_TRUE(a.ok()) << a.error().message();
      ASSERT_TRUE(b.ok()) << b.error().message();
      EXPECT_EQ(members(a->node.info), members(b->node.info));
      EXPECT_EQ(a->node.complete, b->node.complete);
      EXPECT_TRUE(same_rows(a->node.sensors, b->node.sensors));
      EXPECT_TRUE(same_rows(a->node.processes, b->node.processes));
      EXPECT_TRUE(same_rows(a->node.lanes, b->node.lanes));
      EXPECT_TRUE(same_rows(a->node.cells, b->node.cells)) << "node " << n;
      EXPECT_TRUE(same_rows(a->node.marks, b->node.marks));
      EXPECT_TRUE(same_rows(a->node.clock, b->node.clock));
      EXPECT_TRUE(same_rows(a->node.health, b->node.health));
      EXPECT_TRUE(same_blocks(a->rows, b->rows));
    }
  }
};

TEST_F(GatherTogether, PhasesOfOtherNumbersAndFactsThatDiffer) {
  const Paths inputs{with_facts("a.h5", "a", {{"mpi", "X"}, {"session", "s"}}, 64),
                     with_facts("b.h5", "b", {{"mpi", "Y"}, {"session", "s"}}, 64),
                     with_facts("c.h5", "c", {{"mpi", "X"}, {"session", "s"}}, 64),
                     with_facts("d.h5", "d", {{"mpi", "Y"}, {"session", "s"}}, 64),
                     with_facts("e.h5", "a", {{"mpi", "Z"}, {"session", "other"}}, 64)};
  for (const int size : {2, 3, 5, 8}) expect_same_as_by_one(inputs, size);
}

TEST_F(GatherTogether, FilesThatCannotBeUsedAndCopies) {
  const auto first = whole("a.h5", 300, {"setup"}, "node-a");
  const auto broken = file("b.h5");
  std::ofstream(broken) << "no trace";
  const auto other = whole("c.h5", 80, {"solve", "setup"}, "node-c");
  const auto copy = file("d.h5");
  std::filesystem::copy_file(first, copy);
  const auto last = whole("e.h5", 20, {"output"}, "node-e");
  const auto last_copy = file("f.h5");
  std::filesystem::copy_file(last, last_copy);
  const Paths inputs{first, broken, other, copy, last, last_copy, file("nowhere.h5")};
  for (const int size : {2, 4, 7}) expect_same_as_by_one(inputs, size);
}

TEST_F(GatherTogether, ACopyCountsWhereItsFirstWasNotUsable) {
  const auto whole_file = whole("b.h5", 3000, {"solve"}, "node-a");
  const auto cut = file("a.h5");
  std::filesystem::copy_file(whole_file, cut);
  std::filesystem::resize_file(cut, std::filesystem::file_size(cut) / 2);
  expect_same_as_by_one({cut, whole_file, whole("c.h5", 20, {"solve"}, "node-c")}, 3);
}

TEST_F(GatherTogether, NothingUsableFailsInProcess0) {
  std::ofstream(file("a.h5")) << "no trace";
  std::ofstream(file("b.h5")) << "no trace";
  const Paths inputs{file("a.h5"), file("b.h5")};
  const auto outcome = test::by_processes(file("team"), 2, [&](base::Team& team) {
    return gather(inputs, file("out.h5"), Existing::kRefuse, team);
  });
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, base::Errc::kFormat);
  EXPECT_FALSE(std::filesystem::exists(file("out.h5")));
}

}  // namespace
}  // namespace joulepath::trace::testing
