// What a trace is made of, as data: every table with its columns, their stored type,
// unit and meaning. The files themselves, the readers, gather and docs/format.md all
// come from this one description (row_columns.hpp). Knows nothing of HDF5.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace joulepath::trace {

/// How a column's elements are stored; text is null-padded UTF-8 of fixed width.
enum class ElementType : std::uint8_t { kU8, kU16, kU32, kU64, kI32, kI64, kF64, kText };

struct ColumnInfo {
  const char* name;
  ElementType type;
  std::size_t width;  ///< bytes of one element
  const char* units;  ///< "ns", "bytes", "1" for numbers without unit, "text"
  const char* long_name;
};

/// Where a table lives: once in the file, or once under each /nodes/<n>.
enum class Scope : std::uint8_t { kRun, kNode };

/// How a table is stored while the recorder writes. A compressed chunk that is written again leaves
/// dead space, so tables that get a row now and then are plain.
enum class LiveStorage : std::uint8_t { kPacked, kPlain };

/// When a table is there.
enum class Presence : std::uint8_t { kAlways, kWithEvents };

struct TableInfo {
  const char* name;
  Scope scope;
  /// Rows of one chunk while the recorder writes; some chunks are what one second of a large
  /// node brings, as the last chunk of a flush is written again with the next.
  std::size_t live_chunk_rows;
  /// Rows of one chunk in a gathered file.
  std::size_t packed_chunk_rows;
  const char* description;
  Presence presence = Presence::kAlways;
  LiveStorage live = LiveStorage::kPacked;
};

/// Of a table that grows with ticks, where they come every `period_ns`; `rows`: every 10 ms.
inline std::size_t live_chunk_rows(std::size_t rows, std::int64_t period_ns) {
  constexpr std::int64_t kUsual_ns = 10'000'000;
  constexpr std::size_t kFewest = 16;
  const std::int64_t period = std::clamp<std::int64_t>(period_ns, kUsual_ns / 8, kUsual_ns * 8);
  return std::max(rows * static_cast<std::size_t>(kUsual_ns) / static_cast<std::size_t>(period),
                  std::min(rows, kFewest));
}

struct TableSchema {
  TableInfo table;
  std::vector<ColumnInfo> columns;
};

/// Every table, in the order of docs/format.md.
const std::vector<TableSchema>& all_tables();

/// The attributes of a node's group: name, stored type, unit, meaning.
const std::vector<ColumnInfo>& node_attributes();

/// "uint32" or "char[64]": a column's type as docs/format.md writes it.
std::string type_name(const ColumnInfo& column);

/// The tables of docs/format.md, between its two markers; a test holds them equal.
std::string schema_markdown();

}  // namespace joulepath::trace
