// A master reads as the whole trace does, and, where node files cannot be used, as the trace that
// is gathered without them.
#include <hdf5.h>

#include <cstdlib>
#include <fstream>

#include "core/trace/gather.hpp"
#include "tests/unit/trace/example_trace.hpp"

namespace joulepath::trace::testing {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<fs::path>;

class Master : public TraceTest {
 protected:
  Master() { fs::create_directory(parts()); }

  [[nodiscard]] fs::path parts() const { return file("t.h5.parts"); }

  /// A node with ranks `first` and `first` + 1 of 6.
  fs::path node(const std::string& host, std::int32_t first, std::uint32_t ticks, bool killed) {
    const fs::path path = parts() / (host + ".h5");
    record::NodeInfo info = example_node(host);
    info.start_monotonic_ns += first;
    auto made = NodeWriter::create(path, info, example_functions());
    EXPECT_TRUE(made.ok());
    NodeWriter writer = *std::move(made);
    add_entities(writer, {"only on " + host, "everywhere"});
    for (std::uint32_t n = 0; n < 2; ++n) {
      record::ProcessRow process;
      process.process = n;
      process.rank = first + static_cast<std::int32_t>(n);
      process.world_size = 6;
      writer.add(process);  // again: the last row holds
    }
    add_ticks(writer, 0, ticks);
    if (!killed) add_end(writer);
    EXPECT_TRUE(killed ? writer.flush().ok() : writer.close().ok());
    return path;
  }

  Paths three_nodes(bool third_killed = false) {
    return {node("a", 0, 300, false), node("b", 2, 400, false), node("c", 4, 50, third_killed)};
  }

  /// The clocks of the first and the last are not known.
  static std::vector<record::NodeClock> align(std::span<const record::NodeMarks> nodes) {
    std::vector<record::NodeClock> clocks(nodes.size());
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      if (n == 0 || n + 1 == nodes.size()) {
        clocks[n].unknown = "as number " + std::to_string(n);
      } else {
        clocks[n].rows = {{1, 2, 1, static_cast<std::int64_t>(n)}};
      }
    }
    return clocks;
  }

  GatherOutcome link(const Paths& inputs) {
    auto linked = link_nodes(inputs, file("t.h5"), Existing::kRefuse, align);
    EXPECT_TRUE(linked.ok()) << linked.error().message();
    return linked.ok() ? *linked : GatherOutcome{};
  }

  static void expect_same_node(const TraceReader& got_reader, std::size_t got_number,
                               const TraceReader& want_reader, std::size_t want_number) {
    const auto got = read_node(got_reader, got_number);
    const auto want = read_node(want_reader, want_number);
    ASSERT_TRUE(got.ok()) << got.error().message();
    ASSERT_TRUE(want.ok()) << want.error().message();
    EXPECT_TRUE(same_blocks(got->rows, want->rows));
    EXPECT_EQ(members(got->node.info), members(want->node.info));
    EXPECT_EQ(got->node.complete, want->node.complete);
    EXPECT_TRUE(same_rows(got->node.sensors, want->node.sensors));
    EXPECT_TRUE(same_rows(got->node.processes, want->node.processes));
    EXPECT_TRUE(same_rows(got->node.lanes, want->node.lanes));
    EXPECT_TRUE(same_rows(got->node.marks, want->node.marks));
    EXPECT_TRUE(same_rows(got->node.clock, want->node.clock));
    EXPECT_TRUE(same_rows(got->node.health, want->node.health));
    ASSERT_EQ(got->node.cells.size(), want->node.cells.size());
    for (std::size_t cell = 0; cell < got->node.cells.size(); ++cell)
      EXPECT_EQ(got->run.phases.at(got->node.cells[cell].phase).name,
                want->run.phases.at(want->node.cells[cell].phase).name);
  }

