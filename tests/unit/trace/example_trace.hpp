// A small trace for tests: rows with telling values, a folder that goes away, and a
// comparison of every member of every row.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "core/trace/node_writer.hpp"
#include "core/trace/trace_reader.hpp"

// Found by argument-dependent lookup. The bindings fail to compile when a row gains a
// member, so that no member is left out of the comparison.
namespace joulepath::record {

inline auto members(const MetaRow& row) {
  const auto& [a, b] = row;
  return std::tuple(a, b);
}
inline auto members(const PhaseRow& row) {
  const auto& [a, b] = row;
  return std::tuple(a, b);
}
inline auto members(const FunctionRow& row) {
  const auto& [a, b, c] = row;
  return std::tuple(a, b, c);
}
inline auto members(const TickRow& row) {
  const auto& [a, b, c] = row;
  return std::tuple(a, b, c);
}
inline auto members(const SampleRow& row) {
  const auto& [a, b, c, d, e, f] = row;
  return std::tuple(a, b, c, d, e, f);
}
inline auto members(const ActivityRow& row) {
  const auto& [a, b, c, d, e, f, g] = row;
  return std::tuple(a, b, c, d, e, f, g);
}
inline auto members(const CpuRow& row) {
  const auto& [a, b, c, d, e] = row;
  return std::tuple(a, b, c, d, e);
}
inline auto members(const CounterRow& row) {
  return std::tuple(row.counter, row.name);
}
inline auto members(const CountRow& row) {
  return std::tuple(row.tick, row.lane, row.counter, row.count, row.since);
}
inline auto members(const GpuUseRow& row) {
  return std::tuple(row.tick, row.sensor, row.process, row.busy_permille, row.since);
}
inline auto members(const CpuUseRow& row) {
  const auto& [a, b, c, d, e, f] = row;
  return std::tuple(a, b, c, d, e, f);
}
inline auto members(const Signal& signal) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w] = signal;
  return std::tuple(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w);
}
inline auto members(const SensorRow& row) {
  return std::tuple_cat(std::tuple(row.sensor), members(row.signal));
}
inline auto members(const ProcessRow& row) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = row;
  return std::tuple(a, b, c, d, e, f, g, h, i, j, k, l, m);
}
inline auto members(const LaneRow& row) {
  const auto& [a, b, c, d, e, f, g, h] = row;
  return std::tuple(a, b, c, d, e, f, g, h);
}
inline auto members(const CellRow& row) {
  const auto& [a, b, c] = row;
  return std::tuple(a, b, c);
}
inline auto members(const MarkRow& row) {
  const auto& [a, b, c, d] = row;
  return std::tuple(a, b, c, d);
}
inline auto members(const ClockRow& row) {
  const auto& [a, b, c, d] = row;
  return std::tuple(a, b, c, d);
}
inline auto members(const HealthRow& row) {
  const auto& [a, b, c, d, e] = row;
  return std::tuple(a, b, c, d, e);
}
inline auto members(const NodeInfo& info) {
  const auto& [a, b, c, d, e, f, g, h, i, j, k] = info;
  return std::tuple(a, b, c, d, e, f, g, h, i, j, k);
}

}  // namespace joulepath::record

