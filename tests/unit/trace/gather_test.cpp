// Several node files become one trace with the same rows.
#include "core/trace/gather.hpp"

#include <fstream>

#include "tests/unit/trace/example_trace.hpp"

namespace joulepath::trace::testing {
namespace {

using Gather = TraceTest;
using Paths = std::vector<std::filesystem::path>;

std::string phase_of_cell(const Contents& contents, std::size_t cell) {
  return contents.run.phases.at(contents.node.cells.at(cell).phase).name;
}

TEST_F(Gather, NodesWithDifferentPhaseNumbers) {
  const Paths inputs{whole("a.h5", 500, {"setup", "solve"}, "node-a"),
                     whole("b.h5", 40000, {"solve", "output"}, "node-b")};
  const auto outcome = gather(inputs, file("trace.h5"), Existing::kRefuse);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message();
  EXPECT_EQ(outcome->nodes, 2u);
  EXPECT_TRUE(outcome->left_out.empty());

  const auto reader = TraceReader::open(file("trace.h5"));
  ASSERT_TRUE(reader.ok()) << reader.error().message();
  ASSERT_EQ(reader->node_count(), 2u);
  const std::vector<record::PhaseRow> phases{
      {0, "(none)"}, {1, "setup"}, {2, "solve"}, {3, "output"}};
  EXPECT_TRUE(same_rows(reader->run().phases, phases));
  EXPECT_TRUE(same_rows(reader->run().functions, example_functions()));
  for (std::size_t n = 0; n < 2; ++n) {
    const auto got = read_node(*reader, n);
    const auto want = read_all(inputs[n]);
    ASSERT_TRUE(got.ok()) << got.error().message();
    ASSERT_TRUE(want.ok()) << want.error().message();
    EXPECT_TRUE(same_blocks(got->rows, want->rows));
    EXPECT_EQ(members(got->node.info), members(want->node.info));
    EXPECT_TRUE(same_rows(got->node.sensors, want->node.sensors));
    EXPECT_TRUE(same_rows(got->node.processes, want->node.processes));
    EXPECT_TRUE(same_rows(got->node.lanes, want->node.lanes));
    EXPECT_TRUE(same_rows(got->node.marks, want->node.marks));
    EXPECT_TRUE(same_rows(got->node.health, want->node.health));
    EXPECT_TRUE(got->node.complete);
    ASSERT_EQ(got->node.cells.size(), 3u);
    for (std::size_t cell = 0; cell < 3; ++cell) {
      EXPECT_EQ(phase_of_cell(*got, cell), phase_of_cell(*want, cell));
      EXPECT_EQ(got->node.cells[cell].function, want->node.cells[cell].function);
    }
  }
  EXPECT_LT(std::filesystem::file_size(file("trace.h5")),
            std::filesystem::file_size(inputs[1]) / 3);
}

std::vector<record::NodeClock> one_row_each(std::span<const record::NodeMarks> nodes) {
  std::vector<record::NodeClock> clocks(nodes.size());
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    EXPECT_EQ(nodes[n].marks.size(), 1u);
    EXPECT_EQ(nodes[n].marks.front().last_begin_ns, 1001);
    EXPECT_EQ(nodes[n].marks.front().first_end_ns, 1999);
    clocks[n].rows = {{static_cast<std::int64_t>(n), -5, -6, 7}};
  }
  return clocks;
}

std::vector<record::NodeClock> none_known(std::span<const record::NodeMarks> nodes) {
  return std::vector<record::NodeClock>(nodes.size(), {{}, "nobody looked"});
}

TEST_F(Gather, TellsHowClocksAre) {
  const Paths inputs{whole("a.h5", 5, {"setup"}, "node-a"), whole("b.h5", 5, {"setup"}, "node-b")};
  ASSERT_TRUE(gather(inputs, file("none.h5"), Existing::kRefuse, none_known).ok());
  const auto none = TraceReader::open(file("none.h5"));
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(none->run().meta_value("clock_unknown.0"), "nobody looked");
  EXPECT_EQ(none->run().meta_value("clock_unknown.1"), "nobody looked");
  EXPECT_TRUE(none->node(1)->clock.empty());

  // Gathered again: what was not known then is of no matter.
  const Paths again{file("none.h5")};
  ASSERT_TRUE(gather(again, file("trace.h5"), Existing::kRefuse, one_row_each).ok());
  const auto reader = TraceReader::open(file("trace.h5"));
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader->run().meta_value("clock_unknown.0"), "");
  for (std::size_t n = 0; n < 2; ++n) {
    const auto node = reader->node(n);
    ASSERT_TRUE(node.ok()) << node.error().message();
    EXPECT_TRUE(same_rows(node->clock, {{static_cast<std::int64_t>(n), -5, -6, 7}}));
    EXPECT_TRUE(same_rows(node->marks, {{0, 7, 1000, 2000}, {1, 7, 1001, 1999}}));
  }
}

