// One table on its way to a file: rows are kept as columns in memory until they are written, whole
// chunks of them at a time. Written rows stay in memory until commit(), the last chunk's until it
// is full, and go to the same place each time: a failed write can be tried again without doubling
// rows.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>

#include "core/trace/dataset.hpp"
#include "core/trace/row_columns.hpp"
#include "core/trace/trace_file.hpp"

namespace joulepath::trace {

/// A node with `info` has such a table.
inline bool is_present(const TableInfo& table, const record::NodeInfo& info) {
  return table.presence == Presence::kAlways || info.events != 0;
}

template <class Row>
class TableWriter {
 public:
  /// Creates the table's group and columns under `parent`.
  base::Status create(const Handle& parent, Packing packing) {
    return create(parent, packing, Table<Row>::kInfo);
  }

  base::Status create(const Handle& parent, Packing packing, const TableInfo& info) {
    const auto group = create_group(parent, info.name);
    if (!group) return group.error();
    base::Status outcome = base::Done{};
    for_each_column<Row>([&](const auto& column, std::size_t i) {
      if (!outcome) return;
      auto made = Dataset::create(*group, info, column_info<Row>(column), packing);
      if (!made) {
        outcome = made.error();
      } else {
        row_bytes_ += made->width();
        columns_[i] = *std::move(made);
      }
    });
    return outcome;
  }

  /// Creates it where a node with `info` has such a table; else rows go nowhere.
  base::Status create_if_present(const Handle& parent, Packing packing,
                                 const record::NodeInfo& info) {
    absent_ = !is_present(Table<Row>::kInfo, info);
    return absent_ ? base::Status(base::Done{}) : create(parent, packing, with_chunks_for(info));
  }

  void add(const Row& row) {
    if (absent_) return;
    for_each_column<Row>([&](const auto& column, std::size_t i) {
      append_value(buffers_[i], std::invoke(column.get, row), column.text_width);
    });
    ++rows_;
  }

  /// There are rows for a chunk that will not change any more.
  [[nodiscard]] bool has_whole_chunk() const { return !absent_ && rows_ >= chunk_rows(); }
  /// Of rows that commit() has not seen.
  [[nodiscard]] std::size_t buffered_bytes() const { return (rows_ - settled_) * row_bytes_; }

  /// Writes all rows that commit() has not seen, the first column last.
  base::Status write(ChunkPacker& packer) {
    return rows_ == settled_ ? base::Status(base::Done{}) : write_rows(rows_, packer);
  }

  /// Writes the chunks that are full, and forgets their rows.
  base::Status write_whole_chunks(ChunkPacker& packer) {
    if (!has_whole_chunk()) return base::Done{};
    auto status = write_rows(rows_ - rows_ % chunk_rows(), packer);
    if (status) forget_whole_chunks();
    return status;
  }

  /// The rows written are in the file for good.
  void commit() {
    settled_ = rows_;
    if (has_whole_chunk()) forget_whole_chunks();
  }

 private:
  /// The fewer ticks a second, the smaller the chunks of what grows with ticks.
  static TableInfo with_chunks_for(const record::NodeInfo& node) {
    TableInfo info = Table<Row>::kInfo;
    if constexpr (requires(Row row) { row.tick; })
      info.live_chunk_rows = live_chunk_rows(info.live_chunk_rows, node.period_ns);
    return info;
  }

  [[nodiscard]] std::size_t chunk_rows() const { return columns_[0].chunk_rows(); }

  base::Status write_rows(std::size_t rows, ChunkPacker& packer) {
    for (std::size_t i = columns_.size(); i-- > 0;) {
      const auto bytes = buffers_[i].first(rows * columns_[i].width());
      if (auto status = columns_[i].grow(first_chunk_ * chunk_rows() + rows); !status)
        return status;
      const std::size_t chunk_bytes = chunk_rows() * columns_[i].width();
      for (std::size_t at = 0; at < bytes.size(); at += chunk_bytes) {
        const auto chunk = bytes.subspan(at, std::min(chunk_bytes, bytes.size() - at));
        const auto status = columns_[i].write_chunk(first_chunk_ + at / chunk_bytes, chunk, packer);
        if (!status) return status;
      }
    }
    return base::Done{};
  }

  void forget_whole_chunks() {
    const std::size_t chunks = rows_ / chunk_rows();
    for (std::size_t i = 0; i < columns_.size(); ++i)
      buffers_[i].drop_front(chunks * chunk_rows() * columns_[i].width());
    first_chunk_ += chunks;
    rows_ -= chunks * chunk_rows();
    settled_ -= std::min(settled_, chunks * chunk_rows());
  }

  std::array<Dataset, kColumnCount<Row>> columns_;
  std::array<ColumnBytes, kColumnCount<Row>> buffers_;
  std::uint64_t first_chunk_ = 0;  ///< to which the first row in the buffers belongs
  std::size_t rows_ = 0;           ///< in the buffers
  std::size_t settled_ = 0;        ///< of these, in the file for good
  std::size_t row_bytes_ = 0;
  bool absent_ = false;
};

}  // namespace joulepath::trace
