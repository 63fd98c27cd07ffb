#include "core/trace/link_node.hpp"

#include "core/trace/attributes.hpp"
#include "core/trace/node_tables.hpp"
#include "core/trace/small_tables.hpp"

namespace joulepath::trace {
namespace {

template <class Row>
const TableInfo& info_of(const TableWriter<Row>&) {
  return Table<Row>::kInfo;
}

}  // namespace

base::Status link_node(const Handle& nodes, const std::string& name, const LinkTarget& node,
                       const record::NodeTables& tables, const NameMerge::Keys& names) {
  const auto group = create_group(nodes, name);
  if (!group) return group.error();
  const auto link = [&](const std::string& object) {
    return create_link(*group, object, {node.file, node.object + "/" + object});
  };
  base::Status status = write_node_attributes(*group, tables.info);
  if (status) status = write_small_tables(*group, tables, names);
  if (status) status = link(kTopology);
  if (!status) return status;
  const LongTableWriters long_tables;
  return for_each_table(long_tables, [&](const auto& table) -> base::Status {
    if (!is_present(info_of(table), tables.info)) return base::Done{};
    return link(info_of(table).name);
  });
}

}  // namespace joulepath::trace
