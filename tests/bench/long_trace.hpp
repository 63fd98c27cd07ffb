// A long trace as data: 64 lanes with two active cells each, in two phases, two sockets with
// package and memory counters read at their edges, a tick every 10 ms. For benchmarks.
#pragma once

#include <cstdint>
#include <string>

#include "core/record/tables.hpp"

namespace joulepath::bench {

inline constexpr std::uint32_t kLanes = 64;
inline constexpr std::uint32_t kTicksPerBlock = 4096;

inline record::RunTables run_tables() {
  record::RunTables run;
  run.phases = {{0, "(outside phases)"}, {1, "solve"}, {2, "exchange"}};
  run.functions = {{0, "(compute)", "compute"}, {1, "MPI_Allreduce", "transfer"}};
  return run;
}

inline record::NodeTables node_tables() {
  record::NodeTables node;
  node.cells = {{0, 1, 0}, {1, 2, 1}};
  for (std::uint16_t key = 0; key < 4; ++key) {
    record::SensorRow row;
    row.sensor = key;
    row.signal.domain = key % 2 == 0 ? record::Domain::kPackage : record::Domain::kDram;
    row.signal.id = "bench:" + std::to_string(key);
    row.signal.socket = key / 2;
    row.signal.unit = "uJ";
    row.signal.update_period_ns = 1'000'000;
    row.signal.si_per_unit = 1e-6;
    row.signal.counted = row.signal.readable = true;
    node.sensors.push_back(row);
  }
  for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
    record::ProcessRow process;
    process.process = lane;
    process.rank = static_cast<std::int32_t>(lane);
    process.sockets.assign(1, lane < kLanes / 2 ? '0' : '1');
    node.processes.push_back(process);
    record::LaneRow row;
    row.lane = row.process = lane;
    node.lanes.push_back(row);
  }
  return node;
}

/// The next block; `tick` and `raw` go on from the last one.
inline void fill(record::Block& block, std::uint32_t& tick, std::uint64_t& raw,
                 std::uint32_t ticks = kTicksPerBlock) {
  block.clear();
  for (std::uint32_t i = 0; i < ticks; ++i, ++tick) {
    const std::int64_t now = std::int64_t{tick} * 10'000'000;
    block.ticks.push_back({tick, now, now + 20'000});
    raw += 1'000'000 + tick % 977;
    for (std::uint16_t key = 0; key < 4; ++key)
      block.samples.push_back({tick, key, now, now + 40'000, raw, 1});
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      const std::uint32_t mpi_ns = 1'000'000 + lane * 1000 + tick * 7919 % 3'000'000;
      block.activity.push_back({tick, lane, 0, 10'000'000 - mpi_ns, 0, 0});
      block.activity.push_back({tick, lane, 1, mpi_ns, 3, 24});
    }
  }
}

}  // namespace joulepath::bench
