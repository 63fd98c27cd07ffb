// The whole run, ready to be shown: every figure of the text and JSON reports, joined
// over nodes. Made node by node, so that only one node's result is held at a time.
// Not here: file formats, units of display, wording of the report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/analysis/attribution.hpp"
#include "core/analysis/clock_summary.hpp"
#include "core/analysis/figure.hpp"
#include "core/analysis/fit_summary.hpp"
#include "core/analysis/phase_tree.hpp"
#include "core/analysis/report_class.hpp"
#include "core/analysis/run_numbers.hpp"
#include "core/analysis/wait_summary.hpp"
#include "core/record/tables.hpp"

namespace joulepath::analysis {

/// Counted energy of one kind of hardware in one place; or, with `included_in` set, a
/// part of another that is shown but never added.
struct DomainSummary {
  int socket = -1;
  std::string domain;
  Figure energy;
  std::string included_in;  ///< id of the signal that contains it
};

struct SocketSummary {
  int socket = -1;  ///< -1: parts of the node that belong to no socket
  Figure energy;
  std::vector<DomainSummary> domains;
};

/// Other programs on a node while the job's ran there, by CPU time.
struct SharedSummary {
  double job_cpu_s = 0.0;
  double others_cpu_s = 0.0;
  double shared_s = 0.0;  ///< how long they were noticeable
  double from_s = 0.0;    ///< since the node's recording began, first and last
  double to_s = 0.0;
  std::uint32_t sessions = 0;  ///< other recordings of this user at a time, at most

  /// Of the CPU time that was used on the node.
  [[nodiscard]] double part() const { return others_cpu_s / (others_cpu_s + job_cpu_s); }
  /// No mere noise of the system.
  [[nodiscard]] bool worth_a_note() const { return sessions > 0 || part() >= 0.05; }
};

struct NodeSummary {
  std::string hostname;
  std::string cpu_model;
  double duration_s = 0.0;
  std::uint64_t ticks = 0;
  double period_s = 0.0;
  std::size_t ranks = 0;
  bool complete = true;
  Figure energy;
  std::vector<SocketSummary> sockets;
  std::optional<SharedSummary> shared;  ///< nothing: not looked at, or nobody else was noticed
};

/// Exact integers of one counter. Shares are absent where the signal is not counted.
struct Conservation {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t difference = 0;
  std::optional<std::uint64_t> attributed;
  std::optional<std::uint64_t> idle;
  std::optional<std::uint64_t> unattributed;
};

struct SensorSummary {
  std::string id;
  std::string domain;
  std::string device;
  std::string node;
  int socket = -1;
  std::string unit;
  std::string source;
  std::string provenance;
  bool counted = false;
  bool readable = false;
  std::string included_in;  ///< id of the signal that contains it
  std::string excluded_by;  ///< id of the preferred signal with the same joules
  std::uint64_t samples = 0;
  std::uint64_t lost_intervals = 0;
  double lost_s = 0.0;
  std::uint64_t unusable_samples = 0;
  Figure energy;
  std::string reason;  ///< why there is no energy, or why it is not counted
  std::string remedy;
  std::optional<Conservation> raw;
  /// By what the threads were told apart that shared it; nothing: there were not two, or it is
  /// a GPU's (GpuSummary).
  std::optional<ToldApart> told_apart;
};

struct RankSummary {
  std::int32_t rank = -1;  ///< -1: no rank was ever known for the process
  int run = 1;             ///< the how manieth program of the recording; 0: no rank
  std::int32_t pid = 0;    ///< 0: the trace's table lacks the process
  std::string node;
  std::vector<int> sockets;
  std::vector<std::string> gpus;  ///< that it may use: PCI addresses, else UUIDs
  std::string gpus_reason;        ///< why `gpus` may name too many; empty: it does not
  bool died = false;
  std::uint32_t threads = 0;
  std::optional<double> cpu_seconds;  ///< of all its threads, also those without a row
  /// Largest over its threads divided by mean, minus 1, of the time they computed
  /// (ThreadSummary::work_seconds), without threads that hardly did; none: fewer than two.
  std::optional<double> thread_imbalance;
  double seconds = 0.0;                                       ///< of the thread that lived longest
  std::array<double, kReportClasses.size()> class_seconds{};  ///< all threads
  Figure energy;
};

/// A lane of the trace: one thread of a process, or several that have none of their own.
struct ThreadSummary {
  std::uint32_t process = 0;  ///< key on its node
  std::int32_t rank = -1;
  int run = 1;
  std::string node;
  std::int32_t pid = 0;
  record::LaneKind kind = record::LaneKind::kTold;
  std::uint32_t thread = 0;  ///< 0: the one that initialised MPI; of kTold lanes only
  std::int32_t tid = 0;      ///< 0: of several
  std::string name;          ///< as the system knows it; empty: not known
  double seconds = 0.0;      ///< that are recorded; of other kinds than kTold: CPU time
  std::optional<double> cpu_seconds;
  double work_seconds = 0.0;       ///< outside MPI and OpenMP waits, and on a CPU as far as known
  std::vector<std::int32_t> cpus;  ///< on which it was seen, rising; by samples
  Figure energy;
};

/// A GPU that is measured by itself, and whose it is.
struct GpuSummary {
  std::string node;
  std::string gpu;                  ///< PCI address, else UUID
  std::string sensor;               ///< id of its signal
  std::vector<std::int32_t> ranks;  ///< that may use it, rising
  /// Those of them that were seen on it; nothing: its driver does not tell.
  std::optional<std::vector<std::int32_t>> seen;
  bool shared = false;  ///< by several processes at the same time, as they may
  bool of_job = true;   ///< false: no process may use it, and no total has it
  Figure energy;
};

/// A counter of threads, over all nodes that have it. PhaseSummary has its parts.
struct CounterSummary {
  std::string name;
  double total = 0.0;
};

struct FunctionSummary {
  std::string name;
  std::string class_name;
  std::uint64_t calls = 0;
  std::uint64_t bytes = 0;
  double seconds = 0.0;
  Figure energy;
  /// Part of seconds: waiting for others (wait_split.hpp); none: the trace does not say.
  std::optional<double> wait_seconds;
  Figure wait_energy;  ///< part of energy
};

struct ClassSummary {
  ReportClass report_class = ReportClass::kCompute;
  double seconds = 0.0;
  Figure energy;
};

struct RestSummary {
  Rest rest = Rest::kNoRankSeen;
  Figure energy;
};

/// Something that went wrong while recording or analysing.
struct HealthNote {
  std::string node;
  std::string what;     ///< "read_failed"; stable
  std::string subject;  ///< "sensor powercap:intel-rapl:0"; may be empty
  std::int64_t count = 0;
  std::string reason;  ///< the system's, may be empty
};

struct RecorderCost {
  double cpu_s = 0.0;
  bool known = false;  ///< false: the trace does not say
  std::int64_t late_ticks = 0;
  std::int64_t skipped_ticks = 0;
  std::uint64_t ticks = 0;
  std::optional<double>
      thread_period_s;  ///< between two looks at threads, at last; the longest of the nodes
};

/// Largest over ranks divided by mean, minus 1; empty with fewer than two ranks, or with
/// several runs, whose ranks are not to be compared.
struct Imbalance {
  std::optional<double> compute_seconds;
  std::optional<double> energy;
};

struct Summary {
  int schema_version = 0;  ///< of the trace
  std::string command;
  std::string mpi;
  std::int64_t start_utc_ns = 0;  ///< of the node that started first; 0: not known
  double duration_s = 0.0;        ///< of the node that was recorded longest
  Figure energy;
  /// What of the run is not here, so that its totals are too small; empty: all is.
  std::vector<std::string> partial;
  std::vector<NodeSummary> nodes;
  std::vector<SensorSummary> sensors;
  std::vector<RankSummary> ranks;  ///< by run and rank; those without one last
  std::vector<CounterSummary> counters;
  /// Of all CPU time, the part in which threads were counted; nothing: none is known.
  std::optional<double> counted_part;
  std::string counters_absent;   ///< why some, or all, were not counted; empty: nothing is missing
  std::vector<GpuSummary> gpus;  ///< by node, in the order of the sensors
  int runs = 0;                  ///< programs with ranks, one after the other
  std::vector<ThreadSummary> threads;      ///< as ranks, then by thread
  std::vector<FunctionSummary> functions;  ///< called ones, most joules first
  std::vector<PhaseSummary> phases;        ///< each after the one it lies in
  std::vector<ClassSummary> classes;
  std::vector<RestSummary> rests;  ///< only those that are not zero
  Figure idle;
  Figure unattributed;
  std::vector<FitSummary> fits;        ///< of counted signals; empty: not said
  std::vector<StaticSummary> statics;  ///< the same
  Imbalance imbalance;
  RecorderCost recorder;
  WaitSummary waits;  ///< of event mode
  ClocksSummary clocks;
  std::vector<HealthNote> health;
  /// What the recorder found out about its backends: "powercap: ... is not there".
  std::vector<std::string> sensor_notes;

