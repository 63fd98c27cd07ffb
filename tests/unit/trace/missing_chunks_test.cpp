// Rows that a file announces and does not hold: HDF5 would hand out fill values.
#include <hdf5.h>

#include "core/trace/gather.hpp"
#include "tests/unit/trace/example_trace.hpp"

namespace joulepath::trace::testing {
namespace {

using MissingChunks = TraceTest;

constexpr hsize_t kChunkRows = 2048;  // of samples, in a node file

hid_t open_column(hid_t file, const char* name) {
  return H5Dopen2(file, (std::string("nodes/0/samples/") + name).c_str(), H5P_DEFAULT);
}

TEST_F(MissingChunks, TailEndsTheTraceAtItsLastCertainTick) {
  const auto path = whole("t.h5", 3000);
  const auto all = read_all(path);
  ASSERT_TRUE(all.ok());
  const hid_t changed = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  for (const char* name : {"tick", "sensor", "t_lo", "t_hi", "raw"}) {
    const hid_t column = open_column(changed, name);
    const hsize_t rows = 6000;
    const hsize_t kept = 2 * kChunkRows;
    ASSERT_GE(H5Dset_extent(column, &kept), 0);
    ASSERT_GE(H5Dset_extent(column, &rows), 0);
    H5Dclose(column);
  }
  H5Fclose(changed);
  const auto got = read_all(path, 100);
  ASSERT_TRUE(got.ok()) << got.error().message();
  // Rows 0 to 4095 are there: two a tick, the last one of tick 2047.
  EXPECT_EQ(got->rows.ticks.size(), 2047u);
  EXPECT_TRUE(same_blocks(got->rows, first_ticks(all->rows, 2047)));
  EXPECT_FALSE(got->node.complete) << "an orderly end was noted, and rows are missing";

  ASSERT_TRUE(gather(std::span(&path, 1), file("trace.h5"), Existing::kRefuse).ok());
  const auto gathered = read_all(file("trace.h5"));
  ASSERT_TRUE(gathered.ok());
  EXPECT_EQ(gathered->rows.ticks.size(), 2047u);
  EXPECT_FALSE(gathered->node.complete);
}

TEST_F(MissingChunks, HoleIsAnError) {
  const auto path = whole("t.h5", 3000);
  const hid_t changed = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t column = open_column(changed, "raw");
  const hsize_t rows = 6000;
  const hsize_t kept = kChunkRows;
  const hsize_t last = rows - 1;
  const hsize_t one = 1;
  ASSERT_GE(H5Dset_extent(column, &kept), 0);
  ASSERT_GE(H5Dset_extent(column, &rows), 0);
  const hid_t space = H5Dget_space(column);
  const hid_t memory = H5Screate_simple(1, &one, nullptr);
  H5Sselect_hyperslab(space, H5S_SELECT_SET, &last, nullptr, &one, nullptr);
  const std::uint64_t raw = 5;
  ASSERT_GE(H5Dwrite(column, H5T_NATIVE_UINT64, memory, space, H5P_DEFAULT, &raw), 0);
  H5Sclose(memory), H5Sclose(space), H5Dclose(column), H5Fclose(changed);
  const auto got = read_all(path);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().code, base::Errc::kFormat);
  EXPECT_NE(got.error().what.find("samples/raw"), std::string::npos);
}

}  // namespace
}  // namespace joulepath::trace::testing
