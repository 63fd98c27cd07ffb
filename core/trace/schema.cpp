#include "core/trace/schema.hpp"

#include "core/trace/row_columns.hpp"

namespace joulepath::trace {
namespace {

template <class Row>
TableSchema table_schema() {
  TableSchema schema{Table<Row>::kInfo, {}};
  for_each_column<Row>(
      [&](const auto& column, std::size_t) { schema.columns.push_back(column_info<Row>(column)); });
  return schema;
}

std::string markdown_row(const std::string& name, const ColumnInfo& column) {
  return "| `" + name + "` | " + type_name(column) + " | " + column.units + " | " +
         column.long_name + " |\n";
}

constexpr const char* kColumnHead = "| name | type | units | long_name |\n|---|---|---|---|\n";

}  // namespace

const std::vector<TableSchema>& all_tables() {
  static const std::vector<TableSchema> tables{
      table_schema<record::MetaRow>(),         table_schema<record::PhaseRow>(),
      table_schema<record::FunctionRow>(),     table_schema<HealthKindRow>(),
      table_schema<record::SensorRow>(),       table_schema<record::ProcessRow>(),
      table_schema<record::LaneRow>(),         table_schema<record::CellRow>(),
      table_schema<record::TickRow>(),         table_schema<record::SampleRow>(),
      table_schema<record::ActivityRow>(),     table_schema<record::CpuRow>(),
      table_schema<record::CounterRow>(),      table_schema<record::CountRow>(),
      table_schema<record::GpuUseRow>(),       table_schema<record::CpuUseRow>(),
      table_schema<record::EventRow>(),        table_schema<record::EventItemRow>(),
      table_schema<record::CommunicatorRow>(), table_schema<record::MarkRow>(),
      table_schema<record::ClockRow>(),        table_schema<record::HealthRow>()};
  return tables;
}

const std::vector<ColumnInfo>& node_attributes() {
  static const std::vector<ColumnInfo> attributes = std::apply(
      [](const auto&... column) {
        return std::vector<ColumnInfo>{column_info<record::NodeInfo>(column)...};
      },
      NodeAttributes::kColumns);
  return attributes;
}

std::string type_name(const ColumnInfo& column) {
  switch (column.type) {
    case ElementType::kU8: return "uint8";
    case ElementType::kU16: return "uint16";
    case ElementType::kU32: return "uint32";
    case ElementType::kU64: return "uint64";
    case ElementType::kI32: return "int32";
    case ElementType::kI64: return "int64";
    case ElementType::kF64: return "float64";
    case ElementType::kText: break;
  }
  return column.width == 0 ? "text" : "char[" + std::to_string(column.width) + "]";
}

std::string schema_markdown() {
  std::string text = std::string("### Attributes of `/nodes/<n>`\n\n") + kColumnHead;
  for (const ColumnInfo& attribute : node_attributes())
    text += markdown_row(attribute.name, attribute);
  for (const TableSchema& schema : all_tables()) {
    const std::string where =
        std::string(schema.table.scope == Scope::kRun ? "/" : "/nodes/<n>/") + schema.table.name;
    text += "\n### `" + where + "`: " + schema.table.description + "\n\n" + kColumnHead;
    for (const ColumnInfo& column : schema.columns) text += markdown_row(column.name, column);
  }
  return text;
}

}  // namespace joulepath::trace
