#include "tests/accuracy/sim/recording.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string>

#include "tests/accuracy/sim/lane_totals.hpp"

namespace joulepath::accuracy {
namespace {

record::SensorRow sensor_row(const Sensor& sensor, std::size_t number) {
  const RegisterSettings& settings = sensor.counter->settings();
  record::SensorRow row;
  row.sensor = static_cast<std::uint16_t>(number);
  record::Signal& signal = row.signal;
  signal.id = "simulated:" + std::to_string(number);
  signal.domain = sensor.domain;
  signal.device =
      std::string(record::to_string(sensor.domain)) + "-" + std::to_string(sensor.socket);
  signal.socket = sensor.socket;
  signal.unit = "unit";
  signal.si_per_unit = settings.joules_per_unit;
  signal.modulus = settings.modulus;
  signal.update_period_ns = settings.period_ns;
  signal.source = "simulated";
  signal.counted = settings.core < 0;
  signal.readable = true;
  if (settings.core >= 0) {
    signal.device =
        "package-" + std::to_string(sensor.socket) + "/core-" + std::to_string(settings.core);
    signal.contained_in = "the package of socket " + std::to_string(sensor.socket);
  }
  return row;
}

/// As hwloc exports it; each core has one hardware thread, of the same number.
std::string topology_of(const Machine& machine) {
  std::string xml = "<topology version=\"2.0\">\n<object type=\"Machine\" os_index=\"0\">\n";
  for (std::size_t socket = 0; socket < machine.sockets.size(); ++socket) {
    xml += "<object type=\"Package\" os_index=\"" + std::to_string(socket) + "\">\n";
    for (int core = 0; core < machine.sockets[socket].cores; ++core) {
      const std::string number = std::to_string(core);
      xml += "<object type=\"Core\" os_index=\"" + number + "\"><object type=\"PU\" os_index=\"" +
             number + "\"/></object>\n";
    }
    xml += "</object>\n";
  }
  return xml + "</object>\n</topology>\n";
}

/// The cores that a rank's lanes ever use, or all.
std::string cpuset_of(const Machine& machine, const Program& program, std::int32_t rank,
                      bool pinned) {
  std::set<std::int32_t> cpus;
  for (const Lane& lane : program.lanes) {
    if (!pinned)
      for (int core = 0; core < machine.sockets[static_cast<std::size_t>(lane.socket())].cores;
           ++core)
        cpus.insert(core);
    for (const Stretch& stretch : lane.stretches())
      if (lane.rank() == rank && stretch.core >= 0) cpus.insert(stretch.core);
  }
  std::string list;
  for (const std::int32_t cpu : cpus) list += (list.empty() ? "" : ",") + std::to_string(cpu);
  return list;
}

/// One process for each rank, one lane for each of the program's.
void add_entities(const Program& program, record::NodeTables& node) {
  for (std::uint32_t number = 0; number < program.lanes.size(); ++number) {
    const Lane& lane = program.lanes[number];
    auto process = std::find_if(node.processes.begin(), node.processes.end(),
                                [&](const auto& known) { return known.rank == lane.rank(); });
    if (process == node.processes.end()) {
      record::ProcessRow row;
      row.process = static_cast<std::uint32_t>(node.processes.size());
      row.rank = lane.rank();
      row.pid = 1000 + lane.rank();
      row.state = record::ProcessState::kFinalized;
      row.first_ns = lane.begin_ns();
      process = node.processes.insert(node.processes.end(), row);
    }
    process->last_ns = std::max(process->last_ns, lane.now_ns());
    const std::string socket = std::to_string(lane.socket());
    if (process->sockets.empty()) process->sockets = socket;
    if (process->sockets != socket) throw std::logic_error("a simulated rank lives on one socket");
    node.lanes.push_back({number,
                          process->process,
                          lane.thread(),
                          2000 + static_cast<std::int32_t>(number),
                          process->first_ns,
                          lane.now_ns(),
                          record::LaneKind::kTold,
                          {}});
  }
}

record::RunTables run_tables(const Program& program) {
  record::RunTables run;
  run.schema_version = 2;
  for (const auto& name : program.phases)
    run.phases.push_back({static_cast<std::uint32_t>(run.phases.size()), name});
  for (std::uint32_t function = 0; function < kFunctionCount; ++function)
    run.functions.push_back({function, function_name(function), function_class(function)});
  return run;
}

/// A reading: what the trace says of it, and what is true.
struct Look {
  record::SampleRow row;
  std::int64_t true_ns = 0;
  std::uint64_t units = 0;
};

class Recorder {
 public:
  Recorder(const std::vector<Sensor>& sensors, const RecorderSettings& settings, Random& random)
      : sensors_(sensors),
        settings_(settings),
        random_(random),
        done_ns_(sensors.size()),
        passes_(sensors.size()) {}

