// What a trace is made of, as data: every table with its columns, their stored type,
// unit and meaning. The files themselves, the readers, gather and docs/format.md all
// come from this one description (row_columns.hpp). Knows nothing of HDF5.
#pragma once

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

/// When a table is there.
enum class Presence : std::uint8_t { kAlways, kWithEvents };

struct TableInfo {
  const char* name;
  Scope scope;
  /// Rows of one chunk while the recorder writes; about what one second brings.
  std::size_t live_chunk_rows;
  /// Rows of one chunk in a gathered file.
  std::size_t packed_chunk_rows;
  const char* description;
  Presence presence = Presence::kAlways;
};

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
