// How fast the analysis goes over a long trace: a table of rows per second for 64 lanes
// with two active cells each, two sockets with package and memory counters. Plain
// program, prints and exits 0; an argument sets the number of rows.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "core/analysis/attribution.hpp"
#include "tests/bench/long_trace.hpp"

using namespace joulepath;

int main(int argc, char** argv) {
  const std::uint64_t wanted = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  const record::RunTables run = bench::run_tables();
  const record::NodeTables node = bench::node_tables();
  analysis::NodeAttribution attribution(run, node);
  record::Block block;
  std::uint32_t tick = 0;
  std::uint64_t raw = 0;
  std::uint64_t rows = 0;
  std::chrono::duration<double> spent{};
  while (rows < wanted) {
    bench::fill(block, tick, raw);
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