  /// All sensors of a socket, the tracked one first; those of single cores when they are due.
  std::vector<Look> read_socket(int socket, std::int64_t now_ns, bool cores_due) {
    std::vector<Look> looks;
    for (std::size_t number = 0; number < sensors_.size(); ++number) {
      if (sensors_[number].socket != socket) continue;
      if (sensors_[number].counter->settings().core >= 0 && !cores_due) continue;
      const bool tracked =
          looks.empty() && settings_.track_edges && passes_[number]++ % settings_.track_every == 0;
      Look look = tracked ? edge(number, now_ns) : plain(number, now_ns);
      look.row.sensor = static_cast<std::uint16_t>(number);
      now_ns = std::max(now_ns, look.row.t_hi_ns);
      done_ns_[number] = look.row.t_hi_ns;
      looks.push_back(look);
    }
    return looks;
  }

 private:
  Look edge(std::size_t number, std::int64_t now_ns) {
    const EnergyRegister& counter = *sensors_[number].counter;
    now_ns = std::max(now_ns, done_ns_[number] + 1);
    const EnergyRegister::Update* update = counter.after(now_ns);
    // No update within three periods: it gives up, as a recorder must.
    if (update == nullptr || update->t_ns > now_ns + 3 * counter.settings().period_ns)
      return plain(number, now_ns);
    const auto width = 2 * settings_.edge_ns;
    Look look;
    const auto before = static_cast<std::int64_t>(random_.uniform() * static_cast<double>(width));
    look.row.t_lo_ns = std::max(update->t_ns - before, done_ns_[number]);
    look.row.t_hi_ns = update->t_ns - before + width;
    // A wide interval may hold a second update; it is the last that is seen.
    const EnergyRegister::Update& last = counter.at(look.row.t_hi_ns);
    look.row.raw = counter.raw(last);
    look.row.edge = 1;
    look.true_ns = last.t_ns;
    look.units = last.units;
    return look;
  }

  Look plain(std::size_t number, std::int64_t now_ns) {
    const EnergyRegister& counter = *sensors_[number].counter;
    Look look;
    look.row.t_lo_ns = now_ns;
    look.row.t_hi_ns = now_ns + settings_.read_ns;
    look.true_ns = now_ns + static_cast<std::int64_t>(random_.uniform() *
                                                      static_cast<double>(settings_.read_ns));
    const EnergyRegister::Update& update = counter.at(look.true_ns);
    look.row.raw = counter.raw(update);
    look.units = update.units;
    return look;
  }

