// Writes the node file of a long run (long_trace.hpp) through the recorder's own writer, for
// report_cost.py. usage: write_long_trace FILE SECONDS [cycles] [cores]
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/trace/node_writer.hpp"
#include "tests/bench/long_trace.hpp"

int main(int argc, char** argv) {
  using namespace joulepath;
  bench::Extras extras;
  bool good = argc >= 3;
  for (int i = 3; i < argc; ++i) {
    const std::string_view extra = argv[i];
    good = good && (extra == "cycles" || extra == "cores");
    (extra == "cycles" ? extras.cycles : extras.cores) = true;
  }
  if (!good) {
    std::fputs("usage: write_long_trace FILE SECONDS [cycles] [cores]\n", stderr);
    return 2;
  }
  const record::RunTables run = bench::run_tables();
  record::NodeTables node = bench::node_tables(extras);
  node.info.hostname = "bench";
  node.info.period_ns = 10'000'000;
  node.info.sockets = 2;
  auto writer = trace::NodeWriter::create(argv[1], node.info, run.functions);
  if (!writer) {
    std::fprintf(stderr, "%s\n", writer.error().message().c_str());
    return 1;
  }
  for (const auto& row : run.phases) writer->add(row);
  for (const auto& row : node.sensors) writer->add(row);
  for (const auto& row : node.counters) writer->add(row);
  for (const auto& row : node.processes) writer->add(row);
  for (const auto& row : node.lanes) writer->add(row);
  for (const auto& row : node.cells) writer->add(row);
  record::Block block;
  std::uint32_t tick = 0;
  std::uint64_t raw = 0;
  for (long second = std::strtol(argv[2], nullptr, 10); second > 0; --second) {
    bench::fill(block, tick, raw, 100, extras);
    for (const auto& row : block.samples) writer->add(row);
    for (const auto& row : block.activity) writer->add(row);
    for (const auto& row : block.cpu) writer->add(row);
    for (const auto& row : block.counts) writer->add(row);
    for (const auto& row : block.ticks) writer->add(row);
    if (!writer->flush()) return 1;
  }
  writer->add(record::HealthRow{0, record::HealthKind::kRecorderStopped, record::kNone32, 0, 0});
  return writer->close() ? 0 : 1;
}
