// Writes the node files of a run over many nodes through the recorder's own writer, from a seeded
// model: ranks that compute and meet in a collective, nodes of unequal power, two sockets and ten
// counters. For scale.py.
// usage: write_run FOLDER NODES RANKS-EACH SECONDS [MODEL [SEED]]
//   steps   (default) steps of 15 to 35 ms with a collective of 0.5 to 4.5 ms at their end
//   dense   every rank computes and is in MPI in every tick
//   coarse  as steps, recorded with --period 50ms --lane-period 1s
// A tick is 10 ms long, but for coarse.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/trace/node_writer.hpp"
#include "tools/recorder/whole_steps.hpp"

namespace {

using namespace joulepath;

constexpr double kRaplUnit_uj = 61.03515625;  // 2^-14 J, of most processors

enum class Model { kSteps, kDense, kCoarse };

struct Shape {
  std::uint32_t nodes, ranks;
  long seconds;
  Model model;
  std::uint64_t seed;

  [[nodiscard]] std::int64_t period_ns() const {
    return model == Model::kCoarse ? 50'000'000 : 10'000'000;
  }
  [[nodiscard]] std::uint32_t ticks_a_second() const {
    return static_cast<std::uint32_t>(1'000'000'000 / period_ns());
  }
};

/// A rank and the step it is in.
struct Rank {
  std::int64_t compute_left_ns = 0;
  std::int64_t mpi_left_ns = 0;
  std::uint32_t ns[2] = {};  ///< computing, in the collective; since its rows were written
  std::uint32_t calls[2] = {};
  std::uint32_t wait_ns = 0;
  tools::WholeSteps whole[2], whole_wait;
};

class Node {
 public:
  Node(const Shape& shape, std::uint32_t number, trace::NodeWriter& writer)
      : shape_(shape),
        number_(number),
        writer_(writer),
        random_(shape.seed * 1'000'003 + number),
        ranks_(shape.ranks) {
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
    constexpr record::Domain kDomains[] = {record::Domain::kPackage, record::Domain::kDram,
                                           record::Domain::kCore, record::Domain::kUncore,
                                           record::Domain::kPlatform};
    for (std::uint16_t key = 0; key < kSensors; ++key) {
      record::SensorRow row;
      row.sensor = key;
      row.signal.domain = kDomains[key / 2];
      row.signal.id = "synth:" + std::to_string(key);
      row.signal.socket = key % 2;
      row.signal.unit = "uJ";
      row.signal.update_period_ns = 1'000'000;
      row.signal.si_per_unit = 1e-6;
      row.signal.readable = true;
      row.signal.counted = key < 4;  // the rest is part of those
      if (!row.signal.counted) row.signal.contained_in = "synth:" + std::to_string(key % 2);
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
    const std::int64_t now = shape_.period_ns() * (tick + 1);
    std::int64_t read = now + below(200'000);
    for (std::uint16_t key = 0; key < kSensors; ++key) {
      energy_uj_[key] += watts_[key] * 1e-3 * static_cast<double>(shape_.period_ns()) +
                         static_cast<double>(below(977));
      const std::int64_t lo = read;
      read += 15'000 + below(15'000);
      const auto units = static_cast<std::uint64_t>(energy_uj_[key] / kRaplUnit_uj);
      writer_.add(record::SampleRow{
          tick, key, lo, read,
          static_cast<std::uint64_t>(static_cast<double>(units) * kRaplUnit_uj), 1});
    }
    const bool coarse = shape_.model == Model::kCoarse;
    const bool look = !coarse || tick % shape_.ticks_a_second() == 0;
    // Threads are looked at each 200 ms, and only where lanes are.
    const std::uint32_t cpu_ticks = shape_.ticks_a_second() / (coarse ? 1 : 5);
    if (look) looked_ns_ = read;
    for (std::uint32_t lane = 0; lane < shape_.ranks; ++lane) {
      work(ranks_[lane]);
      if (look) rows(tick, lane, ranks_[lane]);
      if (tick % cpu_ticks == 0)
        writer_.add(record::CpuRow{tick, lane,
                                   static_cast<std::uint64_t>(shape_.period_ns() * (cpu_ticks - 1) +
                                                              below(shape_.period_ns())),
                                   static_cast<std::int32_t>(lane),
                                   tick < cpu_ticks ? 0 : tick - cpu_ticks});
    }
    writer_.add(record::TickRow{tick, now, looked_ns_});
  }

 private:
  static constexpr std::uint16_t kSensors = 10;

  std::int64_t below(std::int64_t most) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most));
  }

