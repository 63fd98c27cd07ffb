#include "core/record/rows.hpp"

#include <algorithm>

#include "core/base/split.hpp"

namespace joulepath::record {

std::string_view to_string(HealthKind kind) {
  switch (kind) {
    case HealthKind::kLateTick: return "late_tick";
    case HealthKind::kSkippedTicks: return "skipped_ticks";
    case HealthKind::kReadFailed: return "read_failed";
    case HealthKind::kCellsDropped: return "cells_dropped";
    case HealthKind::kLanesRefused: return "lanes_refused";
    case HealthKind::kRecorderCpu: return "recorder_cpu_ns";
    case HealthKind::kProcessRefused: return "process_refused";
    case HealthKind::kRecorderStopped: return "recorder_stopped";
    case HealthKind::kRowsLost: return "rows_lost";
    case HealthKind::kEdgesMissed: return "edges_missed";
    case HealthKind::kBudgetReached: return "budget_reached";
    case HealthKind::kPhasesDropped: return "phases_dropped";
    case HealthKind::kCounterStuck: return "counter_stuck";
    case HealthKind::kPowerDisagrees: return "power_disagrees";
    case HealthKind::kPeriodDiffers: return "period_differs";
    case HealthKind::kCounterAnomaly: return "counter_anomaly";
    case HealthKind::kThreadPeriod: return "thread_period";
    case HealthKind::kThreadsNotNamed: return "threads_not_named";
    case HealthKind::kEventsDropped: return "events_dropped";
    case HealthKind::kEventsRefused: return "events_refused";
    case HealthKind::kEventsFilteredOut: return "events_filtered_out";
  }
  return "unknown";
}

bool may_use(const ProcessRow& process, std::string_view gpu) {
  const auto named = base::split(process.gpus, ',');
  return std::find(named.begin(), named.end(), gpu) != named.end();
}

}  // namespace joulepath::record