  /// Node b's file is not to be used: all that is left is that of a and c.
  void expect_without_b(const std::string& reason) {
    const auto whole = TraceReader::open(file("whole.h5"));
    const auto got = TraceReader::open(file("t.h5"));
    ASSERT_TRUE(whole.ok() && got.ok()) << got.error().message();
    ASSERT_EQ(got->node_count(), 2u);
    expect_same_node(*got, 0, *whole, 0);
    expect_same_node(*got, 1, *whole, 2);
    ASSERT_EQ(got->left_out().size(), 1u);
    EXPECT_NE(got->left_out()[0].find("t.h5.parts/b.h5"), std::string::npos) << got->left_out()[0];
    EXPECT_NE(got->left_out()[0].find(reason), std::string::npos) << got->left_out()[0];
    EXPECT_EQ(got->run().meta_value(record::kLeftOut), got->left_out()[0]);
    EXPECT_EQ(got->run().meta_value(record::kMissingRanks), "2-3 of 6");
    const auto clock = [](const TraceReader& trace, int node) {
      return trace.run().meta_value(std::string(record::kClockUnknown) + std::to_string(node));
    };
    EXPECT_EQ(clock(*got, 0), clock(*whole, 0));
    EXPECT_EQ(clock(*got, 1), clock(*whole, 2));
    EXPECT_EQ(clock(*got, 2), "");

    // And gather says so.
    const Paths inputs{file("t.h5")};
    const auto gathered = gather(inputs, file("rest.h5"), Existing::kReplace);
    ASSERT_TRUE(gathered.ok()) << gathered.error().message();
    EXPECT_EQ(gathered->nodes, 2u);
    EXPECT_EQ(gathered->missing, "2-3 of 6");
    EXPECT_EQ(gathered->left_out, got->left_out());
  }

  /// A master of three nodes, and the whole trace of the same.
  void make_both() {
    const Paths inputs = three_nodes();
    ASSERT_TRUE(gather(inputs, file("whole.h5"), Existing::kRefuse, align).ok());
    link(inputs);
  }
  [[nodiscard]] fs::path b() const { return parts() / "b.h5"; }
};

TEST_F(Master, ReadsAsTheWholeTrace) {
  for (const bool killed : {false, true}) {
    fs::remove(file("t.h5"));
    fs::remove_all(parts());
    fs::create_directory(parts());
    const Paths inputs = three_nodes(killed);
    ASSERT_TRUE(gather(inputs, file("whole.h5"), Existing::kReplace, align).ok());
    const GatherOutcome outcome = link(inputs);
    EXPECT_EQ(outcome.nodes, 3u);
    EXPECT_EQ(outcome.linked, killed ? 2u : 3u) << "others cannot open what a killed one left";
    EXPECT_EQ(outcome.clocks_unknown.size(), 2u);
    const auto whole = TraceReader::open(file("whole.h5"));
    const auto master = TraceReader::open(file("t.h5"));
    ASSERT_TRUE(whole.ok() && master.ok()) << master.error().message();
    EXPECT_TRUE(master->is_master());
    EXPECT_FALSE(whole->is_master());
    EXPECT_TRUE(master->left_out().empty());
    EXPECT_TRUE(same_rows(master->run().meta, whole->run().meta));
    EXPECT_TRUE(same_rows(master->run().phases, whole->run().phases));
    EXPECT_TRUE(same_rows(master->run().functions, whole->run().functions));
    ASSERT_EQ(master->node_count(), 3u);
    for (std::size_t n = 0; n < 3; ++n) expect_same_node(*master, n, *whole, n);
    EXPECT_EQ(master->node(2)->complete, !killed);
  }
}

TEST_F(Master, IsMadeWholeByGather) {
  make_both();
  const Paths inputs{file("t.h5")};
  const auto gathered = gather(inputs, file("one.h5"), Existing::kRefuse, align);
  ASSERT_TRUE(gathered.ok()) << gathered.error().message();
  EXPECT_TRUE(gathered->whole());
  fs::remove_all(parts());
  fs::remove(file("t.h5"));
  const auto whole = TraceReader::open(file("whole.h5"));
  const auto one = TraceReader::open(file("one.h5"));
  ASSERT_TRUE(whole.ok() && one.ok());
  EXPECT_FALSE(one->is_master());
  EXPECT_TRUE(same_rows(one->run().meta, whole->run().meta));
  ASSERT_EQ(one->node_count(), 3u);
  for (std::size_t n = 0; n < 3; ++n) expect_same_node(*one, n, *whole, n);
}

