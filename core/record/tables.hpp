// What a trace holds, in memory: the small tables of the run and of a node, and a
// block of the long ones. A trace is read as: RunTables once, NodeTables for each
// node, then that node's Blocks in time order.
#pragma once

#include <string_view>
#include <vector>

#include "core/record/rows.hpp"

namespace joulepath::record {

/// Keys of meta rows that tell about a sensor backend: this and the backend's name.
inline constexpr std::string_view kSensorNote = "sensor_note.";

/// Key of the meta row that says why a node's threads have no counters.
inline constexpr std::string_view kCountersAbsent = "counters_absent";

/// Keys of meta rows of a gathered trace: ranks of the job that no node's file has, and files
/// that could not be used, with the reasons.
inline constexpr std::string_view kMissingRanks = "missing_ranks";
inline constexpr std::string_view kLeftOut = "left_out";

/// Key of a meta row of a gathered trace: this, and the number of a node whose clock is not aligned
/// with the others'. The value is why.
inline constexpr std::string_view kClockUnknown = "clock_unknown.";

/// Why a sensor does not count that a longer recording of the same node counts.
inline constexpr std::string_view kCountedElsewhere =
    "another recorder on this node counts it, for other processes of the run";

/// Tables that all nodes share.
struct RunTables {
  int schema_version = 0;
  std::vector<MetaRow> meta;
  std::vector<PhaseRow> phases;        ///< index == key
  std::vector<FunctionRow> functions;  ///< index == key

  /// The last value recorded under `key`; empty when there is none.
  [[nodiscard]] std::string_view meta_value(std::string_view key) const {
    for (auto row = meta.rbegin(); row != meta.rend(); ++row)
      if (row->key == key) return row->value;
    return {};
  }
};

/// Tables of one node, each entity once, index == key. `complete` is false when the
/// recorder was killed or is still running: the last rows may be missing.
struct NodeTables {
  NodeInfo info;
  bool complete = false;
  std::vector<SensorRow> sensors;
  std::vector<ProcessRow> processes;
  std::vector<LaneRow> lanes;
  std::vector<CellRow> cells;
  std::vector<CounterRow> counters;
  std::vector<HealthRow> health;
  std::vector<CommunicatorRow> communicators;  ///< event mode
  std::vector<MarkRow> marks;
  std::vector<ClockRow> clock;  ///< of a gathered trace; empty: one node, or not aligned
};

/// The rows of consecutive ticks. No tick is spread over two blocks.
struct Block {
  std::vector<TickRow> ticks;
  std::vector<SampleRow> samples;
  std::vector<ActivityRow> activity;
  std::vector<CpuRow> cpu;
  std::vector<CountRow> counts;
  std::vector<GpuUseRow> gpu_use;
  std::vector<CpuUseRow> cpu_use;
  std::vector<EventRow> events;  ///< event mode
  std::vector<EventItemRow> event_items;

  void clear() {
    ticks.clear();
    samples.clear();
    activity.clear();
    cpu.clear();
    counts.clear();
    gpu_use.clear();
    cpu_use.clear();
    events.clear();
    event_items.clear();
  }
};

}  // namespace joulepath::record
