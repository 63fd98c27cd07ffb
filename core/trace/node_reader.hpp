// The tables of one node as a file holds them. A file that grows while it is read is
// seen as it was at one moment: NodeLimits keeps how many rows each table had then.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.hpp"
#include "core/record/tables.hpp"
#include "core/trace/node_group.hpp"
#include "core/trace/table_reader.hpp"

namespace joulepath::trace {

struct NodeLimits {
  std::uint64_t ticks = kAllRows;
  std::uint64_t health = kAllRows;
  std::uint64_t gpu_use = kAllRows;
  std::uint64_t cpu_use = kAllRows;
  std::uint64_t counts = kAllRows;
  std::uint64_t counters = kAllRows;
  std::uint64_t cpu = kAllRows;
  std::uint64_t activity = kAllRows;
  std::uint64_t samples = kAllRows;
  std::uint64_t events = kAllRows;
  std::uint64_t event_items = kAllRows;
  std::uint64_t communicators = kAllRows;
  std::uint64_t marks = kAllRows;
  std::uint64_t clock = kAllRows;
  std::uint64_t cells = kAllRows;
  std::uint64_t lanes = kAllRows;
  std::uint64_t processes = kAllRows;
  std::uint64_t sensors = kAllRows;
};

/// Rows of each table, asked in the reverse of the order in which they are written:
/// what a counted row refers to is counted too.
base::Result<NodeLimits> measure_node(const NodeGroup& group);

/// Reads all but the long tables and checks that every key has its row.
base::Result<record::NodeTables> read_node(const NodeGroup& group, const NodeLimits& limits,
                                           const record::RunTables& run);

}  // namespace joulepath::trace