TEST_F(Gather, FunctionsMergeByName) {
  const auto path = file("b.h5");
  auto writer = NodeWriter::create(
      path, example_node("node-b"),
      std::vector<record::FunctionRow>{
          {0, "(compute)", "compute"}, {1, "MPI_Wait", "wait"}, {2, "MPI_New", "other"}});
  ASSERT_TRUE(writer.ok());
  add_entities(*writer, {"solve"});
  ASSERT_TRUE(writer->close().ok());
  const Paths inputs{whole("a.h5", 1), path};
  ASSERT_TRUE(gather(inputs, file("trace.h5"), Existing::kRefuse).ok());
  const auto reader = TraceReader::open(file("trace.h5"));
  ASSERT_TRUE(reader.ok());
  ASSERT_EQ(reader->run().functions.size(), 4u);
  const auto node = reader->node(1);
  ASSERT_TRUE(node.ok());
  EXPECT_EQ(node->cells[1].function, 2u);  // MPI_Wait
  EXPECT_EQ(node->cells[2].function, 3u);  // MPI_New
}

TEST_F(Gather, FactsThatDifferAreKeptWithTheHostname) {
  for (const char* host : {"a", "b"}) {
    NodeWriter writer = create(file(std::string(host) + ".h5"), host);
    writer.add(record::MetaRow{"command", "./app"});
    writer.add(record::MetaRow{"launcher", host});
    writer.add(record::MetaRow{"state", "starting"});
    writer.add(record::MetaRow{"state", "done"});
    ASSERT_TRUE(writer.close().ok());
  }
  const Paths inputs{file("a.h5"), file("b.h5")};
  ASSERT_TRUE(gather(inputs, file("trace.h5"), Existing::kRefuse).ok());
  const auto reader = TraceReader::open(file("trace.h5"));
  ASSERT_TRUE(reader.ok());
  const auto& run = reader->run();
  EXPECT_EQ(run.meta.size(), 4u);
  EXPECT_EQ(run.meta_value("command"), "./app");
  EXPECT_EQ(run.meta_value("launcher"), "a");
  EXPECT_EQ(run.meta_value("launcher@b"), "b");
  EXPECT_EQ(run.meta_value("state"), "done");
}

TEST_F(Gather, GatheredTracesGatherAgain) {
  const Paths first{whole("a.h5", 10, {"setup"}, "a"), whole("b.h5", 20, {"solve"}, "b")};
  ASSERT_TRUE(gather(first, file("ab.h5"), Existing::kRefuse).ok());
  const Paths second{file("ab.h5"), whole("c.h5", 30, {"solve"}, "c"), file("b.h5")};
  const auto outcome = gather(second, file("abc.h5"), Existing::kRefuse);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message();
  EXPECT_EQ(outcome->nodes, 3u);
  ASSERT_EQ(outcome->left_out.size(), 1u);  // b came twice
  EXPECT_NE(outcome->left_out[0].find("b.h5"), std::string::npos) << outcome->left_out[0];
  const auto reader = TraceReader::open(file("abc.h5"));
  ASSERT_TRUE(reader.ok());
  ASSERT_EQ(reader->node_count(), 3u);
  EXPECT_EQ(read_node(*reader, 2)->rows.ticks.size(), 30u);
}

