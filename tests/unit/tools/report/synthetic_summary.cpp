#include "synthetic_summary.hpp"

#include <algorithm>
#include <string>

namespace joulepath::report::testing {

using namespace analysis;

Figure figure(double value, double half_width, Basis basis) {
  Figure figure;
  figure.value = value;
  figure.lo = std::max(0.0, value - half_width);
  figure.hi = value + half_width;
  figure.basis = basis;
  return figure;
}

namespace {

SensorSummary sensor(const std::string& id, int socket, const Figure& energy) {
  SensorSummary sensor;
  sensor.id = id;
  sensor.domain = "package";
  sensor.device = "package-" + std::to_string(socket);
  sensor.node = "node01";
  sensor.socket = socket;
  sensor.unit = "uJ";
  sensor.source = "powercap";
  sensor.provenance = "measured";
  sensor.counted = sensor.readable = true;
  sensor.samples = 1235;
  sensor.energy = energy;
  sensor.raw = Conservation{262143328000, 655664150, 655664150 + 850, 655000000, 600000, 65000};
  return sensor;
}

RankSummary rank(std::int32_t number, const std::string& node, int socket, double joules,
                 Basis basis) {
  RankSummary rank;
  rank.rank = number;
  rank.pid = 4000 + number;
  rank.node = node;
  rank.sockets = {socket};
  rank.threads = 1;
  rank.seconds = 12.3;
  rank.class_seconds = {9.1, 1.9, 1.2, 0.1, 0.0};
  rank.energy = figure(joules, joules * 0.4, basis);
  return rank;
}

PhaseSummary own_phase(const std::string& path, std::optional<std::uint64_t> instances,
                       double seconds, double joules) {
  PhaseSummary phase;
  phase.name = path;
  phase.instances = instances;
  phase.own_seconds = seconds;
  phase.own_energy = figure(joules, joules * 0.5, Basis::kAttributed);
  return phase;
}

Figure part_of(Figure figure, double part) {
  for (double* value : {&figure.value, &figure.lo, &figure.hi}) *value *= part;
  return figure;
}

/// A thread of each rank, with all its energy; where several are said to be busy, with half of
/// it, beside a thread that tells nothing and others.
void add_threads(Summary& summary) {
  summary.runs = 1;
  summary.threads.clear();
  for (const auto& rank : summary.ranks) {
    ThreadSummary& thread = summary.threads.emplace_back();
    thread.rank = rank.rank;
    thread.node = rank.node;
    thread.pid = thread.tid = rank.pid;
    thread.seconds = rank.seconds;
    thread.energy = rank.energy;
    if (!rank.thread_imbalance) continue;
    thread.energy = part_of(rank.energy, 0.5);
    thread.cpu_seconds = 12.0;
    thread.cpus = {0};
    ThreadSummary worker = thread;
    worker.kind = record::LaneKind::kSampled;
    worker.tid = rank.pid + 1;
    worker.name = "solver";
    worker.energy = part_of(rank.energy, 0.375);
    worker.cpu_seconds = worker.seconds = 9.5;
    worker.cpus = {1, 2, 3, 6};
    ThreadSummary others = worker;
    others.kind = record::LaneKind::kOthers;
    others.tid = 0;
    others.name.clear();
    others.energy = part_of(rank.energy, 0.125);
    others.cpu_seconds = others.seconds = 0.4;
    others.cpus.clear();
    summary.threads.push_back(worker);
    summary.threads.push_back(others);
  }
}

}  // namespace

Summary measured_summary() {
  Summary summary;
  summary.schema_version = 1;
  summary.command = "mpirun -n 4 ./solver --size 512";
  summary.mpi = "Open MPI 4.1.4";
  summary.start_utc_ns = 1'767'225'600'000'000'000;
  summary.duration_s = 12.345;
  summary.energy = figure(1295.0, 0.8, Basis::kMeasured);
  NodeSummary node;
  node.hostname = "node01";
  node.cpu_model = "Some CPU";
  node.duration_s = 12.345;
  node.ticks = 1235;
  node.period_s = 0.01;
  node.ranks = 4;
  node.energy = summary.energy;
  for (int socket = 0; socket < 2; ++socket) {
    const Figure package = figure(600.0 + 20 * socket, 0.3, Basis::kMeasured);
    const Figure dram = figure(37.5, 0.1, Basis::kMeasured);
    Figure both = package;
    both.add(dram);
    node.sockets.push_back(
        {socket, both, {{socket, "package", package, ""}, {socket, "dram", dram, ""}}});
    summary.sensors.push_back(
        sensor("powercap:intel-rapl:" + std::to_string(socket), socket, package));
  }
  node.sockets[0].domains.push_back(
      {0, "core", figure(410.0, 0.3, Basis::kMeasured), "powercap:intel-rapl:0"});
  summary.nodes = {node};
  auto lost = sensor("powercap:intel-rapl:1:0", 1, figure(37.5, 0.1, Basis::kMeasured));
  lost.domain = "dram";
  lost.lost_intervals = 1;
  lost.lost_s = 0.01;
  lost.energy.note_missing("1 of 1234 intervals lost to counter anomalies (reset, jump or gap)");
  summary.sensors.push_back(lost);
  auto refused = sensor("powercap:intel-rapl:2", -1, unknown_figure("Permission denied"));
  refused.domain = "psys";
  refused.device = "psys";
  refused.provenance = "absent";
  refused.counted = refused.readable = false;
  refused.samples = 0;
  refused.raw.reset();
  refused.reason = "/sys/class/powercap/intel-rapl:2/energy_uj: cannot open (Permission denied)";
  refused.remedy = "an administrator may start joulepathd, or allow reading energy_uj";
  summary.sensors.push_back(refused);
  for (int i = 0; i < 4; ++i)
    summary.ranks.push_back(rank(i, "node01", i / 2, 295.0 + 11 * i, Basis::kAttributed));
  for (std::size_t i = 0; i < 2; ++i) {
    summary.ranks[i].threads = 5;
    summary.ranks[i].cpu_seconds = i == 0 ? 40.2 : 38.9;
    summary.ranks[i].thread_imbalance = i == 0 ? 0.061 : 0.118;
  }
  add_threads(summary);
  summary.functions = {
      {"MPI_Allreduce", "transfer", 12'000, 96'000, 3.25, figure(85.2, 30, Basis::kAttributed), 2.5,
       figure(60.2, 30, Basis::kAttributed)},
      {"MPI_Waitall", "wait", 480'000, 0, 7.6, figure(80.1, 30, Basis::kAttributed), 7.1,
       figure(70.1, 30, Basis::kAttributed)},
      {"MPI_Isend", "transfer", 1'920'000, 15'728'640'000, 1.55,
       figure(40.9, 30, Basis::kAttributed), 0.0, zero_figure(Basis::kAttributed)},
      {"MPI_File_write_at_all", "io", 40, 4'000'000, 0.4, figure(10.5, 8, Basis::kAttributed), 0.0,
       zero_figure(Basis::kAttributed)},
      {"MPI_Comm_rank", "local", 4, 0, 2.4e-6, figure(0.000063, 0.000063, Basis::kAttributed), 0.0,
       zero_figure(Basis::kAttributed)}};
  summary.phases = phase_tree(
      {own_phase(std::string(kOutsidePhases), {}, 9.2, 210), own_phase("assemble", 4, 20.0, 520),
       own_phase("solve", 400, 8.0, 206), own_phase("solve/exchange", 48'000, 12.0, 310)});
  summary.classes = {{ReportClass::kCompute, 36.4, figure(1029.3, 40, Basis::kAttributed)},
                     {ReportClass::kWait, 9.6, figure(130.3, 60, Basis::kAttributed)},
                     {ReportClass::kTransfer, 2.8, figure(75.9, 50, Basis::kAttributed)},
                     {ReportClass::kIo, 0.4, figure(10.5, 8, Basis::kAttributed)}};
  summary.idle = zero_figure(Basis::kMeasured);
  summary.unattributed = figure(49.0, 1.0, Basis::kMeasured);
  summary.rests = {{Rest::kOutsideLifetime, summary.unattributed}};
  FitSummary fit;
  fit.node = "node01";
  fit.sensor = "powercap:intel-rapl:0";
  fit.method = SplitMethod::kFit;
  fit.phase_power = {{std::string(kOutsidePhases), figure(41.2, 3.0, Basis::kAttributed)},
                     {"assemble", figure(118.4, 2.1, Basis::kAttributed)},
                     {"solve/exchange", unknown_figure("never alone")}};
  fit.residual = 0.032;
  fit.condition = 12.5;
  fit.determined = true;
  fit.edge_median_s = 21e-6;
  fit.edge_p95_s = 64e-6;
  fit.ticks = 1201;
  summary.fits = {fit};
  FitSummary by_time;
  by_time.node = "node01";
  by_time.sensor = "powercap:intel-rapl:1";
  by_time.why = "too few ticks to tell 4 phases apart";
  by_time.ticks = 12;
  summary.fits.push_back(by_time);
  summary.statics = {{"node01", 0, "package", figure(21.4, 1.5, Basis::kMeasured), "learned"},
                     {"node01", 1, "package", unknown_figure("the socket was never idle"), ""}};
  summary.imbalance = {0.043, 0.0538};
  summary.recorder = {0.081, true, 3, 0, 1235, 0.2};
  summary.health = {{"node01", "intervals_lost", "powercap:intel-rapl:1:0", 1,
                     "counter reset, jump or gap: their energy is not known"}};
  return summary;
}

Summary estimated_summary() {
  Summary summary = measured_summary();
  const auto estimate = [](Figure& figure) {
    figure.basis = Basis::kEstimated;
    figure.lo = figure.value * 0.5;
    figure.hi = figure.value * 1.5;
  };
  for (auto& node : summary.nodes) {
    estimate(node.energy);
    node.sockets.erase(node.sockets.begin() + 1);
    node.sockets[0].domains.resize(1);
    estimate(node.sockets[0].energy);
    estimate(node.sockets[0].domains[0].energy);
  }
  summary.sensors.erase(summary.sensors.begin() + 1, summary.sensors.begin() + 3);
  summary.sensors[0].id = "estimate:cpu";
  summary.sensors[0].source = "estimate";
  summary.sensors[0].provenance = "estimated";
  estimate(summary.sensors[0].energy);
  summary.fits.clear();
  summary.statics.clear();
  summary.ranks.resize(1);
  summary.imbalance = {};
  summary.health.clear();
  for (auto* list : {&summary.energy, &summary.idle, &summary.unattributed}) estimate(*list);
  for (auto& row : summary.ranks) estimate(row.energy);
  add_threads(summary);
  for (auto& row : summary.functions) {
    estimate(row.energy);
    row.wait_seconds.reset();
    row.wait_energy = unknown_figure("the trace does not hold the waiting inside calls");
  }
  for (auto& row : summary.phases) {
    estimate(row.energy);
    estimate(row.own_energy);
  }
  for (auto& row : summary.classes) estimate(row.energy);
  for (auto& row : summary.rests) estimate(row.energy);
  return summary;
}

Summary large_summary() {
  Summary summary = measured_summary();
  summary.command = "srun --mpi=pmix ./" + std::string(300, 'x') + "\n--größe=5 --名前=計算";
  summary.mpi = std::string(90, 'M');
  summary.duration_s = 98'765.4;
  summary.energy = figure(8.7654e9, 1e6, Basis::kMeasured);
  const NodeSummary node = summary.nodes[0];
  summary.nodes.clear();
  summary.ranks.clear();
  for (int n = 0; n < 16; ++n) {
    NodeSummary copy = node;
    copy.hostname = "a-very-long-host-name-of-a-cluster-" + std::to_string(n) + ".example.org";
    copy.energy = figure(5.4e8 + 1000 * n, 1e5, Basis::kMeasured);
    summary.nodes.push_back(copy);
    for (int r = 0; r < 8; ++r)
      summary.ranks.push_back(
          rank(8 * n + r, copy.hostname, r % 4, 6.7e7 + 10'000.0 * r + n, Basis::kAttributed));
  }
  summary.ranks[5].sockets = {0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13};
  summary.ranks[127].died = true;
  add_threads(summary);
  summary.functions.clear();
  for (int f = 0; f < 40; ++f)
    summary.functions.push_back({"MPI_Neighbor_alltoallw_init_c_" + std::to_string(f), "transfer",
                                 18'446'744'073'709'551'615ull, 18'446'744'073'709'551'615ull,
                                 9.9e7, figure(1.0e8 / (f + 1), 9.9e7, Basis::kEstimated), 9.8e7,
                                 figure(0.9e8 / (f + 1), 9.9e7, Basis::kEstimated)});
  auto phases = summary.phases;
  phases.push_back(own_phase(std::string(100, 'p'), 18'446'744'073'709'551'615ull, 1e9, 1e-9));
  for (int p = 0; p < 40; ++p)
    phases.push_back(own_phase("計算フェーズ計算フェーズ計算フェーズ" + std::to_string(p), 7,
                               3600.0 * p, 1e6 * p));
  std::string path = "deep";
  for (int p = 0; p < 12; ++p) phases.push_back(own_phase(path += "/größer", 3, 1.0, 5e6));
  phases.push_back(own_phase("not known", {}, 0, 0));
  phases.back().own_energy = unknown_figure("why");
  summary.phases = phase_tree(phases);
  for (int i = 0; i < 20; ++i)
    summary.health.push_back({summary.nodes[3].hostname, "read_failed", std::string(120, 's'),
                              9'000'000'000'000'000'000, "No such device"});
  for (int i = 0; i < 30; ++i) {
    summary.sensors.push_back(summary.sensors[3]);
    summary.sensors.back().id = std::string(70, 'i') + std::to_string(i);
  }
  summary.imbalance = {12345.678, 0.0001};
  summary.recorder = {1e7, true, 9'000'000'000, 9'000'000'000, 9'000'000'000, 9.9};
  return summary;
}

Summary with_events_and_gpus() {
  Summary summary = measured_summary();
  summary.gpus = {{"node01",
                   "0000:81:00.0",
                   "nvml:0",
                   {0},
                   std::nullopt,
                   false,
                   true,
                   figure(12'345.6, 10, Basis::kMeasured)},
                  {"node01",
                   "0000:c1:00.0",
                   "nvml:1",
                   {0, 1},
                   std::nullopt,
                   true,
                   true,
                   figure(2'345.6, 10, Basis::kMeasured)},
                  {"node01",
                   "0000:c2:00.0",
                   "nvml:2",
                   {0, 1, 2},
                   {{0, 2}},
                   true,
                   true,
                   figure(345.6, 10, Basis::kAttributed)},
                  {"node01",
                   "0000:c3:00.0",
                   "nvml:3",
                   {0, 1},
                   {{1}},
                   true,
                   true,
                   figure(45.6, 10, Basis::kMeasured)},
                  {"node01",
                   "0000:c4:00.0",
                   "nvml:4",
                   {0, 1},
                   std::vector<std::int32_t>{},
                   true,
                   true,
                   figure(5, 1, Basis::kMeasured)},
                  {"node01",
                   "0000:e1:00.0",
                   "nvml:5",
                   {},
                   std::nullopt,
                   false,
                   false,
                   figure(900, 10, Basis::kMeasured)}};
  WaitSummary& waits = summary.waits;
  waits.recorded = true;
  waits.events = 1'234'567;
  waits.dropped = 12;
  waits.functions = {{"MPI_Recv", WaitKind::kLateSender, 4711, {12.5, 12.4, 12.6}},
                     {"MPI_Reduce_scatter_block_c", WaitKind::kCollective, 12, {0.5, 0.0, 1.5}},
                     {"MPI_Win_fence", WaitKind::kNotMatched, 3, {0.0, 0.0, 0.25}}};
  waits.ranks = {{1, 4720, {12.9, 12.4, 14.0}}, {0, 3, {0.1, 0.0, 0.1}}};
  waits.longest = {{1.25, 0, "MPI_Recv", WaitKind::kLateSender, {0.75, 0.75, 0.75}, 1, 2.0},
                   {98'765.4321,
                    127,
                    "MPI_Reduce_scatter_block_c",
                    WaitKind::kCollective,
                    {0.0021, 0.0, 0.0021},
                    100'000,
                    98'765.4}};
  return summary;
}

Summary empty_summary() {
  Summary summary;
  NodeSummary node;
  node.hostname = "laptop";
  node.energy = unknown_figure("no counted energy sensor of laptop could be read");
  node.complete = false;
  summary.nodes = {node};
  summary.energy = summary.idle = summary.unattributed = node.energy;
  return summary;
}

}  // namespace joulepath::report::testing
