// How fast the analysis goes over a long trace: a table of rows per second for 64 lanes
// with two active cells each, two sockets with package and memory counters. Plain
// program, prints and exits 0; an argument sets the number of rows.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "core/analysis/attribution.hpp"

namespace {

using namespace joulepath;

constexpr std::uint32_t kLanes = 64;
constexpr std::uint32_t kTicksPerBlock = 4096;

record::RunTables run_tables() {
  record::RunTables run;
  run.phases = {{0, ""}};
  run.functions = {{0, "(compute)", "compute"}, {1, "MPI_Allreduce", "transfer"}};
  return run;
}

record::NodeTables node_tables() {
  record::NodeTables node;
  node.cells = {{0, 0, 0}, {1, 0, 1}};
  for (std::uint16_t key = 0; key < 4; ++key) {
    record::SensorRow row;
    row.sensor = key;
    row.signal.domain = key % 2 == 0 ? record::Domain::kPackage : record::Domain::kDram;
    row.signal.socket = key / 2;
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
void fill(record::Block& block, std::uint32_t& tick, std::uint64_t& raw) {
  block.clear();
  for (std::uint32_t i = 0; i < kTicksPerBlock; ++i, ++tick) {
    const std::int64_t now = std::int64_t{tick} * 10'000'000;
    block.ticks.push_back({tick, now, now + 20'000});
    raw += 1'000'000 + tick % 977;
    for (std::uint16_t key = 0; key < 4; ++key)
      block.samples.push_back({tick, key, now, now + 5'000, raw});
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      const std::uint32_t mpi_ns = 1'000'000 + lane * 1000 + tick % 100;
      block.activity.push_back({tick, lane, 0, 10'000'000 - mpi_ns, 0, 0});
      block.activity.push_back({tick, lane, 1, mpi_ns, 3, 24});
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t wanted = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  const record::RunTables run = run_tables();
  const record::NodeTables node = node_tables();
  analysis::NodeAttribution attribution(run, node);
  record::Block block;
  std::uint32_t tick = 0;
  std::uint64_t raw = 0;
  std::uint64_t rows = 0;
  std::chrono::duration<double> spent{};
  while (rows < wanted) {
    fill(block, tick, raw);
    const auto begin = std::chrono::steady_clock::now();
    attribution.add(block);
    spent += std::chrono::steady_clock::now() - begin;
    rows += block.activity.size();
  }
  const auto begin = std::chrono::steady_clock::now();
  const analysis::NodeResult result = attribution.finish();
  spent += std::chrono::steady_clock::now() - begin;
  std::uint64_t attributed = 0;
  for (const auto& signal : result.signals) attributed += signal.attributed();
  std::printf("%12s %10s %14s %18s\n", "rows", "seconds", "rows/s", "units attributed");
  std::printf("%12llu %10.3f %14.0f %18llu\n", static_cast<unsigned long long>(rows), spent.count(),
              static_cast<double>(rows) / spent.count(),
              static_cast<unsigned long long>(attributed));
  return 0;
}