  /// Some figure of the total rests on a model.
  [[nodiscard]] bool estimated() const { return energy.basis == Basis::kEstimated; }
  [[nodiscard]] double mean_power_w() const {
    return energy.known() && duration_s > 0 ? energy.value / duration_s : 0.0;
  }
};

struct GroupSummary;
class WaitSplit;

class SummaryBuilder {
 public:
  explicit SummaryBuilder(record::RunTables run);
  void add(const record::NodeTables& node, const NodeResult& result);
  void add(FitSummary fit) { summary_.fits.push_back(std::move(fit)); }
  void add(StaticSummary power) { summary_.statics.push_back(std::move(power)); }
  void set(WaitSummary waits) { summary_.waits = std::move(waits); }
  /// What events told of the clocks; otherwise it is what the nodes' tables have.
  void set(ClocksSummary clocks) { summary_.clocks = std::move(clocks); }
  Summary finish();

 private:
  void add_processes(const record::NodeTables& node, const NodeResult& result,
                     const std::vector<GroupSummary>& groups, const WaitSplit& split);
  void add_counters(const record::NodeTables& node, const NodeResult& result);
  void add_work(const record::NodeTables& node, const NodeResult& result,
                const std::vector<GroupSummary>& groups, const WaitSplit& split);
  void number_the_runs();
  void note_partial();

  record::RunTables run_;
  Summary summary_;
  double counted_cpu_s_ = 0.0;
  ClocksSummaryBuilder clocks_;
  std::vector<ProcessLife> lives_;  ///< as Summary::ranks
  /// Of each node, where its processes begin in Summary::ranks.
  std::vector<std::size_t> first_rank_;
  std::vector<std::size_t> first_thread_;  ///< the same, in Summary::threads
};

}  // namespace joulepath::analysis
