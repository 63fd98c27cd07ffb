// One table of a file as row structs, a range of rows at a time. Columns of a killed
// or running recorder can differ in length: the rows that are in all of them count.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "core/trace/attributes.hpp"
#include "core/trace/dataset.hpp"
#include "core/trace/node_group.hpp"
#include "core/trace/row_columns.hpp"
#include "core/trace/trace_file.hpp"

namespace joulepath::trace {

inline constexpr std::uint64_t kAllRows = std::numeric_limits<std::uint64_t>::max();
/// Rows held in memory at a time where a table is streamed.
inline constexpr std::size_t kWindowRows = 1u << 16;

template <class Row>
class TableReader {
 public:
  /// Opens the table under `node`, a NodeGroup or the Handle of a group; rows from `limit` on are
  /// not looked at.
  template <class Node>
  static base::Result<TableReader> open(const Node& node, std::uint64_t limit = kAllRows) {
    const Handle& parent = holder_of(node, Table<Row>::kInfo.name);
    TableReader reader;
    if (Table<Row>::kInfo.presence == Presence::kWithEvents) {
      const auto events = read_integer_attribute(parent, "events");
      if (!events) return events.error();
      if (*events == 0) return reader;
    }
    const auto group = open_group(parent, Table<Row>::kInfo.name);
    if (!group) return group.error();
    reader.rows_ = limit;
    base::Status outcome = base::Done{};
    for_each_column<Row>([&](const auto& column, std::size_t i) {
      if (!outcome) return;
      auto opened = Dataset::open(*group, column_info<Row>(column));
      if (!opened) {
        outcome = opened.error();
        return;
      }
      reader.rows_ = std::min(reader.rows_, opened->rows());
      reader.truncated_ = reader.truncated_ || opened->truncated();
      reader.columns_[i] = *std::move(opened);
    });
    if (!outcome) return outcome.error();
    return reader;
  }

  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  /// Rows are missing that the file should have.
  [[nodiscard]] bool truncated() const { return truncated_; }
  [[nodiscard]] const Handle& handle() const { return columns_[0].handle(); }

  /// Replaces `rows` by rows [at, at + count) of the file.
  base::Status read(std::uint64_t at, std::size_t count, std::vector<Row>& rows) {
    rows.resize(count);
    base::Status outcome = base::Done{};
    for_each_column<Row>([&](const auto& column, std::size_t i) {
      if (!outcome) return;
      const std::size_t width = columns_[i].width();
      buffer_.resize(count * width);
      outcome = columns_[i].read(at, count, buffer_.data());
      if (!outcome) return;
      for (std::size_t n = 0; n < count; ++n) {
        if (read_value(buffer_.data() + n * width, width, std::invoke(column.get, rows[n])))
          continue;
        outcome = content_error("row " + std::to_string(at + n) + " has an unknown value",
                                columns_[i].handle());
        return;
      }
    });
    return outcome;
  }

 private:
  std::array<Dataset, kColumnCount<Row>> columns_;
  std::vector<std::byte> buffer_;
  std::uint64_t rows_ = 0;
  bool truncated_ = false;
};

/// All rows of a small table. `truncated` is set when some are missing.
template <class Row, class Node>
base::Result<std::vector<Row>> read_rows(const Node& node, std::uint64_t limit, bool& truncated) {
  auto reader = TableReader<Row>::open(node, limit);
  if (!reader) return reader.error();
  truncated = truncated || reader->truncated();
  std::vector<Row> all;
  std::vector<Row> window;
  constexpr std::size_t kSmallWindow = 1024;
  for (std::uint64_t at = 0; at < reader->rows(); at += window.size()) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(kSmallWindow, reader->rows() - at));
    if (auto status = reader->read(at, count, window); !status) return status.error();
    std::move(window.begin(), window.end(), std::back_inserter(all));
  }
  return all;
}

/// Each entity once, its last row, index == key. Error kFormat when a key is missing.
template <class Row, class Node>
base::Result<std::vector<Row>> read_entities(const Node& node, std::uint64_t limit,
                                             bool& truncated) {
  auto rows = read_rows<Row>(node, limit, truncated);
  if (!rows) return rows.error();
  std::vector<Row> entities;
  for (Row& row : *rows) {
    const std::size_t key = key_of(row);
    if (key > entities.size())
      return content_error(std::string(Table<Row>::kInfo.name) + " has no row for key " +
                               std::to_string(entities.size()),
                           holder_of(node, Table<Row>::kInfo.name));
    if (key == entities.size()) {
      entities.push_back(std::move(row));
    } else {
      entities[key] = std::move(row);
    }
  }
  return entities;
}

}  // namespace joulepath::trace