  const std::vector<Sensor>& sensors_;
  const RecorderSettings& settings_;
  Random& random_;
  std::vector<std::int64_t> done_ns_;
  std::vector<std::uint32_t> passes_;
};

std::int64_t after_holes(const RecorderSettings& settings, std::int64_t t_ns) {
  for (const auto& [begin, end] : settings.holes)
    if (t_ns >= begin && t_ns < end) return end;
  return t_ns;
}

}  // namespace

Recording record_run(const Machine& machine, const Program& program,
                     const std::vector<Sensor>& sensors, const RecorderSettings& settings,
                     Random& random) {
  Recording recording;
  recording.run = run_tables(program);
  record::NodeTables& node = recording.node;
  node.info.hostname = "simulated";
  node.info.period_ns = settings.tick_ns;
  node.info.sockets = static_cast<int>(machine.sockets.size());
  node.complete = true;
  for (std::size_t i = 0; i < sensors.size(); ++i)
    node.sensors.push_back(sensor_row(sensors[i], i));
  add_entities(program, node);
  if (settings.count_cycles) node.counters.push_back({0, "cycles"});
  node.info.topology_xml = topology_of(machine);
  for (record::ProcessRow& process : node.processes)
    process.cpuset = cpuset_of(machine, program, process.rank, settings.pinned);

  CellNumbers cells;
  std::vector<LaneTotals> lanes;
  for (std::uint32_t i = 0; i < program.lanes.size(); ++i)
    lanes.emplace_back(program.lanes[i], i, cells);
  Recorder recorder(sensors, settings, random);
  recording.spans.resize(sensors.size());

  std::int64_t longest_ns = 0;
  for (const Sensor& sensor : sensors)
    longest_ns = std::max(longest_ns, sensor.counter->settings().period_ns);
  const std::int64_t margin_ns =
      settings.track_edges ? 3 * longest_ns + 2 * settings.edge_ns + kMs : kMs;
  std::int64_t block_end_ns = machine.begin_ns;
  std::int64_t lanes_ns = machine.begin_ns;
  std::uint32_t tick = 0;
  std::int64_t cores_due_ns = machine.begin_ns;
  std::vector<std::int64_t> threads_due_ns(machine.sockets.size(), machine.begin_ns);
  for (std::int64_t due_ns = machine.begin_ns + kMs; due_ns + margin_ns < machine.end_ns;
       due_ns += settings.tick_ns) {
    const auto late =
        static_cast<std::int64_t>(random.uniform() * static_cast<double>(settings.late_ns));
    const std::int64_t begin_ns = std::max(after_holes(settings, due_ns + late), lanes_ns);
    // Whole periods in a hole, or taken up by the last look, are skipped.
    if (begin_ns >= due_ns + settings.tick_ns) continue;
    if (begin_ns >= block_end_ns) {
      recording.blocks.emplace_back();
      block_end_ns = begin_ns + kSecond;
    }
    record::Block& block = recording.blocks.back();
    const bool last = due_ns + settings.tick_ns + margin_ns >= machine.end_ns;
    const bool cores_due = begin_ns >= cores_due_ns || last;
    if (begin_ns >= cores_due_ns) cores_due_ns += kSecond;
    for (int socket = 0; socket < node.info.sockets; ++socket) {
      std::int64_t read_ns = begin_ns;
      std::int64_t counted_ns = begin_ns;
      for (Look& look : recorder.read_socket(socket, begin_ns, cores_due)) {
        look.row.tick = tick;
        // Lanes count up to the middle of the edge, or to the reading where there is none.
        if (read_ns == begin_ns)
          counted_ns = look.row.edge != 0
                           ? look.row.t_lo_ns + (look.row.t_hi_ns - look.row.t_lo_ns) / 2
                           : look.row.t_hi_ns;
        block.samples.push_back(look.row);
        SensorSpan& span = recording.spans[look.row.sensor];
        if (span.last_ns == 0) {
          span.first_ns = look.true_ns;
          span.first_units = look.units;
        }
        span.last_ns = look.true_ns;
        span.last_units = look.units;
        read_ns = look.row.t_hi_ns;
      }
      for (std::uint32_t lane = 0; lane < lanes.size(); ++lane)
        if (program.lanes[lane].socket() == socket)
          lanes[lane].look(read_ns, counted_ns, tick, block);
      std::int64_t& threads_due = threads_due_ns[static_cast<std::size_t>(socket)];
      if (begin_ns >= threads_due || last) {
        threads_due = begin_ns + settings.threads_ns;
        for (std::uint32_t lane = 0; lane < lanes.size(); ++lane)
          if (program.lanes[lane].socket() == socket)
            lanes[lane].look_at_thread(tick, settings.count_cycles, block);
      }
      lanes_ns = std::max(lanes_ns, read_ns);
      block.ticks.push_back({tick, begin_ns, counted_ns});
      ++tick;
    }
  }
  node.cells = cells.rows();
  if (tick < 2) throw std::logic_error("the simulated run is shorter than two ticks");
  for (const SensorSpan& span : recording.spans)
    for (const Lane& lane : program.lanes)
      if (!lane.stretches().empty() &&
          (lane.begin_ns() < span.first_ns || lane.now_ns() > span.last_ns))
        throw std::logic_error("the simulated readings do not enclose the lanes");
  return recording;
}

}  // namespace joulepath::accuracy
