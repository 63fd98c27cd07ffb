#include "core/trace/node_reader.hpp"

#include <utility>
#include <vector>

#include "core/trace/attributes.hpp"
#include "core/trace/trace_file.hpp"

namespace joulepath::trace {
namespace {

template <class Row>
base::Status count_rows(const NodeGroup& group, std::uint64_t& rows) {
  const auto reader = TableReader<Row>::open(group);
  if (!reader) return reader.error();
  rows = reader->rows();
  return base::Done{};
}

template <class Row>
base::Status note_truncation(const NodeGroup& group, bool& truncated) {
  const auto reader = TableReader<Row>::open(group);
  if (!reader) return reader.error();
  truncated = truncated || reader->truncated();
  return base::Done{};
}

template <class Row>
base::Status read_into(std::vector<Row>& rows, base::Result<std::vector<Row>> outcome) {
  if (!outcome) return outcome.error();
  rows = *std::move(outcome);
  return base::Done{};
}

base::Status check_keys(const Handle& group, const record::NodeTables& node,
                        const record::RunTables& run) {
  for (const auto& lane : node.lanes)
    if (lane.process >= node.processes.size())
      return content_error("lane " + std::to_string(lane.lane) + " names process " +
                               std::to_string(lane.process) + ", which is not in processes",
                           group);
  for (const auto& row : node.communicators)
    if (row.process >= node.processes.size())
      return content_error("communicator " + std::to_string(row.communicator) + " names process " +
                               std::to_string(row.process) + ", which is not in processes",
                           group);
  for (const auto& row : node.marks)
    if (row.process >= node.processes.size())
      return content_error(
          "a mark names process " + std::to_string(row.process) + ", which is not in processes",
          group);
  for (const auto& cell : node.cells)
    if (cell.phase >= run.phases.size() || cell.function >= run.functions.size())
      return content_error("cell " + std::to_string(cell.cell) +
                               " names a phase or function that is not in the trace",
                           group);
  return base::Done{};
}

}  // namespace

base::Result<NodeLimits> measure_node(const NodeGroup& group) {
  NodeLimits limits;
  base::Status status = count_rows<record::TickRow>(group, limits.ticks);
  if (status) status = count_rows<record::HealthRow>(group, limits.health);
  if (status) status = count_rows<record::CpuUseRow>(group, limits.cpu_use);
  if (status) status = count_rows<record::GpuUseRow>(group, limits.gpu_use);
  if (status) status = count_rows<record::CountRow>(group, limits.counts);
  if (status) status = count_rows<record::CpuRow>(group, limits.cpu);
  if (status) status = count_rows<record::ActivityRow>(group, limits.activity);
  if (status) status = count_rows<record::SampleRow>(group, limits.samples);
  if (status) status = count_rows<record::EventRow>(group, limits.events);
  if (status) status = count_rows<record::EventItemRow>(group, limits.event_items);
  if (status) status = count_rows<record::ClockRow>(group, limits.clock);
  if (status) status = count_rows<record::MarkRow>(group, limits.marks);
  if (status) status = count_rows<record::CommunicatorRow>(group, limits.communicators);
  if (status) status = count_rows<record::CounterRow>(group, limits.counters);
  if (status) status = count_rows<record::CellRow>(group, limits.cells);
  if (status) status = count_rows<record::LaneRow>(group, limits.lanes);
  if (status) status = count_rows<record::ProcessRow>(group, limits.processes);
  if (status) status = count_rows<record::SensorRow>(group, limits.sensors);
  if (!status) return status.error();
  return limits;
}

base::Result<record::NodeTables> read_node(const NodeGroup& group, const NodeLimits& limits,
                                           const record::RunTables& run) {
  using namespace record;
  auto info = read_node_info(group.own(), group.holder(kTopology));
  if (!info) return info.error();
  NodeTables node;
  node.info = *std::move(info);
  bool cut = false;
  base::Status status =
      read_into(node.sensors, read_entities<SensorRow>(group, limits.sensors, cut));
  if (status)
    status = read_into(node.processes, read_entities<ProcessRow>(group, limits.processes, cut));
  if (status) status = read_into(node.lanes, read_entities<LaneRow>(group, limits.lanes, cut));
  if (status) status = read_into(node.cells, read_entities<CellRow>(group, limits.cells, cut));
  if (status)
    status = read_into(node.counters, read_entities<CounterRow>(group, limits.counters, cut));
  if (status)
    status = read_into(node.communicators,
                       read_entities<CommunicatorRow>(group, limits.communicators, cut));
  if (status) status = read_into(node.marks, read_rows<MarkRow>(group, limits.marks, cut));
  if (status) status = read_into(node.clock, read_rows<ClockRow>(group, limits.clock, cut));
  if (status) status = read_into(node.health, read_rows<HealthRow>(group, limits.health, cut));
  if (status) status = note_truncation<TickRow>(group, cut);
  if (status) status = note_truncation<SampleRow>(group, cut);
  if (status) status = note_truncation<ActivityRow>(group, cut);
  if (status) status = note_truncation<CpuRow>(group, cut);
  if (status) status = note_truncation<CountRow>(group, cut);
  if (status) status = note_truncation<GpuUseRow>(group, cut);
  if (status) status = note_truncation<CpuUseRow>(group, cut);
  if (status) status = note_truncation<EventRow>(group, cut);
  if (status) status = note_truncation<EventItemRow>(group, cut);
  if (status) status = check_keys(group.own(), node, run);
  if (!status) return status.error();
  node.complete =
      !cut && !node.health.empty() && node.health.back().kind == HealthKind::kRecorderStopped;
  return node;
}

}  // namespace joulepath::trace
