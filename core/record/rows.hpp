// The rows of a trace, as plain structs: one schema from the recorder to the report.
// core/trace stores each struct as one column per member (docs/format.md); the
// analysis consumes the same structs and knows no file format.
//
// Times are CLOCK_MONOTONIC nanoseconds of the node. Small integers are keys into
// tables of the same node. Rows of entity tables (sensors, processes, lanes) may be
// appended again with new facts: the last row with a key holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/record/event_peer.hpp"
#include "core/record/signal.hpp"

namespace joulepath::record {

inline constexpr std::uint32_t kNone32 = 0xffffffffu;

/// One pass of the recorder: sensors first, then every lane.
struct TickRow {
  std::uint32_t tick = 0;       ///< 0, 1, 2 ... of this node
  std::int64_t t_begin_ns = 0;  ///< the pass began
  std::int64_t t_lanes_ns = 0;  ///< the moment to which the lanes' totals refer
};

struct SampleRow {
  std::uint32_t tick = 0;
  std::uint16_t sensor = 0;  ///< row key of the sensors table
  std::int64_t t_lo_ns = 0;  ///< the reading was taken within [t_lo, t_hi]
  std::int64_t t_hi_ns = 0;
  std::uint64_t raw = 0;  ///< in the sensor's unit, not unwrapped
  /// 1: the counter was seen to change to `raw` within [t_lo, t_hi], so that all energy up
  /// to then is in it, and none after. 0: it may lack what an update period used.
  std::uint8_t edge = 0;
};

/// Difference of a lane's cell since the previous tick. Rows of one
/// (tick, lane, cell) add up, so a value too large for its column is split.
struct ActivityRow {
  std::uint32_t tick = 0;
  std::uint32_t lane = 0;
  std::uint32_t cell = 0;
  std::uint32_t ns = 0;
  std::uint32_t calls = 0;  ///< of MPI functions; function 0: times the phase was begun
  std::uint64_t bytes = 0;
  std::uint32_t wait_ns = 0;  ///< part of calls beyond the least time seen for their size;
                              ///< booked when a call ends, so it may exceed this row's `ns`
};

/// CPU time of a lane's thread in the ticks after `since`, up to `tick`. No row, no CPU time.
struct CpuRow {
  std::uint32_t tick = 0;
  std::uint32_t lane = 0;
  std::uint64_t cpu_ns = 0;
  std::int32_t last_cpu = -1;  ///< the CPU it ran on last; -1: not known
  std::uint32_t since = 0;     ///< `tick` itself: CPU time is counted from here on
};

/// Something that the CPU or the kernel counts for each thread: instructions, cycles ...
struct CounterRow {
  std::uint16_t counter = 0;  ///< 0, 1, 2 ... of this node
  std::string name;           ///< "instructions", or as the user named it
};

/// What a counter counted for a lane's thread in the ticks after `since`, up to `tick`.
struct CountRow {
  std::uint32_t tick = 0;
  std::uint32_t lane = 0;
  std::uint16_t counter = 0;
  std::uint64_t count = 0;
  std::uint32_t since = 0;  ///< `tick` itself: it is counted from here on
};

/// GpuUseRow::busy_permille where the driver does not tell how busy a process keeps the GPU.
inline constexpr std::uint32_t kBusyNotTold = kNone32;

/// A process on a GPU in the ticks after `since`, up to `tick`, as the GPU's driver tells. One
/// look at a GPU gives a row for each process of the job that is on it, and always one for
/// all others (process kNone32).
struct GpuUseRow {
  std::uint32_t tick = 0;
  std::uint16_t sensor = 0;         ///< of the GPU
  std::uint32_t process = 0;        ///< kNone32: processes that are not the job's, together
  std::uint32_t busy_permille = 0;  ///< of the time its kernels ran; or kBusyNotTold
  std::uint32_t since = 0;
};

/// Who used the CPUs of a socket in the ticks after `since`, up to `tick`. A look gives a row for
/// each socket.
struct CpuUseRow {
  std::uint32_t tick = 0;
  std::int32_t socket = 0;      ///< physical package id
  std::uint64_t job_ns = 0;     ///< CPU time of the job's processes and of the recorder
  std::uint64_t others_ns = 0;  ///< CPU time of everything else on the node
  std::uint32_t sessions = 0;   ///< other sessions of this user that were recorded there
  std::uint32_t since = 0;
};

/// Event mode: one MPI call of a lane; or, where the cell's function is 0 and `ns` is 0, the
/// moment from which on the lane's time outside MPI passes in that cell: its phase changed.
/// The rows of one lane are in order of time and do not overlap. A row is named by its number
/// in the table, from 0.
struct EventRow {
  std::uint32_t tick = 0;  ///< the tick that brought it: the call ended before or in it
  std::uint32_t lane = 0;
  std::uint32_t cell = 0;
  std::int64_t t_begin_ns = 0;
  std::uint64_t ns = 0;
  std::uint64_t bytes = 0;
  std::int32_t peer = kNoPeer;           ///< rank in the communicator; root of a collective
  std::uint32_t communicator = kNone32;  ///< kNone32: none, or one that was not followed
  std::int32_t tag = kNoTag;
  std::uint32_t request = 0;  ///< that it started or completed; 0: none. A number of its
                              ///< process, and used again when the MPI uses the handle again
};

/// What an event's row has no room for: further requests, the receiving half of an exchange
/// (request 0), and the source of a completed receive that was posted for any.
struct EventItemRow {
  std::uint32_t tick = 0;
  std::uint64_t event = 0;  ///< number of the event
  std::uint32_t request = 0;
  std::int32_t peer = kNoPeer;
  std::int32_t tag = kNoTag;
};

/// One process's part in a communicator. Rows of equal `id` are the same communicator.
struct CommunicatorRow {
  std::uint32_t communicator = 0;
  std::uint32_t process = 0;
  std::uint64_t id = 0;
  std::int32_t size = 0;
  std::int32_t rank = -1;  ///< the process's rank in it
};

/// A synchronising collective on MPI_COMM_WORLD: nobody left it before the last had come. Rows of
/// equal ordinal, on all nodes, are the same collective.
struct MarkRow {
  std::uint32_t process = 0;
  std::uint64_t ordinal = 0;  ///< 1, 2, 3 ... of all such calls of the process
  std::int64_t t_begin_ns = 0;
  std::int64_t t_end_ns = 0;
};

/// What is to be added to the node's time for the reference's, when the node's clock shows `t_ns`:
/// known to be in [lo, hi]. Between two rows all three are on straight lines.
struct ClockRow {
  std::int64_t t_ns = 0;
  std::int64_t offset_ns = 0;
  std::int64_t lo_ns = 0;
  std::int64_t hi_ns = 0;
};

struct SensorRow {
  std::uint16_t sensor = 0;
  Signal signal;
};

/// How a process was last seen.
enum class ProcessState : std::uint8_t { kRunning = 0, kFinalized = 1, kDied = 2 };

struct ProcessRow {
  std::uint32_t process = 0;  ///< 0, 1, 2 ... of this node
  std::int32_t rank = -1;     ///< in MPI_COMM_WORLD; -1: not known (yet)
  std::int32_t world_size = -1;
  std::int32_t pid = 0;
  std::int64_t first_ns = 0;  ///< MPI_Init was entered
  std::int64_t last_ns = 0;   ///< last moment it was seen alive
  ProcessState state = ProcessState::kRunning;
  std::string cpuset;   ///< "0-3,8": logical CPUs of the system it may use
  std::string sockets;  ///< "0,1": physical package ids that cpuset touches
  std::string dies;     ///< "0:0,0:1": package:die
  std::string numa;     ///< "0": NUMA nodes of the cpuset
  /// "0000:81:00.0,...": GPUs that it may use, by PCI address, or by UUID where they have none.
  std::string gpus;
  std::string gpus_reason;  ///< why `gpus` may name too many; empty: it names what it sees
};

[[nodiscard]] bool may_use(const ProcessRow& process, std::string_view gpu);

/// How it is known what a lane does.
enum class LaneKind : std::uint8_t {
  kTold = 0,     ///< its thread calls MPI or names phases, and tells: rows of activity
  kSampled = 1,  ///< its thread does not: it was looked at now and then, and has CPU time only
  kOthers = 2,   ///< no thread, but the CPU time that a process used beside all its lanes: of
                 ///< threads that came and went between two looks, or for which there was no room
};

struct LaneRow {
  std::uint32_t lane = 0;  ///< 0, 1, 2 ... of this node
  std::uint32_t process = 0;
  std::uint32_t thread = 0;  ///< 0: the thread that initialised MPI; kNone32: of no kTold lane
  std::int32_t tid = 0;      ///< 0: of no thread
  std::int64_t first_ns = 0;
  std::int64_t last_ns = 0;
  LaneKind kind = LaneKind::kTold;
  std::string name;  ///< of the thread, as the system knows it; empty: not known
};

/// A (phase, MPI function) pair in which a lane spends time.
struct CellRow {
  std::uint32_t cell = 0;
  std::uint32_t phase = 0;
  std::uint32_t function = 0;  ///< 0: outside MPI
};

struct PhaseRow {
  std::uint32_t phase = 0;  ///< 0: outside every named phase
  std::string name;         ///< with those it lies in: "solve/exchange"
};

struct FunctionRow {
  std::uint32_t function = 0;
  std::string name;        ///< "MPI_Send"; "(compute)" for 0
  std::string class_name;  ///< see functions.hpp
};

/// What went wrong, or what the recorder cost. `value` is a count unless said.
enum class HealthKind : std::uint16_t {
  kLateTick = 1,         ///< ticks that came over half a period late
  kSkippedTicks = 2,     ///< periods in which no tick could be taken
  kReadFailed = 3,       ///< subject: sensor; detail: errno; value: reads lost
  kCellsDropped = 4,     ///< subject: lane; value: calls kept under "(other)"
  kLanesRefused = 5,     ///< subject: process; value: threads without a lane
  kRecorderCpu = 6,      ///< value: recorder's own CPU time so far in ns
  kProcessRefused = 7,   ///< value: channels that could not be read
  kRecorderStopped = 8,  ///< the last row of an orderly end; detail: signal or 0
  kRowsLost = 9,         ///< value: ticks not taken as the file could not be written; detail: errno
  kEdgesMissed = 10,     ///< subject: sensor; value: updates looked for that did not come in time
  kBudgetReached = 11,   ///< value: looks for updates left out to keep to the CPU budget
  kPhasesDropped = 12,   ///< subject: process; value: begins and ends of phases not booked
  // Of the sensors' test in the first seconds, and of the whole recording.
  kCounterStuck = 13,     ///< subject: sensor; value: ns for which it never moved
  kPowerDisagrees = 14,   ///< subject: counter; detail: sensor of power of the same device;
                          ///< value: the counter above the power, in per mille of the greater
  kPeriodDiffers = 15,    ///< subject: sensor; value: measured ns, not what its device states
  kCounterAnomaly = 16,   ///< subject: sensor; detail: StepKind of the last; value: such steps
  kThreadPeriod = 17,     ///< value: ns between two looks at the threads, from here on
  kThreadsNotNamed = 18,  ///< subject: process; value: threads at a time, with CPU time in the
                          ///< lane of kind kOthers, as there were too many for lanes of their own
  // Of event mode.
  kEventsDropped = 19,      ///< subject: lane; value: events that found no room
  kEventsRefused = 20,      ///< subject: process; value: threads without events
  kEventsFilteredOut = 21,  ///< value: events that the user's filter left out
};

std::string_view to_string(HealthKind kind);

struct HealthRow {
  std::int64_t t_ns = 0;
  HealthKind kind = HealthKind::kLateTick;
  std::uint32_t subject = kNone32;
  std::int32_t detail = 0;
  std::int64_t value = 0;
};

/// A fact about the run: "command", "mpi", "start_utc_ns" ... (docs/format.md).
struct MetaRow {
  std::string key;
  std::string value;
};

/// What a node is; fixed when its file is created.
struct NodeInfo {
  std::string hostname;
  std::string identity;  ///< tells two nodes apart where hostnames do not
  std::string cpu_model;
  std::string kernel;
  std::string topology_xml;       ///< hwloc's own export
  std::int64_t start_utc_ns = 0;  ///< the same moment on both clocks
  std::int64_t start_monotonic_ns = 0;
  std::int64_t period_ns = 0;  ///< configured time between ticks
  int sockets = 0;
  int cpus = 0;
  int events = 0;  ///< 1: event mode: there are events, event_items and communicators
};

}  // namespace joulepath::record
