#include "core/analysis/cycle_rates.hpp"

#include <utility>

namespace joulepath::analysis {

CycleRates::CycleRates(const record::NodeTables& node)
    : cpu_ns_(node.lanes.size(), 0), rates_(node.lanes.size()) {
  for (const record::CounterRow& row : node.counters)
    if (row.name == "cycles") counter_ = row.counter;
}

void CycleRates::add(const record::CpuRow& row) {
  if (row.since == row.tick)
    cpu_ns_[row.lane] = 0;
  else
    cpu_ns_[row.lane] += row.cpu_ns;
}

void CycleRates::add(const record::CountRow& row, std::uint64_t tick) {
  if (row.counter != counter_ || row.lane >= cpu_ns_.size()) return;
  const auto cpu_ns = static_cast<double>(std::exchange(cpu_ns_[row.lane], 0));
  const bool counted = row.since != row.tick && cpu_ns > 0.0;
  rates_.add(row.lane, tick, counted ? static_cast<double>(row.count) / cpu_ns : 0.0);
}

}  // namespace joulepath::analysis
