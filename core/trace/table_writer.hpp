// One table on its way to a file: rows are kept as columns in memory until write()
// puts them there. Rows stay in memory until commit(), and are written to the same
// place each time, so that a failed write can be tried again without doubling rows.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <vector>

#include "core/trace/dataset.hpp"
#include "core/trace/row_columns.hpp"
#include "core/trace/trace_file.hpp"

namespace joulepath::trace {

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
        columns_[i] = *std::move(made);
      }
    });
    return outcome;
  }

  /// Creates it where a node with `info` has such a table; else rows go nowhere.
  base::Status create_if_present(const Handle& parent, Packing packing,
                                 const record::NodeInfo& info) {
    absent_ = Table<Row>::kInfo.presence == Presence::kWithEvents && info.events == 0;
    return absent_ ? base::Status(base::Done{}) : create(parent, packing, with_chunks_for(info));
  }

  void add(const Row& row) {
    if (absent_) return;
    for_each_column<Row>([&](const auto& column, std::size_t i) {
      append_value(buffers_[i], std::invoke(column.get, row), column.text_width);
    });
    ++buffered_;
  }

  [[nodiscard]] std::size_t buffered() const { return buffered_; }
  /// 1 of a table that is not there: nothing is ever buffered.
  [[nodiscard]] std::size_t chunk_rows() const { return absent_ ? 1 : columns_[0].chunk_rows(); }
  [[nodiscard]] std::size_t buffered_bytes() const {
    std::size_t bytes = 0;
    for (const auto& buffer : buffers_) bytes += buffer.size();
    return bytes;
  }

  /// Writes the buffered rows, the first column last: a row whose key or tick can be
  /// seen is whole.
  base::Status write() {
    if (buffered_ == 0) return base::Done{};
    for (std::size_t i = columns_.size(); i-- > 0;)
      if (auto status = columns_[i].write(committed_, buffered_, buffers_[i].data()); !status)
        return status;
    return base::Done{};
  }

  /// Writes, and makes each column visible to readers before the next.
  base::Status write_through() {
    if (buffered_ == 0) return base::Done{};
    for (std::size_t i = columns_.size(); i-- > 0;) {
      if (auto status = columns_[i].write(committed_, buffered_, buffers_[i].data()); !status)
        return status;
      if (auto status = columns_[i].flush(); !status) return status;
    }
    return base::Done{};
  }

  /// The rows written are in the file for good: forgets them, keeps the memory.
  void commit() {
    committed_ += buffered_;
    buffered_ = 0;
    for (auto& buffer : buffers_) buffer.clear();
  }

 private:
  /// The fewer ticks a second, the smaller the chunks of what grows with ticks.
  static TableInfo with_chunks_for(const record::NodeInfo& node) {
    TableInfo info = Table<Row>::kInfo;
    if constexpr (requires(Row row) { row.tick; })
      info.live_chunk_rows = live_chunk_rows(info.live_chunk_rows, node.period_ns);
    return info;
  }

  std::array<Dataset, kColumnCount<Row>> columns_;
  std::array<std::vector<std::byte>, kColumnCount<Row>> buffers_;
  std::size_t buffered_ = 0;
  bool absent_ = false;
  std::uint64_t committed_ = 0;
};

}  // namespace joulepath::trace