TEST_F(Master, MovesWithItsFolder) {
  make_both();
  fs::create_directory(file("elsewhere"));
  fs::rename(file("t.h5"), file("elsewhere/renamed.h5"));
  fs::rename(parts(), file("elsewhere/t.h5.parts"));
  fs::create_symlink(file("elsewhere/renamed.h5"), file("link.h5"));
  for (const auto& path : {file("elsewhere/renamed.h5"), file("link.h5")}) {
    const auto master = TraceReader::open(path);
    ASSERT_TRUE(master.ok()) << master.error().message();
    EXPECT_EQ(master->node_count(), 3u);
    EXPECT_TRUE(master->left_out().empty());
  }
}

TEST_F(Master, NodeFileIsMissing) {
  make_both();
  fs::remove(b());
  expect_without_b("No such file");
}

TEST_F(Master, NodeFileIsTruncated) {
  make_both();
  fs::resize_file(b(), fs::file_size(b()) / 2);
  expect_without_b("cannot be opened");
}

TEST_F(Master, NodeFileIsNoTrace) {
  make_both();
  std::ofstream(b()) << "text";
  expect_without_b("is not an HDF5 file");
}

TEST_F(Master, NodeFileIsOfAnotherRun) {
  make_both();
  fs::remove(b());
  node("b", 3, 400, false);  // the same node, a moment later
  expect_without_b("another recording");
}

TEST_F(Master, NodeFileIsStillWritten) {
  make_both();
  fs::remove(b());
  node("b", 2, 400, true);
  expect_without_b("not whole");
}

TEST_F(Master, NodeFileIsOfANewerVersion) {
  make_both();
  const hid_t opened = H5Fopen(b().c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t version = H5Aopen(opened, "schema_version", H5P_DEFAULT);
  const std::int32_t newer = 1000;
  ASSERT_GE(H5Awrite(version, H5T_NATIVE_INT32, &newer), 0);
  H5Aclose(version);
  H5Fclose(opened);
  expect_without_b("schema version 1000");
}

TEST_F(Master, NodeFileIsAMasterItself) {
  make_both();
  fs::copy_file(file("t.h5"), b(), fs::copy_options::overwrite_existing);
  expect_without_b("only links");
}

TEST_F(Master, NoNodeFileIsLeft) {
  make_both();
  fs::remove_all(parts());
  const auto opened = TraceReader::open(file("t.h5"));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, base::Errc::kFormat);
  EXPECT_NE(opened.error().message().find("a.h5"), std::string::npos) << opened.error().message();
}

TEST_F(Master, FilesOfTheSameNameElsewhereAreNotTaken) {
  make_both();
  const auto other = file("other");
  fs::create_directory(other);
  fs::rename(parts(), other / "t.h5.parts");
  fs::create_directory(parts());
  three_nodes();
  fs::remove(b());
  // HDF5 would look here first.
  ::setenv("HDF5_EXT_PREFIX", other.c_str(), 1);
  const auto before = fs::current_path();
  fs::current_path(other);
  expect_without_b("No such file");
  fs::current_path(before);
  ::unsetenv("HDF5_EXT_PREFIX");
}

TEST_F(Master, MasterOfAMasterHasItsRowsItself) {
  make_both();
  const Paths inputs{file("t.h5")};
  const auto again = link_nodes(inputs, file("again.h5"), Existing::kRefuse, align);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->linked, 0u);
  EXPECT_FALSE(TraceReader::open(file("again.h5"))->is_master());
}

}  // namespace
}  // namespace joulepath::trace::testing