TEST_F(Gather, BrokenInputsAreLeftOutAndSaid) {
  std::ofstream(file("text.h5")) << "no trace";
  // Ticks that go back: found only after the node's first rows were copied.
  NodeWriter writer = create(file("broken.h5"), "broken");
  add_entities(writer, {"only in broken"});
  add_ticks(writer, 0, 70000);
  writer.add(record::TickRow{5, 1, 2});
  ASSERT_TRUE(writer.close().ok());
  const Paths inputs{file("none.h5"), file("text.h5"), file("broken.h5"), whole("a.h5", 10)};
  const auto outcome = gather(inputs, file("trace.h5"), Existing::kRefuse);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message();
  EXPECT_EQ(outcome->nodes, 1u);
  EXPECT_EQ(outcome->left_out.size(), 3u);
  const auto got = read_all(file("trace.h5"));
  ASSERT_TRUE(got.ok()) << got.error().message();
  EXPECT_EQ(got->node.info.hostname, "node-a");
  EXPECT_EQ(got->rows.ticks.size(), 10u);
  EXPECT_EQ(got->run.phases.size(), 3u);
}

TEST_F(Gather, NothingUsableLeavesNoFile) {
  const Paths inputs{file("none.h5")};
  const auto outcome = gather(inputs, file("trace.h5"), Existing::kRefuse);
  ASSERT_FALSE(outcome.ok());
  EXPECT_NE(outcome.error().message().find("none.h5"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(file("trace.h5").parent_path()));
}

TEST_F(Gather, ExistingOutputIsKeptUnlessAsked) {
  const Paths inputs{whole("a.h5", 10)};
  std::ofstream(file("trace.h5")) << "mine";
  const auto refused = gather(inputs, file("trace.h5"), Existing::kRefuse);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::Errc::kConflict);
  EXPECT_EQ(std::filesystem::file_size(file("trace.h5")), 4u);
  ASSERT_TRUE(gather(inputs, file("trace.h5"), Existing::kReplace).ok());
  EXPECT_EQ(read_all(file("trace.h5"))->rows.ticks.size(), 10u);

  const auto itself = gather(inputs, inputs[0], Existing::kReplace);
  ASSERT_FALSE(itself.ok());
  EXPECT_EQ(itself.error().code, base::Errc::kUsage);
  EXPECT_EQ(read_all(inputs[0])->rows.ticks.size(), 10u);
  EXPECT_FALSE(gather(inputs, file("none/trace.h5"), Existing::kReplace).ok());
}

TEST_F(Gather, IncompleteStaysIncomplete) {
  {
    NodeWriter writer = create(file("a.h5"));
    add_entities(writer, {"solve"});
    add_ticks(writer, 0, 5);
    ASSERT_TRUE(writer.flush().ok());
  }
  const Paths inputs{file("a.h5")};
  ASSERT_TRUE(gather(inputs, file("trace.h5"), Existing::kRefuse).ok());
  const auto got = read_all(file("trace.h5"));
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->rows.ticks.size(), 5u);
  EXPECT_FALSE(got->node.complete);
}

}  // namespace
/// A node's file as gather compares it with others.
struct NodeFile {
  std::string host = "n";
  std::string identity = "boot 1";
  std::string session = "s";
  std::vector<std::int32_t> ranks = {};
  std::int32_t world = 4;
  std::int64_t first_ns = 1'000;
  std::int64_t last_ns = 9'000;
};

class GatherNodes : public TraceTest {
 protected:
  std::filesystem::path add(const NodeFile& node) {
    const auto path = file(std::to_string(files_.size()) + ".h5");
    record::NodeInfo info = example_node(node.host);
    info.identity = node.identity;
    info.start_monotonic_ns = node.first_ns;
    auto writer = NodeWriter::create(path, info, example_functions());
    EXPECT_TRUE(writer.ok());
    writer->add(record::MetaRow{"session", node.session});
    record::SensorRow sensor;
    sensor.signal.id = "powercap:intel-rapl:0";
    sensor.signal.counted = sensor.signal.readable = true;
    writer->add(sensor);
    for (const std::int32_t rank : node.ranks) {
      record::ProcessRow process;
      process.process = processes_++;
      process.rank = rank;
      process.world_size = node.world;
      writer->add(process);
    }
    processes_ = 0;
    writer->add(record::HealthRow{node.last_ns, record::HealthKind::kRecorderStopped,
                                  record::kNone32, 0, 0});
    EXPECT_TRUE(writer->close().ok());
    files_.push_back(path);
    return path;
  }
  GatherOutcome gathered() {
    const auto outcome = gather(files_, file("trace.h5"), Existing::kReplace);
    EXPECT_TRUE(outcome.ok()) << outcome.error().message();
    return outcome.ok() ? *outcome : GatherOutcome{};
  }
  /// Of each node, whether its sensor counts.
  std::vector<bool> counted() {
    const auto reader = TraceReader::open(file("trace.h5"));
    std::vector<bool> result;
    for (std::size_t n = 0; n < reader->node_count(); ++n)
      result.push_back(reader->node(n)->sensors.at(0).signal.counted);
    return result;
  }

