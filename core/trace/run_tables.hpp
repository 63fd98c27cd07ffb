// The tables that all nodes of a file share, as a whole: written once, read once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "core/base/result.hpp"
#include "core/record/tables.hpp"
#include "core/trace/table_writer.hpp"

namespace joulepath::trace {

/// Creates a table that gets no more rows: no chunk is larger than what it holds.
template <class Row>
base::Status write_table(const Handle& parent, std::span<const Row> rows, Packing packing) {
  TableInfo info = Table<Row>::kInfo;
  const std::size_t fit = std::max<std::size_t>(rows.size(), 1);
  info.packed_chunk_rows = std::min(info.packed_chunk_rows, fit);
  TableWriter<Row> table;
  if (auto status = table.create(parent, packing, info); !status) return status;
  for (const Row& row : rows) table.add(row);
  ChunkPacker packer(packing);
  return table.write(packer);
}

/// What the numbers of health/kind mean.
base::Status write_health_kinds(const Handle& file, Packing packing);

/// meta, phases and functions. Rows beyond what the file holds are left out.
base::Result<record::RunTables> read_run_tables(const Handle& file);

}  // namespace joulepath::trace