namespace joulepath::trace::testing {

template <class Row>
::testing::AssertionResult same_rows(const std::vector<Row>& got, const std::vector<Row>& want) {
  if (got.size() != want.size())
    return ::testing::AssertionFailure() << got.size() << " rows, not " << want.size();
  for (std::size_t n = 0; n < got.size(); ++n)
    if (members(got[n]) != members(want[n]))
      return ::testing::AssertionFailure() << "row " << n << " differs";
  return ::testing::AssertionSuccess();
}

inline ::testing::AssertionResult same_blocks(const record::Block& got, const record::Block& want) {
  for (const auto& result :
       {same_rows(got.ticks, want.ticks), same_rows(got.samples, want.samples),
        same_rows(got.activity, want.activity), same_rows(got.cpu, want.cpu),
        same_rows(got.counts, want.counts), same_rows(got.gpu_use, want.gpu_use),
        same_rows(got.cpu_use, want.cpu_use)})
    if (!result) return result;
  return ::testing::AssertionSuccess();
}

/// Everything in one node of a file.
struct Contents {
  record::RunTables run;
  record::NodeTables node;
  record::Block rows;
};

template <class Row>
void append(std::vector<Row>& to, const std::vector<Row>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

inline base::Result<Contents> read_node(const TraceReader& reader, std::size_t node,
                                        std::size_t max_ticks = 4096) {
  auto tables = reader.node(node);
  if (!tables) return tables.error();
  auto blocks = reader.blocks(node);
  if (!blocks) return blocks.error();
  Contents contents{reader.run(), *std::move(tables), {}};
  record::Block block;
  while (true) {
    const auto more = blocks->next(block, max_ticks);
    if (!more) return more.error();
    if (!*more) return contents;
    EXPECT_LE(block.ticks.size(), max_ticks);
    append(contents.rows.ticks, block.ticks);
    append(contents.rows.samples, block.samples);
    append(contents.rows.activity, block.activity);
    append(contents.rows.cpu, block.cpu);
    append(contents.rows.counts, block.counts);
    append(contents.rows.gpu_use, block.gpu_use);
    append(contents.rows.cpu_use, block.cpu_use);
  }
}

inline base::Result<Contents> read_all(const std::filesystem::path& path,
                                       std::size_t max_ticks = 4096) {
  const auto reader = TraceReader::open(path);
  if (!reader) return reader.error();
  return read_node(*reader, 0, max_ticks);
}

inline record::NodeInfo example_node(const std::string& hostname) {
  record::NodeInfo info;
  info.hostname = hostname;
  info.identity = "machine-id of " + hostname;
  info.cpu_model = "Prozessor für Tests";
  info.kernel = "6.1.0";
  info.topology_xml = "<topology/>";
  info.start_utc_ns = 1'700'000'000'123'456'789;
  info.start_monotonic_ns = 1'000'000;
  info.period_ns = 10'000'000;
  info.sockets = 2;
  info.cpus = 128;
  return info;
}

inline std::vector<record::FunctionRow> example_functions() {
  return {{0, "(compute)", "compute"}, {1, "MPI_Send", "transfer"}, {2, "MPI_Wait", "wait"}};
}

/// Two sensors, two processes with a lane each, three cells in phases named by the
/// caller (phase 0 is "outside every phase").
inline void add_entities(NodeWriter& writer, const std::vector<std::string>& phases) {
  std::uint32_t key = 0;
  writer.add(record::PhaseRow{key++, "(none)"});
  for (const std::string& name : phases) writer.add(record::PhaseRow{key++, name});
  for (std::uint16_t n = 0; n < 2; ++n) {
    record::SensorRow row{n, {}};
    row.signal.id = "powercap:intel-rapl:" + std::to_string(n);
    row.signal.domain = record::Domain::kPackage;
    row.signal.socket = n;
    row.signal.unit = "uJ";
    row.signal.si_per_unit = 1e-6;
    row.signal.modulus = 262'143'328'850;
    row.signal.source = "powercap";
    row.signal.counted = true;
    row.signal.readable = true;
    writer.add(row);
    record::ProcessRow process;
    process.process = n;
    process.rank = n;
    process.cpuset = "0-3";
    writer.add(process);
    writer.add(record::MarkRow{n, 7, 1000 + n, 2000 - n});
    writer.add(record::LaneRow{n, n, 0, 100 + n, 1, 2, record::LaneKind::kTold, "solver"});
  }
  for (std::uint32_t n = 0; n < 3; ++n) writer.add(record::CellRow{n, n % key, n % 3});
}

/// Ticks [first, first + count): two samples, four activity rows and two CPU rows each.
inline void add_ticks(NodeWriter& writer, std::uint32_t first, std::uint32_t count) {
  for (std::uint32_t tick = first; tick < first + count; ++tick) {
    const std::int64_t now = 1'000'000 + 10'000'000 * std::int64_t{tick};
    for (std::uint16_t n = 0; n < 2; ++n)
      writer.add(record::SampleRow{tick, n, now + n, now + n + 1, 1'000'000u * tick + 17u * n + 1,
                                   static_cast<std::uint8_t>((tick + n) % 2)});
    for (std::uint32_t n = 0; n < 4; ++n)
      writer.add(record::ActivityRow{tick, n % 2, n % 3, 2'500'000 + tick, tick + 1, 8u * tick + 1,
                                     5u * tick + n});
    for (std::uint32_t n = 0; n < 2; ++n)
      writer.add(record::CpuRow{tick, n, 9'000'000 + tick, static_cast<std::int32_t>(n), tick});
    writer.add(record::TickRow{tick, now, now + 50'000});
  }
}

inline void add_end(NodeWriter& writer) {
  writer.add(record::HealthRow{5, record::HealthKind::kRecorderStopped, record::kNone32, 0, 0});
}

/// The first `count` ticks of a trace with everything that belongs to them.
inline record::Block first_ticks(const record::Block& all, std::size_t count) {
  record::Block block;
  block.ticks.assign(all.ticks.begin(), all.ticks.begin() + static_cast<std::ptrdiff_t>(count));
  const auto wanted = [&](const auto& row) {
    return !block.ticks.empty() && row.tick <= block.ticks.back().tick;
  };
  for (const auto& row : all.samples)
    if (wanted(row)) block.samples.push_back(row);
  for (const auto& row : all.activity)
    if (wanted(row)) block.activity.push_back(row);
  for (const auto& row : all.cpu)
    if (wanted(row)) block.cpu.push_back(row);
  for (const auto& row : all.counts)
    if (wanted(row)) block.counts.push_back(row);
  for (const auto& row : all.gpu_use)
    if (wanted(row)) block.gpu_use.push_back(row);
  for (const auto& row : all.cpu_use)
    if (wanted(row)) block.cpu_use.push_back(row);
  return block;
}

class TraceTest : public ::testing::Test {
 protected:
  TraceTest() {
    std::string name = (std::filesystem::temp_directory_path() / "joulepath-trace-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~TraceTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::filesystem::path file(const std::string& name) const { return folder_ / name; }

  NodeWriter create(const std::filesystem::path& path, const std::string& hostname = "node-a") {
    auto writer = NodeWriter::create(path, example_node(hostname), example_functions());
    EXPECT_TRUE(writer.ok()) << writer.error().message();
    return *std::move(writer);
  }

  /// A whole trace of `ticks` ticks, closed.
  std::filesystem::path whole(const std::string& name, std::uint32_t ticks,
                              const std::vector<std::string>& phases = {"setup", "solve"},
                              const std::string& hostname = "node-a") {
    NodeWriter writer = create(file(name), hostname);
    add_entities(writer, phases);
    add_ticks(writer, 0, ticks);
    add_end(writer);
    const auto closed = writer.close();
    EXPECT_TRUE(closed.ok());
    return file(name);
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace joulepath::trace::testing
