// What a recorder would have written of a simulated run: tables and blocks of ticks.
//
// At every tick it looks, for each socket in turn, for the next update of that socket's
// counter by polling every 2u, so that the update is known to lie within an interval of
// 2u that is placed at random around it; at the end of that interval it reads the lanes
// of the socket, to the nanosecond. Without tracking it reads the counter when the tick
// comes, whenever its last update was, and then the lanes.
//
// Threads may be looked at more rarely, as a recorder does: then CPU time, and what was counted
// of cycles, is told for the time since the last look, and where the thread ran last is asked for
// at every fourth. Counters of single cores are read each second, and at the first and last tick.
//
// The trace must begin before the first lane and end after the last, so that the truth
// of a phase is that of all its instances.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "core/record/tables.hpp"
#include "tests/accuracy/sim/energy_register.hpp"
#include "tests/accuracy/sim/power.hpp"
#include "tests/accuracy/sim/schedule.hpp"

namespace joulepath::accuracy {

struct RecorderSettings {
  std::int64_t tick_ns = 10 * kMs;
  bool track_edges = true;
  std::int64_t edge_ns = 25 * kUs;  ///< u: an edge is known within +-u; the recorder's looks
                                    ///< are at most 50 us apart
  /// Only every so many ticks: a recorder within its budget of CPU time.
  std::uint32_t track_every = 1;
  std::int64_t late_ns = 50 * kUs;  ///< a tick comes up to this late
  std::int64_t read_ns = 4 * kUs;   ///< a plain reading takes this long
  /// Threads are looked at so often, for CPU time, cycles and the core; 0: CPU time at each tick.
  std::int64_t threads_ns = 0;
  bool count_cycles = false;
  /// Every rank may use its lanes' cores only; else any of its socket.
  bool pinned = true;
  /// Times in which the recorder did not run.
  std::vector<std::pair<std::int64_t, std::int64_t>> holes;
};

/// A counter of the machine, as the recorder sees it. The first sensor of a socket is the
/// one that is tracked; the others are read along with it.
struct Sensor {
  int socket = 0;
  record::Domain domain = record::Domain::kPackage;
  EnergyRegister* counter = nullptr;
};

/// The true moments and values of a sensor's first and last reading.
struct SensorSpan {
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
  std::uint64_t first_units = 0;  ///< not wrapped
  std::uint64_t last_units = 0;
};

struct Recording {
  record::RunTables run;
  record::NodeTables node;
  std::vector<record::Block> blocks;  ///< about a second each
  std::vector<SensorSpan> spans;      ///< by sensor
};

Recording record_run(const Machine& machine, const Program& program,
                     const std::vector<Sensor>& sensors, const RecorderSettings& settings,
                     Random& random);

}  // namespace joulepath::accuracy
