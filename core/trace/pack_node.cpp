#include "core/trace/pack_node.hpp"

#include <tuple>
#include <utility>
#include <vector>

#include "core/trace/attributes.hpp"
#include "core/trace/node_tables.hpp"
#include "core/trace/small_tables.hpp"
#include "core/trace/trace_file.hpp"

namespace joulepath::trace {
namespace {

constexpr std::size_t kTicksAtATime = 256;

template <class Row>
void add_all(LongTableWriters& writers, const std::vector<Row>& rows) {
  for (const Row& row : rows) std::get<TableWriter<Row>>(writers).add(row);
}

base::Result<InputError> copy_blocks(BlockReader blocks, LongTableWriters& tables,
                                     ChunkPacker& packer) {
  const auto write_whole_chunks = [&](auto& table) { return table.write_whole_chunks(packer); };
  record::Block block;
  while (true) {
    const auto more = blocks.next(block, kTicksAtATime);
    if (!more) return InputError(more.error());
    if (!*more) return InputError();
    add_all(tables, block.ticks);
    add_all(tables, block.samples);
    add_all(tables, block.activity);
    add_all(tables, block.cpu);
    add_all(tables, block.counts);
    add_all(tables, block.gpu_use);
    add_all(tables, block.cpu_use);
    add_all(tables, block.events);
    add_all(tables, block.event_items);
    if (auto status = for_each_table(tables, write_whole_chunks); !status) return status.error();
  }
}

}  // namespace

base::Result<InputError> pack_node(const Handle& nodes, const std::string& name,
                                   const TraceReader& reader, std::size_t node,
                                   const record::NodeTables& tables,
                                   const std::function<NameMerge::Keys()>& names) {
  auto blocks = reader.blocks(node, tables);
  if (!blocks) return InputError(blocks.error());
  const auto group = create_group(nodes, name);
  if (!group) return group.error();
  LongTableWriters writers;
  base::Status status = write_node_info(*group, tables.info);
  if (status)
    status = for_each_table(writers, [&](auto& table) {
      return table.create_if_present(*group, Packing::kPacked, tables.info);
    });
  if (!status) return status.error();

  ChunkPacker packer(Packing::kPacked);
  auto copied = copy_blocks(*std::move(blocks), writers, packer);
  if (!copied) return copied.error();
  if (*copied) {
    writers = {};
    if (auto removed = remove_group(nodes, name); !removed) return removed.error();
    return copied;
  }
  status = for_each_table(writers, [&](auto& table) { return table.write(packer); });
  if (status) status = write_small_tables(*group, tables, names());
  if (!status) return status.error();
  return InputError();
}

}  // namespace joulepath::trace
