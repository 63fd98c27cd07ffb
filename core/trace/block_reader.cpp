#include "core/trace/block_reader.hpp"

#include <utility>

namespace joulepath::trace {
namespace {

/// Where a table was cut off, its last tick may have lost rows: the tick from which on
/// nothing is certain.
template <class Row>
base::Result<std::uint64_t> first_uncertain_tick(TableReader<Row>& reader) {
  if (!reader.truncated()) return kAllRows;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(kWindowRows, reader.rows()));
  std::vector<Row> rows;
  if (auto status = reader.read(reader.rows() - count, count, rows); !status) return status.error();
  for (auto row = rows.rbegin(); row != rows.rend(); ++row)
    if (row->tick != record::kNone32) return row->tick;
  return 0;
}

}  // namespace

base::Result<std::unique_ptr<BlockReader::State>> BlockReader::State::open(
    const NodeGroup& group, const NodeLimits& limits, const record::NodeTables& node) {
  auto ticks = TableReader<record::TickRow>::open(group, limits.ticks);
  if (!ticks) return ticks.error();
  auto samples = TableReader<record::SampleRow>::open(group, limits.samples);
  if (!samples) return samples.error();
  auto activity = TableReader<record::ActivityRow>::open(group, limits.activity);
  if (!activity) return activity.error();
  auto cpu = TableReader<record::CpuRow>::open(group, limits.cpu);
  if (!cpu) return cpu.error();
  auto counts = TableReader<record::CountRow>::open(group, limits.counts);
  if (!counts) return counts.error();
  auto gpu_use = TableReader<record::GpuUseRow>::open(group, limits.gpu_use);
  if (!gpu_use) return gpu_use.error();
  auto cpu_use = TableReader<record::CpuUseRow>::open(group, limits.cpu_use);
  if (!cpu_use) return cpu_use.error();
  auto events = TableReader<record::EventRow>::open(group, limits.events);
  if (!events) return events.error();
  auto event_items = TableReader<record::EventItemRow>::open(group, limits.event_items);
  if (!event_items) return event_items.error();
  std::uint64_t tick_end = kAllRows;
  for (const auto& uncertain :
       {first_uncertain_tick(*samples), first_uncertain_tick(*activity), first_uncertain_tick(*cpu),
        first_uncertain_tick(*counts), first_uncertain_tick(*gpu_use),
        first_uncertain_tick(*cpu_use), first_uncertain_tick(*events),
        first_uncertain_tick(*event_items)}) {
    if (!uncertain) return uncertain.error();
    tick_end = std::min(tick_end, *uncertain);
  }
  const std::uint64_t event_count = events->rows();
  return std::make_unique<State>(
      State{TableStream(*std::move(ticks)), TableStream(*std::move(samples)),
            TableStream(*std::move(activity)), TableStream(*std::move(cpu)),
            TableStream(*std::move(counts)), TableStream(*std::move(gpu_use)),
            TableStream(*std::move(cpu_use)), TableStream(*std::move(events)),
            TableStream(*std::move(event_items)), node.sensors.size(), node.processes.size(),
            node.lanes.size(), node.cells.size(), node.counters.size(), node.communicators.size(),
            event_count, tick_end});
}

BlockReader::BlockReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
BlockReader::BlockReader(BlockReader&&) noexcept = default;
BlockReader& BlockReader::operator=(BlockReader&&) noexcept = default;
BlockReader::~BlockReader() = default;

base::Result<bool> BlockReader::next(record::Block& block, std::size_t max_ticks) {
  block.clear();
  const std::size_t count = std::max<std::size_t>(max_ticks, 1);
  if (auto status = state_->ticks.take_first(count, state_->tick_end, block.ticks); !status)
    return status.error();
  if (block.ticks.empty()) return false;
  const std::uint32_t last = block.ticks.back().tick;
  auto status = state_->samples.take(last, block.samples, [this](const record::SampleRow& row) {
    return row.sensor < state_->sensor_count;
  });
  if (!status) return status.error();
  status = state_->activity.take(last, block.activity, [this](const record::ActivityRow& row) {
    return row.lane < state_->lane_count && row.cell < state_->cell_count;
  });
  if (!status) return status.error();
  status = state_->cpu.take(
      last, block.cpu, [this](const record::CpuRow& row) { return row.lane < state_->lane_count; });
  if (!status) return status.error();
  status = state_->counts.take(last, block.counts, [this](const record::CountRow& row) {
    return row.lane < state_->lane_count && row.counter < state_->counter_count;
  });
  if (!status) return status.error();
  status = state_->gpu_use.take(last, block.gpu_use, [this](const record::GpuUseRow& row) {
    return row.sensor < state_->sensor_count &&
           (row.process < state_->process_count || row.process == record::kNone32);
  });
  if (!status) return status.error();
  status = state_->cpu_use.take(last, block.cpu_use, [](const record::CpuUseRow&) { return true; });
  if (!status) return status.error();
  status = state_->events.take(last, block.events, [this](const record::EventRow& row) {
    return row.lane < state_->lane_count && row.cell < state_->cell_count &&
           (row.communicator < state_->communicator_count || row.communicator == record::kNone32);
  });
  if (!status) return status.error();
  status = state_->event_items.take(
      last, block.event_items,
      [this](const record::EventItemRow& row) { return row.event < state_->event_count; });
  if (!status) return status.error();
  return true;
}

}  // namespace joulepath::trace
