#include "core/trace/small_tables.hpp"

#include <vector>

#include "core/trace/run_tables.hpp"

namespace joulepath::trace {
namespace {

/// A truncated input must not pass for a whole one.
std::vector<record::HealthRow> health_of(const record::NodeTables& tables) {
  std::vector<record::HealthRow> rows;
  for (const record::HealthRow& row : tables.health)
    if (tables.complete || row.kind != record::HealthKind::kRecorderStopped) rows.push_back(row);
  return rows;
}

}  // namespace

base::Status write_small_tables(const Handle& group, const record::NodeTables& tables,
                                const NameMerge::Keys& names) {
  using namespace record;
  base::Status status = base::Done{};
  const auto write = [&]<class Row>(const std::vector<Row>& rows) {
    if (!status || !is_present(Table<Row>::kInfo, tables.info)) return;
    status = write_table<Row>(group, rows, Packing::kPacked);
  };
  write(tables.sensors);
  write(tables.processes);
  write(tables.lanes);
  write(with_keys(tables.cells, names));
  write(tables.counters);
  write(tables.communicators);
  write(tables.marks);
  write(std::vector<ClockRow>());
  write(health_of(tables));
  return status;
}

}  // namespace joulepath::trace
