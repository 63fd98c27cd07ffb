// Writes the node files of a run over many nodes through the recorder's own writer, from a seeded
// model: ranks that compute and meet in a collective, nodes of unequal power, two sockets with
// package and memory counters. For scale.py.
// usage: write_run FOLDER NODES RANKS-EACH SECONDS [SEED]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/trace/node_writer.hpp"

namespace {

using namespace joulepath;

constexpr std::int64_t kPeriod_ns = 10'000'000;
constexpr std::uint32_t kTicksASecond = 100;

struct Shape {
  std::uint32_t nodes, ranks;
  long seconds;
  std::uint64_t seed;
};

class Node {
 public:
  Node(const Shape& shape, std::uint32_t number, trace::NodeWriter& writer)
      : shape_(shape), number_(number), writer_(writer), random_(shape.seed * 1'000'003 + number) {
    for (auto& watts : watts_) watts = 40 + static_cast<double>(random_() % 120);
  }

  void tables() {
    for (const record::PhaseRow& row :
         {record::PhaseRow{0, "(outside phases)"}, record::PhaseRow{1, "solve"},
          record::PhaseRow{2, "exchange"}})
      writer_.add(row);
    writer_.add(record::MetaRow{"session", "synth"});
    writer_.add(record::CellRow{0, 1, 0});
    writer_.add(record::CellRow{1, 2, 1});
    for (std::uint16_t key = 0; key < kSensors; ++key) {
      record::SensorRow row;
      row.sensor = key;
      row.signal.domain = key % 2 == 0 ? record::Domain::kPackage : record::Domain::kDram;
      row.signal.id = "synth:" + std::to_string(key);
      row.signal.socket = key / 2;
      row.signal.unit = "uJ";
      row.signal.update_period_ns = 1'000'000;
      row.signal.si_per_unit = 1e-6;
      row.signal.counted = row.signal.readable = true;
      writer_.add(row);
    }
    for (std::uint32_t lane = 0; lane < shape_.ranks; ++lane) {
      record::ProcessRow process;
      process.process = lane;
      process.rank = static_cast<std::int32_t>(number_ * shape_.ranks + lane);
      process.world_size = static_cast<std::int32_t>(shape_.nodes * shape_.ranks);
      process.sockets.assign(1, lane < shape_.ranks / 2 ? '0' : '1');
      process.state = record::ProcessState::kFinalized;
      writer_.add(process);
      record::LaneRow row;
      row.lane = row.process = lane;
      writer_.add(row);
    }
  }

  void tick(std::uint32_t tick) {
    const std::int64_t now = kPeriod_ns * tick;
    for (std::uint16_t key = 0; key < kSensors; ++key) {
      raw_[key] += static_cast<std::uint64_t>(watts_[key] * 1e4) + random_() % 977;
      writer_.add(record::SampleRow{tick, key, now, now + 40'000, raw_[key], 1});
    }
    for (std::uint32_t lane = 0; lane < shape_.ranks; ++lane) {
      const auto mpi_ns = static_cast<std::uint32_t>(500'000 + random_() % 4'000'000);
      writer_.add(record::ActivityRow{tick, lane, 0,
                                      static_cast<std::uint32_t>(kPeriod_ns) - mpi_ns, 1, 0, 0});
      writer_.add(record::ActivityRow{tick, lane, 1, mpi_ns, 3, 24, mpi_ns / 3});
      if (tick % 10 == 0)
        writer_.add(record::CpuRow{tick, lane, 9 * static_cast<std::uint64_t>(kPeriod_ns),
                                   static_cast<std::int32_t>(lane), tick < 10 ? 0 : tick - 10});
    }
    writer_.add(record::TickRow{tick, now, now + 20'000});
  }

 private:
  static constexpr std::uint16_t kSensors = 4;
  const Shape& shape_;
  std::uint32_t number_;
  trace::NodeWriter& writer_;
  std::mt19937_64 random_;
  double watts_[kSensors] = {};
  std::uint64_t raw_[kSensors] = {};
};

bool write_node(const std::filesystem::path& folder, const Shape& shape, std::uint32_t number) {
  record::NodeInfo info;
  info.hostname = "node" + std::to_string(number);
  info.identity = "synth " + std::to_string(number);
  info.start_utc_ns = 1'700'000'000'000'000'000;
  info.period_ns = kPeriod_ns;
  info.sockets = 2;
  info.cpus = static_cast<int>(shape.ranks);
  auto writer =
      trace::NodeWriter::create(folder / ("node-" + info.hostname + ".h5"), info,
                                std::vector<record::FunctionRow>{{0, "(compute)", "compute"},
                                                                 {1, "MPI_Allreduce", "transfer"}});
  if (!writer) {
    std::fprintf(stderr, "%s\n", writer.error().message().c_str());
    return false;
  }
  Node node(shape, number, *writer);
  node.tables();
  std::uint32_t tick = 0;
  for (long second = 0; second < shape.seconds; ++second) {
    for (std::uint32_t i = 0; i < kTicksASecond; ++i) node.tick(tick++);
    if (!writer->flush()) return false;
  }
  writer->add(record::HealthRow{kPeriod_ns * tick, record::HealthKind::kRecorderStopped,
                                record::kNone32, 0, 0});
  return writer->close().ok();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fputs("usage: write_run FOLDER NODES RANKS-EACH SECONDS [SEED]\n", stderr);
    return 2;
  }
  const auto number = [&](int at) { return std::strtoul(argv[at], nullptr, 10); };
  const Shape shape{static_cast<std::uint32_t>(number(2)), static_cast<std::uint32_t>(number(3)),
                    static_cast<long>(number(4)), argc > 5 ? number(5) : 1};
  std::filesystem::create_directories(argv[1]);
  for (std::uint32_t node = 0; node < shape.nodes; ++node)
    if (!write_node(argv[1], shape, node)) return 1;
  return 0;
}
