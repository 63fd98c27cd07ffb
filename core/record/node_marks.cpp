#include "core/record/node_marks.hpp"

#include <algorithm>
#include <map>

#include "core/record/channel_layout.hpp"

namespace joulepath::record {
namespace {

/// Those that every process keeps that came as far (mark_writer.hpp): a recorder that looked in
/// between has seen others too, which other nodes' need not have.
void keep_common(std::map<std::uint64_t, NodeMark>& marks) {
  if (marks.empty()) return;
  const std::uint64_t last = marks.rbegin()->first;
  std::uint64_t stride = 1;
  while ((last - 1) / stride >= kMarkCapacity) stride *= 2;
  std::erase_if(marks, [&](const auto& entry) {
    return entry.first != last && (entry.first - 1) % stride != 0;
  });
}

}  // namespace

NodeMarks marks_of(const NodeTables& node) {
  NodeMarks found;
  found.first_ns = found.last_ns = node.info.start_monotonic_ns;
  for (const HealthRow& row : node.health) found.last_ns = std::max(found.last_ns, row.t_ns);
  for (const ProcessRow& row : node.processes) {
    found.first_ns = std::min(found.first_ns, row.first_ns);
    found.last_ns = std::max(found.last_ns, row.last_ns);
  }
  std::set<std::uint32_t> processes;
  std::map<std::uint64_t, NodeMark> marks;
  for (const MarkRow& row : node.marks) {
    if (row.process >= node.processes.size() || row.t_begin_ns > row.t_end_ns) continue;
    const ProcessRow& process = node.processes[row.process];
    if (processes.insert(row.process).second) {
      found.several_worlds |= !found.ranks.insert(process.rank).second || process.rank < 0 ||
                              (found.world >= 0 && found.world != process.world_size);
      found.world = process.world_size;
    }
    const auto [entry, added] =
        marks.try_emplace(row.ordinal, NodeMark{row.ordinal, row.t_begin_ns, row.t_end_ns});
    entry->second.last_begin_ns = std::max(entry->second.last_begin_ns, row.t_begin_ns);
    entry->second.first_end_ns = std::min(entry->second.first_end_ns, row.t_end_ns);
  }
  if (found.several_worlds) return found;
  keep_common(marks);
  for (const auto& [ordinal, mark] : marks) found.marks.push_back(mark);
  return found;
}

}  // namespace joulepath::record
