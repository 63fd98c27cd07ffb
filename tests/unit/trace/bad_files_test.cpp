// Whatever is given as a trace: one clear error, or a consistent shorter trace. Never
// a crash, and never rows that were not recorded.
#include <hdf5.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "core/trace/gather.hpp"
#include "tests/unit/trace/example_trace.hpp"

namespace joulepath::trace::testing {
namespace {

using BadFiles = TraceTest;
using base::Errc;

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// The error of reading everything in `path`, which must be there.
base::Error error_of(const std::filesystem::path& path) {
  const auto got = read_all(path);
  EXPECT_FALSE(got.ok());
  return got.ok() ? base::Error{} : got.error();
}

/// Opens a whole trace for changes that joulepath itself never makes.
hid_t opened_for_change(const std::filesystem::path& path) {
  return H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
}

TEST_F(BadFiles, MissingFile) {
  const auto error = error_of(file("none.h5"));
  EXPECT_EQ(error.code, Errc::kNotFound);
  EXPECT_NE(error.message().find("none.h5"), std::string::npos);
}

TEST_F(BadFiles, DirectoryEmptyTextAndPipe) {
  std::filesystem::create_directory(file("d"));
  write_bytes(file("empty.h5"), "");
  write_bytes(file("text.h5"), "time,power\n1,2\n");
  ASSERT_EQ(::mkfifo(file("pipe").c_str(), 0600), 0);
  for (const char* name : {"d", "empty.h5", "text.h5", "pipe"}) {
    const auto error = error_of(file(name));
    EXPECT_EQ(error.code, Errc::kFormat) << name;
    EXPECT_NE(error.message().find(name), std::string::npos);
    EXPECT_FALSE(error.remedy.empty());
  }
}

TEST_F(BadFiles, UnreadableFile) {
  const auto path = whole("t.h5", 2);
  std::filesystem::permissions(path, std::filesystem::perms::none);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::geteuid() == 0 && ::setuid(kNobody) != 0) ::_exit(2);  // root may read everything
    ::_exit(error_of(path).code == Errc::kPermission ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(BadFiles, Hdf5ThatIsNoTrace) {
  const hid_t made = H5Fcreate(file("other.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  ASSERT_GE(H5Fclose(made), 0);
  const auto error = error_of(file("other.h5"));
  EXPECT_EQ(error.code, Errc::kFormat);
  EXPECT_NE(error.what.find("schema_version"), std::string::npos);
}

class OtherSchema : public BadFiles {
 protected:
  base::Error error_with_version(int version) {
    const auto path = whole("t.h5", 2);
    const hid_t changed = opened_for_change(path);
    const hid_t attribute = H5Aopen(changed, "schema_version", H5P_DEFAULT);
    EXPECT_GE(H5Awrite(attribute, H5T_NATIVE_INT, &version), 0);
    H5Aclose(attribute);
    H5Fclose(changed);
    return error_of(path);
  }
};

TEST_F(OtherSchema, Newer) {
  EXPECT_EQ(error_with_version(kSchemaVersion + 1).code, Errc::kNewer);
}

TEST_F(OtherSchema, Older) {
  const base::Error error = error_with_version(kSchemaVersion - 1);
  EXPECT_EQ(error.code, Errc::kFormat);
  EXPECT_NE(error.what.find("no longer reads"), std::string::npos) << error.what;
}

TEST_F(BadFiles, MissingTableOrColumnIsNamed) {
  for (const char* name :
       {"meta", "phases", "functions", "nodes", "nodes/0/sensors", "nodes/0/ticks",
        "nodes/0/activity", "nodes/0/lanes/tid", "nodes/0/samples/raw", "nodes/0/topology_xml"}) {
    std::filesystem::remove(file("t.h5"));
    const auto path = whole("t.h5", 2);
    const hid_t changed = opened_for_change(path);
    ASSERT_GE(H5Ldelete(changed, name, H5P_DEFAULT), 0);
    H5Fclose(changed);
    const auto error = error_of(path);
    EXPECT_EQ(error.code, Errc::kFormat);
    EXPECT_EQ(error.where, path.string());
    const std::string last = std::filesystem::path(name).filename();
    EXPECT_NE(error.what.find(last), std::string::npos) << error.what;
  }
}

TEST_F(BadFiles, ColumnOfAnotherTypeIsNamed) {
  for (const hid_t type : {H5T_IEEE_F64LE, H5T_STD_U32LE, H5T_STD_I64LE, H5T_C_S1}) {
    std::filesystem::remove(file("t.h5"));
    const auto path = whole("t.h5", 2);
    const hid_t changed = opened_for_change(path);
    ASSERT_GE(H5Ldelete(changed, "nodes/0/samples/raw", H5P_DEFAULT), 0);
    const hsize_t rows = 4;
    const hid_t space = H5Screate_simple(1, &rows, nullptr);
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(properties, 1, &rows);
    const hid_t dataset = H5Dcreate2(changed, "nodes/0/samples/raw", type, space, H5P_DEFAULT,
                                     properties, H5P_DEFAULT);
    ASSERT_GE(dataset, 0);
    H5Dclose(dataset), H5Pclose(properties), H5Sclose(space), H5Fclose(changed);
    const auto error = error_of(path);
    EXPECT_EQ(error.code, Errc::kFormat);
    EXPECT_NE(error.what.find("samples/raw"), std::string::npos) << error.what;
    EXPECT_NE(error.what.find("uint64"), std::string::npos) << error.what;
  }
}

TEST_F(BadFiles, GapInKeysAndUnknownKeys) {
  const auto error_after = [this](auto&& add) {
    std::filesystem::remove(file("t.h5"));
    NodeWriter writer = create(file("t.h5"));
    add_entities(writer, {"solve"});
    add(writer);
    EXPECT_TRUE(writer.close().ok());
    return error_of(file("t.h5"));
  };
  using namespace record;
  const auto gap = error_after([](NodeWriter& w) { w.add(LaneRow{3, 0, 0, 1, 1, 1, {}, {}}); });
  EXPECT_EQ(gap.code, Errc::kFormat);
  EXPECT_NE(gap.what.find("lanes has no row for key 2"), std::string::npos) << gap.what;
  EXPECT_EQ(error_after([](NodeWriter& w) {
              w.add(LaneRow{2, 9, 0, 1, 1, 1, {}, {}});
            }).code,
            Errc::kFormat);
  EXPECT_EQ(error_after([](NodeWriter& w) { w.add(CellRow{3, 2, 0}); }).code, Errc::kFormat);
  EXPECT_EQ(error_after([](NodeWriter& w) { w.add(CellRow{3, 0, 3}); }).code, Errc::kFormat);
  const auto with_tick = [](auto row) {
    return [row](NodeWriter& w) {
      w.add(row);
      w.add(TickRow{0, 1, 2});
    };
  };
  EXPECT_EQ(error_after(with_tick(SampleRow{0, 2, 0, 1, 5})).code, Errc::kFormat);
  EXPECT_EQ(error_after(with_tick(ActivityRow{0, 2, 0, 1, 1, 1})).code, Errc::kFormat);
  EXPECT_EQ(error_after(with_tick(ActivityRow{0, 0, 3, 1, 1, 1})).code, Errc::kFormat);
  EXPECT_EQ(error_after(with_tick(CpuRow{0, 2, 1, 1, 0})).code, Errc::kFormat);
}

TEST_F(BadFiles, RowsOutOfOrder) {
  NodeWriter writer = create(file("rows.h5"));
  add_entities(writer, {});
  writer.add(record::CpuRow{1, 0, 5, 0, 0});
  writer.add(record::CpuRow{0, 0, 5, 0, 0});
  writer.add(record::TickRow{0, 1, 2});
  writer.add(record::TickRow{1, 3, 4});
  ASSERT_TRUE(writer.close().ok());
  EXPECT_EQ(error_of(file("rows.h5")).code, Errc::kFormat);

  NodeWriter ticks = create(file("ticks.h5"));
  ticks.add(record::TickRow{1, 1, 2});
  ticks.add(record::TickRow{1, 3, 4});
  ASSERT_TRUE(ticks.close().ok());
  EXPECT_EQ(error_of(file("ticks.h5")).code, Errc::kFormat);
}

TEST_F(BadFiles, NoSuchNode) {
  const auto reader = TraceReader::open(whole("t.h5", 1));
  ASSERT_TRUE(reader.ok());
  EXPECT_FALSE(reader->node(1).ok());
  EXPECT_FALSE(reader->blocks(1).ok());
}

/// What a damaged copy may give: an error, or the first ticks and all that is theirs.
void expect_error_or_prefix(const std::filesystem::path& path, const record::Block& all,
                            std::size_t cut_at) {
  const auto got = read_all(path, 50);
  if (!got.ok()) {
    EXPECT_FALSE(got.error().what.empty());
    return;
  }
  ASSERT_LE(got->rows.ticks.size(), all.ticks.size());
  EXPECT_TRUE(same_blocks(got->rows, first_ticks(all, got->rows.ticks.size()))) << cut_at;
  if (got->rows.ticks.size() < all.ticks.size()) {
    EXPECT_FALSE(got->node.complete) << cut_at;
  }
}

TEST_F(BadFiles, TruncatedAnywhere) {
  const auto closed = whole("closed.h5", 3000);
  // A writer that was killed leaves the mark of a file in use: copied while open.
  const auto killed = file("killed.h5");
  {
    NodeWriter writer = create(file("open.h5"));
    add_entities(writer, {"setup", "solve"});
    add_ticks(writer, 0, 2000);
    ASSERT_TRUE(writer.flush().ok());
    add_ticks(writer, 2000, 1000);
    add_end(writer);
    ASSERT_TRUE(writer.flush().ok());
    std::filesystem::copy_file(file("open.h5"), killed);
  }
  const auto packed = file("packed.h5");
  ASSERT_TRUE(gather(std::span(&closed, 1), packed, Existing::kRefuse).ok());
  const auto all = read_all(closed);
  ASSERT_TRUE(all.ok());
  ASSERT_TRUE(same_blocks(read_all(killed)->rows, all->rows));
  for (const auto& path : {closed, killed, packed}) {
    const std::string bytes = bytes_of(path);
    const std::size_t step = bytes.size() / 40;
    for (std::size_t size = 1; size < bytes.size(); size += step) {
      write_bytes(file("cut.h5"), std::string_view(bytes).substr(0, size));
      expect_error_or_prefix(file("cut.h5"), all->rows, size);
    }
  }
}

TEST_F(BadFiles, FlippedBytesNeverCrash) {
  const auto closed = whole("closed.h5", 20);
  const std::string bytes = bytes_of(closed);
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    std::string damaged = bytes;
    for (int n = 0; n < 20; ++n)
      damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
    write_bytes(file("damaged.h5"), damaged);
    const auto got = read_all(file("damaged.h5"));
    if (!got.ok()) {
      EXPECT_FALSE(got.error().what.empty());
    }
  }
}

TEST_F(BadFiles, OutputThatCannotBe) {
  const auto no_folder =
      NodeWriter::create(file("none/t.h5"), example_node("a"), example_functions());
  ASSERT_FALSE(no_folder.ok());
  EXPECT_EQ(no_folder.error().code, Errc::kIo);
  EXPECT_EQ(no_folder.error().sys_errno, ENOENT);
}

}  // namespace
}  // namespace joulepath::trace::testing
