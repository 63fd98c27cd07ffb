// One column in a file: a chunked 1-D dataset that grows. Reads and writes ranges of
// rows as raw bytes (column_codec.hpp gives them a type). A read never returns rows
// that the file does not hold: HDF5 itself would hand out zeros beyond a truncated end.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/result.hpp"
#include "core/trace/handle.hpp"
#include "core/trace/schema.hpp"

namespace joulepath::trace {

/// How columns are stored: written while the job runs (small chunks, packed but
/// for slow tables,
/// each flush rewrites the last chunk) or once, for keeping (large, compressed).
enum class Packing : std::uint8_t { kLive, kPacked };

class Dataset {
 public:
  Dataset() = default;
  static base::Result<Dataset> create(const Handle& group, const TableInfo& table,
                                      const ColumnInfo& column, Packing packing);
  /// Error kFormat: it is missing, or its type is not the column's.
  static base::Result<Dataset> open(const Handle& group, const ColumnInfo& column);

  /// Rows that are wholly in the file, as of open().
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  /// The file says it has more rows than it holds: it was truncated.
  [[nodiscard]] bool truncated() const { return truncated_; }
  /// Bytes of one element as stored: text may be narrower or wider than the schema's.
  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] std::uint64_t chunk_rows() const { return chunk_rows_; }
  [[nodiscard]] const Handle& handle() const { return dataset_; }

  /// Writes rows [at, at + count), growing the column as needed. Writing the same
  /// range again is harmless.
  base::Status write(std::uint64_t at, std::size_t count, const std::byte* rows);
  /// Makes what was written visible to readers, raw data before its length.
  base::Status flush();
  base::Status read(std::uint64_t at, std::size_t count, std::byte* rows) const;

 private:
  [[nodiscard]] bool chunk_in_file(std::uint64_t chunk) const;
  [[nodiscard]] bool chunk_to_read(std::uint64_t chunk) const;
  void measure(std::uint64_t claimed_rows);
  base::Status reopen();
  base::Error write_error(const char* what);

  Handle dataset_;
  Handle memory_type_;
  std::uint64_t rows_ = 0;
  std::uint64_t chunk_rows_ = 0;
  std::size_t width_ = 0;
  bool truncated_ = false;
  bool write_failed_ = false;
  bool sizes_tell_ = false;  ///< a chunk that has a size is in the file
};

/// Adds `units` and `long_name`, which every dataset has.
bool describe(std::int64_t dataset, const ColumnInfo& column);

}  // namespace joulepath::trace