  /// One tick of a rank.
  void work(Rank& rank) {
    std::int64_t left = shape_.period_ns();
    while (left > 0) {
      if (rank.compute_left_ns == 0 && rank.mpi_left_ns == 0) {
        rank.mpi_left_ns = 500'000 + below(4'000'000);
        rank.compute_left_ns = shape_.model == Model::kDense ? shape_.period_ns() - rank.mpi_left_ns
                                                             : 15'000'000 + below(20'000'000);
        rank.calls[0] += 1;
        rank.wait_ns += static_cast<std::uint32_t>(rank.mpi_left_ns / 3);
      }
      const bool mpi = rank.compute_left_ns == 0;
      std::int64_t& there = mpi ? rank.mpi_left_ns : rank.compute_left_ns;
      const std::int64_t part = std::min(there, left);
      there -= part;
      left -= part;
      rank.ns[mpi ? 1 : 0] += static_cast<std::uint32_t>(part);
      if (mpi && there == 0) rank.calls[1] += 3;
    }
  }

  void rows(std::uint32_t tick, std::uint32_t lane, Rank& rank) {
    for (std::uint32_t cell = 0; cell < 2; ++cell) {
      const auto ns = static_cast<std::uint32_t>(rank.whole[cell].take(rank.ns[cell]));
      const std::uint32_t calls = rank.calls[cell];
      const auto wait =
          static_cast<std::uint32_t>(cell == 1 ? rank.whole_wait.take(rank.wait_ns) : 0);
      rank.ns[cell] = rank.calls[cell] = 0;
      if (cell == 1) rank.wait_ns = 0;
      if (ns != 0 || calls != 0 || wait != 0)
        writer_.add(record::ActivityRow{tick, lane, cell, ns, calls, 8 * calls * cell, wait});
    }
  }

  const Shape& shape_;
  std::uint32_t number_;
  trace::NodeWriter& writer_;
  std::mt19937_64 random_;
  std::vector<Rank> ranks_;
  std::int64_t looked_ns_ = 0;
  double watts_[kSensors] = {};
  double energy_uj_[kSensors] = {};
};

bool write_node(const std::filesystem::path& folder, const Shape& shape, std::uint32_t number) {
  record::NodeInfo info;
  info.hostname = "node" + std::to_string(number);
  info.identity = "synth " + std::to_string(number);
  info.start_utc_ns = 1'700'000'000'000'000'000;
  info.period_ns = shape.period_ns();
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
    for (std::uint32_t i = 0; i < shape.ticks_a_second(); ++i) node.tick(tick++);
    if (!writer->flush()) return false;
  }
  writer->add(record::HealthRow{shape.period_ns() * tick, record::HealthKind::kRecorderStopped,
                                record::kNone32, 0, 0});
  return writer->close().ok();
}

Model model_of(const std::string& name) {
  if (name == "dense") return Model::kDense;
  if (name == "coarse") return Model::kCoarse;
  return Model::kSteps;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fputs("usage: write_run FOLDER NODES RANKS-EACH SECONDS [MODEL [SEED]]\n", stderr);
    return 2;
  }
  const auto number = [&](int at) { return std::strtoul(argv[at], nullptr, 10); };
  const Shape shape{static_cast<std::uint32_t>(number(2)), static_cast<std::uint32_t>(number(3)),
                    static_cast<long>(number(4)), model_of(argc > 5 ? argv[5] : "steps"),
                    argc > 6 ? number(6) : 1};
  std::filesystem::create_directories(argv[1]);
  for (std::uint32_t node = 0; node < shape.nodes; ++node)
    if (!write_node(argv[1], shape, node)) return 1;
  return 0;
}
