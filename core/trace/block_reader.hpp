// What a BlockReader holds: the long tables of a node side by side, each a stream.
#pragma once

#include "core/trace/node_reader.hpp"
#include "core/trace/table_stream.hpp"
#include "core/trace/trace_reader.hpp"

namespace joulepath::trace {

struct BlockReader::State {
  TableStream<record::TickRow> ticks;
  TableStream<record::SampleRow> samples;
  TableStream<record::ActivityRow> activity;
  TableStream<record::CpuRow> cpu;
  TableStream<record::CountRow> counts;
  TableStream<record::GpuUseRow> gpu_use;
  TableStream<record::CpuUseRow> cpu_use;
  TableStream<record::EventRow> events;
  TableStream<record::EventItemRow> event_items;
  std::size_t sensor_count = 0;
  std::size_t process_count = 0;
  std::size_t lane_count = 0;
  std::size_t cell_count = 0;
  std::size_t counter_count = 0;
  std::size_t communicator_count = 0;
  std::uint64_t event_count = 0;
  /// Ticks from here on lost rows to a truncation and are not shown.
  std::uint64_t tick_end = kAllRows;

  /// Opens the long tables of a node whose small ones are `node`.
  static base::Result<std::unique_ptr<State>> open(const NodeGroup& group, const NodeLimits& limits,
                                                   const record::NodeTables& node);
};

}  // namespace joulepath::trace
