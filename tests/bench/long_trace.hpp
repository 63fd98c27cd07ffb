// A long trace as data: 64 lanes with two active cells each, in two phases, two sockets with
// package and memory counters read at their edges, a tick every 10 ms; if wanted with the cycles of
// each lane, and with a counter of each core. For benchmarks.
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

/// What the trace has beside; CPU times of the lanes come with either.
struct Extras {
  bool cycles = false;  ///< of each lane, with its CPU time
  bool cores = false;   ///< a counter of each core, and on which core a lane was seen
};
inline constexpr std::uint16_t kFirstCoreSensor = 4;
/// The recorder looks at threads as often at most, and at counters of cores each second.
inline constexpr std::uint32_t kTicksPerThreadLook = 20;
inline constexpr std::uint32_t kTicksPerCoreLook = 100;

/// Lane n runs on core n, half of them on either socket.
inline void add_cores(record::NodeTables& node) {
  std::string& xml = node.info.topology_xml;
  for (std::uint32_t core = 0; core < kLanes; ++core) {
    const std::string socket = std::to_string(core / (kLanes / 2));
    const std::string number = std::to_string(core % (kLanes / 2));
    if (core % (kLanes / 2) == 0)
      xml += (core == 0 ? "" : "</object>") + ("<object type=\"Package\" os_index=\"" + socket) +
             "\">";
    xml += "<object type=\"Core\" os_index=\"" + number + "\"><object type=\"PU\" os_index=\"" +
           std::to_string(core) + "\"/></object>";
    record::SensorRow row;
    row.sensor = static_cast<std::uint16_t>(kFirstCoreSensor + core);
    row.signal.domain = record::Domain::kCore;
    row.signal.device = "package-" + socket + "/core-" + number;
    row.signal.id = "bench:" + row.signal.device;
    row.signal.socket = static_cast<std::int32_t>(core / (kLanes / 2));
    row.signal.unit = "uJ";
    row.signal.update_period_ns = 1'000'000;
    row.signal.si_per_unit = 1e-6;
    row.signal.readable = true;
    node.sensors.push_back(row);
  }
  xml += "</object>";
}

inline record::NodeTables node_tables(const Extras& extras = {}) {
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
  if (extras.cycles) node.counters.push_back({0, "cycles"});
  if (extras.cores) add_cores(node);
  return node;
}

/// What the extras add to the tick.
inline void fill_extras(record::Block& block, const Extras& extras, std::uint32_t tick) {
  const std::int64_t now = std::int64_t{tick} * 10'000'000;
  if ((extras.cycles || extras.cores) && tick != 0 && tick % kTicksPerThreadLook == 0) {
    const std::uint32_t since = tick - kTicksPerThreadLook;
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      const std::uint64_t cpu_ns = 10'000'000ull * kTicksPerThreadLook;
      block.cpu.push_back({tick, lane, cpu_ns, static_cast<std::int32_t>(lane), since});
      if (extras.cycles) block.counts.push_back({tick, lane, 0, cpu_ns * (20 + lane) / 10, since});
    }
  }
  if (extras.cores && tick % kTicksPerCoreLook == 0)
    for (std::uint32_t core = 0; core < kLanes; ++core) {
      const std::uint64_t raw = 1000 + std::uint64_t{tick} * (10'000 + 100 * core);
      block.samples.push_back(
          {tick, static_cast<std::uint16_t>(kFirstCoreSensor + core), now, now + 40'000, raw, 0});
    }
}

/// The next block; `tick` and `raw` go on from the last one.
inline void fill(record::Block& block, std::uint32_t& tick, std::uint64_t& raw,
                 std::uint32_t ticks = kTicksPerBlock, const Extras& extras = {}) {
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
    fill_extras(block, extras, tick);
  }
}

}  // namespace joulepath::bench
