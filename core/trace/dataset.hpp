// One column in a file: a chunked 1-D dataset that grows. Writes chunks and reads ranges of
// rows as raw bytes (column_codec.hpp gives them a type). A read never returns rows
// that the file does not hold: HDF5 itself would hand out zeros beyond a truncated end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/result.hpp"
#include "core/trace/chunk_packer.hpp"
#include "core/trace/handle.hpp"
#include "core/trace/schema.hpp"

namespace joulepath::trace {

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

  /// Has room for `rows` in all. Never shrinks.
  base::Status grow(std::uint64_t rows);
  /// Writes chunk number `chunk`, for which there is room, with its first rows. Writing it again,
  /// with as many rows or more, is harmless. It is in the file at once; the length that announces
  /// it, with the file's next flush.
  base::Status write_chunk(std::uint64_t chunk, std::span<const std::byte> rows,
                           ChunkPacker& packer);
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
  ElementType type_ = ElementType::kU8;
  bool packed_ = false;
  bool write_failed_ = false;
  std::vector<std::byte> padded_;  ///< a chunk that is not full yet
  bool sizes_tell_ = false;        ///< a chunk that has a size is in the file
};

/// Adds `units` and `long_name`, which every dataset has.
bool describe(std::int64_t dataset, const ColumnInfo& column);

}  // namespace joulepath::trace
