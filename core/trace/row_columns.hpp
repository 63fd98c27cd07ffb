// Which column holds which member: each column of a trace is named here and nowhere
// else. The first column is the key of tables whose last row with a key holds, and
// the tick of tables that grow with time. Renaming one changes the file format:
// raise kSchemaVersion.
#pragma once

#include <functional>
#include <string>
#include <tuple>
#include <type_traits>

#include "core/record/rows.hpp"
#include "core/trace/column_codec.hpp"
#include "core/trace/schema.hpp"

namespace joulepath::trace {

/// A row of /health_kinds: what the numbers in health/kind mean.
struct HealthKindRow {
  record::HealthKind kind = record::HealthKind::kLateTick;
  std::string name;
};

template <class Get>
struct Column {
  const char* name;
  Get get;  ///< pointer to member, or a callable that gives a reference
  const char* units;
  const char* long_name;
  std::size_t text_width = 0;
};

template <class Get>
Column(const char*, Get, const char*, const char*, std::size_t = 0) -> Column<Get>;

template <class Row, class C>
using ColumnValue = std::remove_cvref_t<std::invoke_result_t<decltype(C::get), Row&>>;

template <class Row, class C>
constexpr ColumnInfo column_info(const C& column) {
  using V = ColumnValue<Row, C>;
  return {column.name, element_type<V>(), element_width<V>(column.text_width), column.units,
          column.long_name};
}

/// A member of a sensor row's signal.
template <class V>
struct OfSignal {
  V record::Signal::*member;
  V& operator()(record::SensorRow& row) const { return row.signal.*member; }
  const V& operator()(const record::SensorRow& row) const { return row.signal.*member; }
};
template <class V>
OfSignal(V record::Signal::*) -> OfSignal<V>;

template <class Row>
struct Table;

template <>
struct Table<record::MetaRow> {
  using R = record::MetaRow;
  static constexpr TableInfo kInfo{"meta", Scope::kRun, 16, 64, "facts about the run"};
  static constexpr std::tuple kColumns{Column{"key", &R::key, "text", "name of the fact", 64},
                                       Column{"value", &R::value, "text", "its value", 4096}};
};

template <>
struct Table<record::PhaseRow> {
  using R = record::PhaseRow;
  static constexpr TableInfo kInfo{"phases", Scope::kRun, 64, 1024, "phases of the program"};
  static constexpr std::tuple kColumns{
      Column{"phase", &R::phase, "1", "key of the phase; 0: outside every named phase"},
      Column{"name", &R::name, "text", "name of the phase, with those it lies in: a/b", 256}};
};

template <>
struct Table<record::FunctionRow> {
  using R = record::FunctionRow;
  static constexpr TableInfo kInfo{"functions", Scope::kRun, 512, 1024,
                                   "MPI functions, and waits of threads"};
  static constexpr std::tuple kColumns{
      Column{"function", &R::function, "1", "key of the function; 0: computing"},
      Column{"name", &R::name, "text", "name of the function", 64},
      Column{"class", &R::class_name, "text", "what its time counts as", 32}};
};

template <>
struct Table<HealthKindRow> {
  using R = HealthKindRow;
  static constexpr TableInfo kInfo{"health_kinds", Scope::kRun, 32, 32, "meaning of health/kind"};
  static constexpr std::tuple kColumns{Column{"kind", &R::kind, "1", "number in health/kind"},
                                       Column{"name", &R::name, "text", "its name", 32}};
};

template <>
struct Table<record::SensorRow> {
  using S = record::Signal;
  static constexpr TableInfo kInfo{"sensors", Scope::kNode, 32, 64,
                                   "signals that were looked for, read or not"};
  static constexpr std::tuple kColumns{
      Column{"sensor", &record::SensorRow::sensor, "1", "key of the sensor"},
      Column{"id", OfSignal{&S::id}, "text", "name, unique in the node", 128},
      Column{"domain", OfSignal{&S::domain}, "text", "what it covers", 16},
      Column{"device", OfSignal{&S::device}, "text", "the system's name for the device", 64},
      Column{"socket", OfSignal{&S::socket}, "1", "physical package id; -1: not of one socket"},
      Column{"pci", OfSignal{&S::pci}, "text", "PCI bus id of the device", 32},
      Column{"uuid", OfSignal{&S::uuid}, "text", "the vendor's name for the device", 64},
      Column{"kind", OfSignal{&S::kind}, "text", "what a raw reading means", 32},
      Column{"unit", OfSignal{&S::unit}, "text", "unit of the raw integer", 32},
      Column{"si_per_unit", OfSignal{&S::si_per_unit}, "see sensors/kind",
             "joules (energy) or watts (power) for one raw unit"},
      Column{"modulus", OfSignal{&S::modulus}, "see sensors/unit",
             "raw counts at which the counter wraps; 0: never"},
      Column{"update_period", OfSignal{&S::update_period_ns}, "ns",
             "time between updates of the device; 0: unknown"},
      Column{"averaging", OfSignal{&S::averaging_ns}, "ns",
             "a reading of averaged power is the mean over this time; 0: not known"},
      Column{"sampled_share", OfSignal{&S::sampled_share}, "1",
             "part of the time in which the device samples its power"},
      Column{"longest_gap", OfSignal{&S::longest_gap_ns}, "ns",
             "counts are lost unless it is read so often; 0: no such limit"},
      Column{"source", OfSignal{&S::source}, "text", "backend that reads it", 32},
      Column{"provenance", OfSignal{&S::provenance}, "text", "how far it can be trusted", 32},
      Column{"relative_error", OfSignal{&S::relative_error}, "1",
             "relative half-width of a model's error; 0 for sensors"},
      Column{"counted", OfSignal{&S::counted}, "1", "1: part of the node's total"},
      Column{"contained_in", OfSignal{&S::contained_in}, "text",
             "id of the sensor that already includes it", 128},
      Column{"excluded_by", OfSignal{&S::excluded_by}, "text",
             "id of the sensor that is used for the same joules", 128},
      Column{"readable", OfSignal{&S::readable}, "1", "1: it could be read"},
      Column{"reason", OfSignal{&S::reason}, "text", "why it is not readable or not counted", 256},
      Column{"remedy", OfSignal{&S::remedy}, "text", "what would make it readable", 256}};
};

template <>
struct Table<record::ProcessRow> {
  using R = record::ProcessRow;
  static constexpr TableInfo kInfo{"processes", Scope::kNode, 64, 256, "processes of the job"};
  static constexpr std::tuple kColumns{
      Column{"process", &R::process, "1", "key of the process"},
      Column{"rank", &R::rank, "1", "rank in MPI_COMM_WORLD; -1: not known"},
      Column{"world_size", &R::world_size, "1", "size of MPI_COMM_WORLD; -1: not known"},
      Column{"pid", &R::pid, "1", "process id"},
      Column{"first", &R::first_ns, "ns", "MPI_Init was entered (node's monotonic clock)"},
      Column{"last", &R::last_ns, "ns", "last seen alive (node's monotonic clock)"},
      Column{"state", &R::state, "text", "running, finalized or died", 16},
      Column{"cpuset", &R::cpuset, "text", "logical CPUs it may use", 1024},
      Column{"sockets", &R::sockets, "text", "physical package ids of the cpuset", 128},
      Column{"dies", &R::dies, "text", "package:die of the cpuset", 256},
      Column{"numa", &R::numa, "text", "NUMA nodes of the cpuset", 256},
      Column{"gpus", &R::gpus, "text", "PCI addresses, else UUIDs, of the GPUs it may use", 512},
      Column{"gpus_reason", &R::gpus_reason, "text", "why gpus may name too many", 256}};
};

template <>
struct Table<record::LaneRow> {
  using R = record::LaneRow;
  static constexpr TableInfo kInfo{"lanes", Scope::kNode, 256, 1024, "threads that were followed"};
  static constexpr std::tuple kColumns{
      Column{"lane", &R::lane, "1", "key of the lane"},
      Column{"process", &R::process, "1", "key into processes"},
      Column{"thread", &R::thread, "1",
             "thread of the process; 0 initialised MPI; 4294967295: not of kind told"},
      Column{"tid", &R::tid, "1", "the system's thread id; 0: of no thread"},
      Column{"first", &R::first_ns, "ns", "first seen (node's monotonic clock)"},
      Column{"last", &R::last_ns, "ns", "last seen (node's monotonic clock)"},
      Column{"kind", &R::kind, "text", "told, sampled or others", 16},
      Column{"name", &R::name, "text", "the system's name of the thread", 16}};
};

template <>
struct Table<record::CellRow> {
  using R = record::CellRow;
  static constexpr TableInfo kInfo{"cells", Scope::kNode, 256, 1024,
                                   "(phase, function) pairs in which lanes spend time"};
  static constexpr std::tuple kColumns{Column{"cell", &R::cell, "1", "key of the cell"},
                                       Column{"phase", &R::phase, "1", "key into phases"},
                                       Column{"function", &R::function, "1", "key into functions"}};
};

template <>
struct Table<record::TickRow> {
  using R = record::TickRow;
  static constexpr TableInfo kInfo{"ticks", Scope::kNode, 64, 16384, "passes of the recorder"};
  static constexpr std::tuple kColumns{
      Column{"tick", &R::tick, "1", "number of the pass"},
      Column{"t_begin", &R::t_begin_ns, "ns", "the pass began (node's monotonic clock)"},
      Column{"t_lanes", &R::t_lanes_ns, "ns", "moment to which the lanes' totals refer"}};
};

template <>
struct Table<record::SampleRow> {
  using R = record::SampleRow;
  static constexpr TableInfo kInfo{"samples", Scope::kNode, 512, 65536, "readings of the sensors"};
  static constexpr std::tuple kColumns{
      Column{"tick", &R::tick, "1", "key into ticks"},
      Column{"sensor", &R::sensor, "1", "key into sensors"},
      Column{"t_lo", &R::t_lo_ns, "ns", "the reading was taken at t_lo or later"},
      Column{"t_hi", &R::t_hi_ns, "ns", "the reading was taken at t_hi or before"},
      Column{"raw", &R::raw, "see sensors/unit", "raw integer, not unwrapped"},
      Column{"edge", &R::edge, "1", "1: the counter was seen to change to raw in [t_lo, t_hi]"}};
};

template <>
struct Table<record::ActivityRow> {
  using R = record::ActivityRow;
  static constexpr TableInfo kInfo{"activity", Scope::kNode, 2048, 65536,
                                   "what lanes did since the tick before"};
  static constexpr std::tuple kColumns{
      Column{"tick", &R::tick, "1", "key into ticks"},
      Column{"lane", &R::lane, "1", "key into lanes"},
      Column{"cell", &R::cell, "1", "key into cells"},
      Column{"ns", &R::ns, "ns", "time spent in the cell"},
      Column{"calls", &R::calls, "1", "calls completed; function 0: times the phase was begun"},
      Column{"bytes", &R::bytes, "bytes", "payload moved by those calls"},
      Column{"wait", &R::wait_ns, "ns", "time of calls beyond the least seen for their size"}};
};

template <>
struct Table<record::CpuRow> {
  using R = record::CpuRow;
  static constexpr TableInfo kInfo{"cpu", Scope::kNode, 256, 65536, "CPU time of lanes"};
  static constexpr std::tuple kColumns{
      Column{"tick", &R::tick, "1", "key into ticks"},
      Column{"lane", &R::lane, "1", "key into lanes"},
      Column{"cpu", &R::cpu_ns, "ns", "CPU time in the ticks after since, up to tick"},
      Column{"last_cpu", &R::last_cpu, "1", "logical CPU it ran on last; -1: not known"},
      Column{"since", &R::since, "1", "key into ticks; tick itself: counted from here on"}};
};

template <>
struct Table<record::CounterRow> {
  using R = record::CounterRow;
  static constexpr TableInfo kInfo{"counters", Scope::kNode, 16, 64,
                                   "what is counted for each thread"};
  static constexpr std::tuple kColumns{
      Column{"counter", &R::counter, "1", "key of the counter"},
      Column{"name", &R::name, "text", "its name, as perf has it or the user gave it", 256}};
};

template <>
struct Table<record::CountRow> {
  using R = record::CountRow;
  static constexpr TableInfo kInfo{"counts", Scope::kNode, 512, 65536,
                                   "what counters counted for lanes"};
  static constexpr std::tuple kColumns{
      Column{"tick", &R::tick, "1", "key into ticks"},
      Column{"lane", &R::lane, "1", "key into lanes"},
      Column{"counter", &R::counter, "1", "key into counters"},
      Column{"count", &R::count, "1", "counted in the ticks after since, up to tick"},
      Column{"since", &R::since, "1", "key into ticks; tick itself: counted from here on"}};
};

template <>
struct Table<record::GpuUseRow> {
  using R = record::GpuUseRow;
  static constexpr TableInfo kInfo{"gpu_use",
                                   Scope::kNode,
                                   1024,
                                   16384,
                                   "which processes were on a GPU, as its driver tells",
                                   Presence::kAlways,
                                   LiveStorage::kPlain};
  static constexpr std::tuple kColumns{
      Column{"tick", &R::tick, "1", "key into ticks"},
      Column{"sensor", &R::sensor, "1", "key into sensors: of the GPU"},
      Column{"process", &R::process, "1", "key into processes; 4294967295: others, together"},
      Column{"busy", &R::busy_permille, "per mille",
             "of the time its kernels ran; 4294967295: not told"},
      Column{"since", &R::since, "1", "key into ticks: it holds after since, up to tick"}};
};

template <>
struct Table<record::CpuUseRow> {
  using R = record::CpuUseRow;
  static constexpr TableInfo kInfo{
      "cpu_use",         Scope::kNode,       256, 4096, "who used the CPUs of each socket",
      Presence::kAlways, LiveStorage::kPlain};
  static constexpr std::tuple kColumns{
      Column{"tick", &R::tick, "1", "key into ticks"},
      Column{"socket", &R::socket, "1", "physical package id"},
      Column{"job", &R::job_ns, "ns", "CPU time of the job's processes and of the recorder"},
      Column{"others", &R::others_ns, "ns", "CPU time of everything else on the node"},
      Column{"sessions", &R::sessions, "1", "other recorded sessions of this user at that time"},
      Column{"since", &R::since, "1", "key into ticks: it holds after since, up to tick"}};
};

template <>
struct Table<record::EventRow> {
  using R = record::EventRow;
  static constexpr TableInfo kInfo{
      "events", Scope::kNode, 4096, 65536, "event mode: each MPI call", Presence::kWithEvents};
  static constexpr std::tuple kColumns{
      Column{"tick", &R::tick, "1", "key into ticks"},
      Column{"lane", &R::lane, "1", "key into lanes"},
      Column{"cell", &R::cell, "1", "key into cells; of function 0: the phase changed to its"},
      Column{"t_begin", &R::t_begin_ns, "ns", "the call began (node's monotonic clock)"},
      Column{"ns", &R::ns, "ns", "how long it took"},
      Column{"bytes", &R::bytes, "bytes", "payload it moved; peer -5: how many polls"},
      Column{
          "peer", &R::peer, "1",
          "rank in the communicator, root; -1: none, -2: any, -3: null, -4: the call failed, -5: "
          "polls in a row that found nothing"},
      Column{"communicator", &R::communicator, "1",
             "key into communicators; 4294967295: none or not followed"},
      Column{"tag", &R::tag, "1", "tag of the message; -1: none, -2: any"},
      Column{"request", &R::request, "1", "request it started or completed; 0: none"}};
};

template <>
struct Table<record::EventItemRow> {
  using R = record::EventItemRow;
  static constexpr TableInfo kInfo{"event_items",
                                   Scope::kNode,
                                   4096,
                                   65536,
                                   "event mode: more requests and peers of events",
                                   Presence::kWithEvents};
  static constexpr std::tuple kColumns{
      Column{"tick", &R::tick, "1", "key into ticks"},
      Column{"event", &R::event, "1", "row of events"},
      Column{"request", &R::request, "1", "request; 0: the receive of an exchange"},
      Column{"peer", &R::peer, "1", "source of the message; -1: none"},
      Column{"tag", &R::tag, "1", "tag of the message; -1: none"}};
};

template <>
struct Table<record::CommunicatorRow> {
  using R = record::CommunicatorRow;
  static constexpr TableInfo kInfo{
      "communicators",      Scope::kNode, 64, 1024, "event mode: communicators of the processes",
      Presence::kWithEvents};
  static constexpr std::tuple kColumns{
      Column{"communicator", &R::communicator, "1", "key of the communicator"},
      Column{"process", &R::process, "1", "key into processes"},
      Column{"id", &R::id, "1", "equal for all members, on all nodes"},
      Column{"size", &R::size, "1", "number of members"},
      Column{"rank", &R::rank, "1", "rank of the process in it"}};
};

template <>
struct Table<record::MarkRow> {
  using R = record::MarkRow;
  static constexpr TableInfo kInfo{"marks",
                                   Scope::kNode,
                                   256,
                                   4096,
                                   "collectives that all processes left together",
                                   Presence::kAlways,
                                   LiveStorage::kPlain};
  static constexpr std::tuple kColumns{
      Column{"process", &R::process, "1", "key into processes"},
      Column{"ordinal", &R::ordinal, "1", "number of the collective, equal on all processes"},
      Column{"t_begin", &R::t_begin_ns, "ns", "the call began (node's monotonic clock)"},
      Column{"t_end", &R::t_end_ns, "ns", "it ended: on all nodes after the last has begun"}};
};

template <>
struct Table<record::ClockRow> {
  using R = record::ClockRow;
  static constexpr TableInfo kInfo{"clock",
                                   Scope::kNode,
                                   64,
                                   256,
                                   "gathered: from the node's clock to the reference's",
                                   Presence::kAlways,
                                   LiveStorage::kPlain};
  static constexpr std::tuple kColumns{
      Column{"t", &R::t_ns, "ns", "moment (node's monotonic clock)"},
      Column{"offset", &R::offset_ns, "ns", "to be added for the reference's monotonic clock"},
      Column{"lo", &R::lo_ns, "ns", "the offset is not less"},
      Column{"hi", &R::hi_ns, "ns", "the offset is not more"}};
};

template <>
struct Table<record::HealthRow> {
  using R = record::HealthRow;
  static constexpr TableInfo kInfo{"health",
                                   Scope::kNode,
                                   256,
                                   4096,
                                   "what went wrong, and what the recorder cost",
                                   Presence::kAlways,
                                   LiveStorage::kPlain};
  static constexpr std::tuple kColumns{
      Column{"t", &R::t_ns, "ns", "when it was noted (node's monotonic clock)"},
      Column{"kind", &R::kind, "1", "key into /health_kinds"},
      Column{"subject", &R::subject, "1", "sensor, process or lane; 4294967295: none"},
      Column{"detail", &R::detail, "1", "errno or signal number; 0: none"},
      Column{"value", &R::value, "see health/kind", "count, or ns for recorder_cpu_ns"}};
};

/// The attributes of /nodes/<n>; text takes the width it needs.
struct NodeAttributes {
  using R = record::NodeInfo;
  static constexpr std::tuple kColumns{
      Column{"hostname", &R::hostname, "text", "name of the node"},
      Column{"identity", &R::identity, "text", "tells nodes of equal name apart"},
      Column{"cpu_model", &R::cpu_model, "text", "CPU model"},
      Column{"kernel", &R::kernel, "text", "kernel release"},
      Column{"start_utc_ns", &R::start_utc_ns, "ns", "start, since 1970-01-01 UTC"},
      Column{"start_monotonic_ns", &R::start_monotonic_ns, "ns",
             "the same moment on the node's monotonic clock"},
      Column{"period_ns", &R::period_ns, "ns", "configured time between ticks"},
      Column{"sockets", &R::sockets, "1", "CPU packages"},
      Column{"cpus", &R::cpus, "1", "logical CPUs"},
      Column{"events", &R::events, "1", "1: recorded in event mode"}};
};

/// Calls visit(column, index) for each column of Row in file order.
template <class Row, class Visit>
void for_each_column(Visit&& visit) {
  std::apply(
      [&](const auto&... column) {
        std::size_t index = 0;
        (visit(column, index++), ...);
      },
      Table<Row>::kColumns);
}

template <class Row>
inline constexpr std::size_t kColumnCount =
    std::tuple_size_v<std::remove_cvref_t<decltype(Table<Row>::kColumns)>>;

/// The member in a row's first column: its key, or its tick.
template <class Row>
auto key_of(const Row& row) {
  return std::invoke(std::get<0>(Table<Row>::kColumns).get, row);
}

}  // namespace joulepath::trace
