#include "core/trace/run_tables.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/trace/attributes.hpp"
#include "core/trace/table_reader.hpp"

namespace joulepath::trace {

base::Status write_health_kinds(const Handle& file, Packing packing) {
  std::vector<HealthKindRow> rows;
  for (std::uint16_t number = 1;; ++number) {
    const auto kind = static_cast<record::HealthKind>(number);
    const std::string_view name = to_string(kind);
    if (name == "unknown") break;  // kinds are numbered without gaps
    rows.push_back({kind, std::string(name)});
  }
  return write_table<HealthKindRow>(file, rows, packing);
}

base::Result<record::RunTables> read_run_tables(const Handle& file) {
  record::RunTables run;
  bool truncated = false;
  const auto version = read_integer_attribute(file, "schema_version");
  if (!version) return version.error();
  run.schema_version = static_cast<int>(*version);
  auto meta = read_rows<record::MetaRow>(file, kAllRows, truncated);
  if (!meta) return meta.error();
  auto phases = read_entities<record::PhaseRow>(file, kAllRows, truncated);
  if (!phases) return phases.error();
  auto functions = read_entities<record::FunctionRow>(file, kAllRows, truncated);
  if (!functions) return functions.error();
  run.meta = *std::move(meta);
  run.phases = *std::move(phases);
  run.functions = *std::move(functions);
  return run;
}

}  // namespace joulepath::trace