  Paths files_;
  std::uint32_t processes_ = 0;
};

TEST_F(GatherNodes, RanksThatAreInNoFileAreSaid) {
  add({.host = "a", .identity = "1", .ranks = {0, 1}, .world = 8});
  add({.host = "b", .identity = "2", .ranks = {4}, .world = 8});
  const GatherOutcome outcome = gathered();
  EXPECT_EQ(outcome.nodes, 2u);
  EXPECT_EQ(outcome.missing, "2-3,5-7 of 8");
  EXPECT_FALSE(outcome.whole());
  const auto reader = TraceReader::open(file("trace.h5"));
  EXPECT_EQ(reader->run().meta_value(record::kMissingRanks), "2-3,5-7 of 8");

  // Later the rest turns up.
  const Paths more{file("trace.h5"),
                   add({.host = "c", .identity = "3", .ranks = {2, 3, 5, 6, 7}, .world = 8})};
  const auto whole = gather(more, file("whole.h5"), Existing::kRefuse);
  ASSERT_TRUE(whole.ok());
  EXPECT_TRUE(whole->whole());
  EXPECT_EQ(TraceReader::open(file("whole.h5"))->run().meta_value(record::kMissingRanks), "");
}

TEST_F(GatherNodes, ProcessesWithoutARankAreNotMissing) {
  add({.ranks = {0, 1, -1, -1}, .world = 4});
  EXPECT_TRUE(gathered().whole());
}

TEST_F(GatherNodes, FilesOfAnotherRunAreLeftOut) {
  add({.host = "old", .identity = "1", .session = "before", .ranks = {0, 1}});
  add({.host = "a", .identity = "1", .ranks = {0, 1}});
  add({.host = "b", .identity = "2", .ranks = {2, 3}});
  const GatherOutcome outcome = gathered();
  EXPECT_EQ(outcome.nodes, 2u);
  ASSERT_EQ(outcome.left_out.size(), 1u);
  EXPECT_NE(outcome.left_out[0].find("old is of another run"), std::string::npos)
      << outcome.left_out[0];
  const auto reader = TraceReader::open(file("trace.h5"));
  EXPECT_EQ(reader->run().meta_value(record::kLeftOut), outcome.left_out[0]);
}

TEST_F(GatherNodes, LaunchersWithASessionForEachNode) {
  add({.host = "a", .identity = "1", .session = "pid-1", .ranks = {0, 1}});
  add({.host = "b", .identity = "2", .session = "pid-2", .ranks = {2, 3}});
  EXPECT_TRUE(gathered().whole());
}

TEST_F(GatherNodes, TwoRecordersOfOneNodeCountItOnce) {
  add({.host = "box1", .ranks = {0, 1}, .first_ns = 1'000, .last_ns = 9'000});
  add({.host = "box2", .ranks = {2, 3}, .first_ns = 1'100, .last_ns = 9'500});
  add({.host = "far", .identity = "boot 2", .first_ns = 1'000, .last_ns = 9'000});
  EXPECT_TRUE(gathered().whole());
  EXPECT_EQ(counted(), (std::vector<bool>{false, true, true}));
  const auto reader = TraceReader::open(file("trace.h5"));
  EXPECT_EQ(reader->node(0)->sensors[0].signal.reason, record::kCountedElsewhere);
}

TEST_F(GatherNodes, RecordersOneAfterTheOtherBothCount) {
  add({.host = "n", .ranks = {0, 1}, .first_ns = 1'000, .last_ns = 5'000});
  add({.host = "n", .ranks = {2, 3}, .first_ns = 5'000, .last_ns = 9'000});
  gathered();
  EXPECT_EQ(counted(), (std::vector<bool>{true, true}));
}

}  // namespace joulepath::trace::testing
