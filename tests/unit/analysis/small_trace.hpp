// Builds small traces by hand: tables and one block, 10 ms a tick, readings 10 us wide
// just before each tick's end. For tests only.
#pragma once

#include <cstdint>
#include <string>

#include "core/analysis/attribution.hpp"
#include "core/record/tables.hpp"

namespace joulepath::analysis::testing {

inline constexpr std::int64_t kTickNs = 10'000'000;

struct SmallTrace {
  record::RunTables run;
  record::NodeTables node;
  record::Block block;

  SmallTrace() {
    run.schema_version = 1;
    run.phases = {{0, ""}, {1, "solve"}};
    run.functions = {{0, "(compute)", "compute"},
                     {1, "MPI_Send", "transfer"},
                     {2, "MPI_Wait", "wait"},
                     {3, "MPI_File_write", "io"},
                     {4, "MPI_Comm_rank", "local"}};
    node.info.hostname = "node01";
    node.info.period_ns = kTickNs;
    node.complete = true;
    // Cells 0 to 4: the functions outside phases; 5: computing in phase 1.
    for (std::uint32_t f = 0; f < 5; ++f) node.cells.push_back({f, 0, f});
    node.cells.push_back({5, 1, 0});
  }

  /// An energy counter in uJ, updated each ms; returns its key.
  std::uint16_t add_sensor(const std::string& id, int socket, std::uint64_t modulus = 0) {
    record::SensorRow row;
    row.sensor = static_cast<std::uint16_t>(node.sensors.size());
    row.signal.id = id;
    row.signal.device = id;
    row.signal.domain = socket < 0 ? record::Domain::kNode : record::Domain::kPackage;
    row.signal.socket = socket;
    row.signal.unit = "uJ";
    row.signal.si_per_unit = 1e-6;
    row.signal.modulus = modulus;
    row.signal.update_period_ns = 1'000'000;
    row.signal.source = "powercap";
    row.signal.counted = true;
    row.signal.readable = true;
    node.sensors.push_back(row);
    return row.sensor;
  }

  /// A process with one lane of the same number.
  void add_rank(std::int32_t rank, const std::string& sockets) {
    const auto key = static_cast<std::uint32_t>(node.processes.size());
    record::ProcessRow process;
    process.process = key;
    process.rank = rank;
    process.pid = 1000 + rank;
    process.sockets = sockets;
    node.processes.push_back(process);
    record::LaneRow lane;
    lane.lane = static_cast<std::uint32_t>(node.lanes.size());
    lane.process = key;
    node.lanes.push_back(lane);
  }

  void tick(std::uint32_t number) {
    const std::int64_t end = time_of(number);
    block.ticks.push_back({number, end - 20'000, end});
  }
  void sample(std::uint32_t number, std::uint16_t sensor, std::uint64_t raw) {
    const std::int64_t end = time_of(number);
    block.samples.push_back({number, sensor, end - 15'000, end - 5'000, raw});
  }
  void act(std::uint32_t number, std::uint32_t lane, std::uint32_t cell, std::uint32_t ns,
           std::uint32_t calls = 0, std::uint64_t bytes = 0) {
    block.activity.push_back({number, lane, cell, ns, calls, bytes});
  }

  [[nodiscard]] NodeResult attribute() const {
    NodeAttribution attribution(run, node);
    attribution.add(block);
    return attribution.finish();
  }

  static std::int64_t time_of(std::uint32_t number) { return 5'000'000'000 + number * kTickNs; }
};

/// Units of one signal that a (lane, cell) pair took.
inline std::uint64_t units_of(const NodeResult& result, std::size_t signal, std::uint32_t lane,
                              std::uint32_t cell) {
  for (std::size_t i = 0; i < result.slots.size(); ++i)
    if (result.slots[i].lane == lane && result.slots[i].cell == cell)
      return result.signals[signal].by_slot[i];
  return 0;
}

inline std::uint64_t rest_of(const NodeResult& result, std::size_t signal, Rest rest) {
  return result.signals[signal].rest[static_cast<std::size_t>(rest)];
}

/// Attributed, idle and unattributed together.
inline std::uint64_t all_units(const SignalResult& signal) {
  std::uint64_t units = signal.attributed();
  for (const std::uint64_t rest : signal.rest) units += rest;
  return units;
}

}  // namespace joulepath::analysis::testing
