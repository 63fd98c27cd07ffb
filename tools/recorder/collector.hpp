// Collects from all processes of a session: finds their channels, takes the differences
// of every lane at each tick, and knows when a process has ended. Turns shim-side
// numbers (lane slots, cell indices, ticks) into the trace's keys and nanoseconds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/record/rows.hpp"
#include "core/record/tick_scale.hpp"
#include "core/trace/node_sink.hpp"
#include "tools/recorder/cpu_use.hpp"
#include "tools/recorder/energy_board.hpp"
#include "tools/recorder/event_drain.hpp"
#include "tools/recorder/gpu_processes.hpp"
#include "tools/recorder/machine.hpp"
#include "tools/recorder/parts_folder.hpp"
#include "tools/recorder/process_channel.hpp"
#include "tools/recorder/process_gpus.hpp"
#include "tools/recorder/process_threads.hpp"
#include "tools/recorder/sensor_groups.hpp"
#include "tools/recorder/thread_counters.hpp"

namespace joulepath::tools {

class Collector {
 public:
  /// `machine`, `writer` and `energy` outlive the collector. `energy` is told what each
  /// process does, and fills the boards of those that want it; null: no boards. `gpus` says which
  /// each may use; null: none. `counters` counts what threads do; null: none. `filter`: the
  /// events that are wanted, of processes that have some.
  Collector(std::filesystem::path session, const Machine& machine, trace::NodeSink& writer,
            EnergyBoard* energy = nullptr, const ProcessGpus* gpus = nullptr,
            ThreadCounters* counters = nullptr, EventFilter filter = {});
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  /// Looks for channels that are not known yet; returns how many it found.
  std::size_t find_processes();
  /// Adds the changes up to `now_ns` under `tick`, of the lanes of processes that may run
  /// on one of `sockets`, or on what is not known.
  /// `behind_ns`: how long `now_ns` is over; what a lane is in since before counts up to then,
  /// and what changed since then in full.
  /// Returns up to when the lane that changed last counted: `now_ns`, or later by less than
  /// `behind_ns` and the look itself.
  std::int64_t collect(std::uint32_t tick, std::int64_t now_ns, SocketMask sockets = kAllSockets,
                       std::int64_t behind_ns = 0);
  /// Adds the CPU time of all threads of all processes since the last call, of threads that
  /// have no lane in their process's channel under lanes of their own.
  void collect_threads(std::uint32_t tick, std::int64_t now_ns);
  /// CPU time of the job's threads since the last call, as far as they were looked at.
  CpuTimes take_cpu_times() { return std::exchange(cpu_times_, {}); }
  /// Adds who is on the GPUs, from looks that were taken since the last call.
  void collect_gpu_use(std::uint32_t tick, std::span<const sensors::GpuLook> looks);
  /// Takes leave of processes that have ended, after adding their last changes under
  /// `tick`. To be called before collect(). Returns how many.
  std::size_t release_ended(std::uint32_t tick, std::int64_t now_ns);
  /// Adds a row for every process and lane that is still there, at the end; `tick`: the last.
  void describe_all(std::uint32_t tick, std::int64_t now_ns);

  [[nodiscard]] std::size_t alive() const { return live_.size(); }
  [[nodiscard]] std::size_t seen() const { return process_count_; }
  /// The largest number of local ranks any process was told of by its launcher; 0: none.
  [[nodiscard]] std::size_t expected() const { return expected_; }
  /// Of MPI_COMM_WORLD, with those that the launcher promised for this node and that did not come
  /// or could not be recorded; the only process of a job without MPI is one of one.
  [[nodiscard]] RanksSeen ranks_seen() const;
  [[nodiscard]] const CpuSet& cpus_in_use() const { return cpus_in_use_; }
  void tell_all(record::RecorderState state, const std::string& message);

  /// Descriptors that become readable when a process ends, since the last call.
  std::vector<int> take_new_exit_descriptors();

 private:
  struct LaneState;
  struct LiveProcess;

  void describe(LiveProcess& process, std::int64_t now_ns);
  void calibrate();
  /// Its last rows, and those of its lanes.
  void close(LiveProcess& process, std::int64_t now_ns);
  /// Or, where the system has forgotten the process, at what it told of them.
  void look_at_threads(LiveProcess& process, std::uint32_t tick, std::int64_t now_ns,
                       bool can_be_asked);
  void add_counts(std::uint32_t tick, std::uint32_t lane, const ThreadCounters::Counts* counts);
  /// A thread that has ended; what it counted can still be read.
  void add_last_counts(std::uint32_t tick, const record::LaneRow& lane);
  record::LaneRow& sampled_lane(LiveProcess& process, const ThreadTime& time, std::int64_t now_ns);
  record::LaneRow new_sampled_lane(const LiveProcess& process, record::LaneKind kind,
                                   std::int32_t tid, std::string name, std::int64_t now_ns);
  void show_energy(std::int64_t now_ns);
  void look_at_marks(std::int64_t now_ns);
  void collect_process(LiveProcess& process, std::uint32_t tick, std::int64_t now_ns);
  void collect_lane(LiveProcess& process, std::uint32_t index, std::uint32_t tick,
                    std::uint64_t now_ticks, std::int64_t now_ns);
  void collect_events(LiveProcess& process, std::uint32_t tick, std::int64_t now_ns);
  void add_activity(std::uint32_t tick, std::uint32_t lane, std::uint32_t cell, std::uint64_t ns,
                    std::uint64_t calls, std::uint64_t bytes, std::uint64_t wait_ns);
  /// What the rows of a lane that ends lack, so that they add up to the last ns.
  void add_rests(LaneState& lane, std::uint32_t tick);
  std::uint32_t cell_key(const LiveProcess& process, const record::Cell& cell);
  std::uint32_t cell_key(std::uint32_t phase, std::uint32_t function);
  std::uint32_t phase_key(const LiveProcess& process, std::uint16_t phase);
  record::TickScale& scale_of(const record::ChannelHeader& header);

  std::filesystem::path session_;
  const Machine& machine_;
  trace::NodeSink& writer_;
  EnergyBoard* energy_;
  const ProcessGpus* gpus_;
  OpenFiles thread_files_;
  std::vector<std::unique_ptr<LiveProcess>> live_;
  std::set<std::string> known_files_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> cells_;  ///< (phase, function)
  std::map<std::string, std::uint32_t, std::less<>> phases_;
  std::vector<record::CellChange> changes_;
  ThreadsLook look_;
  CpuTimes cpu_times_;
  ThreadCounters* counters_;
  GpuProcesses gpu_processes_;
  std::map<std::size_t, std::uint32_t> gpu_looks_;  ///< by sensor: tick of the last
  std::vector<int> new_exit_descriptors_;
  record::TickPair first_pair_;
  record::TickScale cpu_scale_;
  record::TickScale ns_scale_;
  EventCounts event_counts_;
  bool calibrated_ = false;
  std::int64_t looked_at_marks_ns_ = 0;
  std::int64_t behind_ns_ = 0;   ///< of the look that is going on
  std::int64_t counted_ns_ = 0;  ///< up to then the lanes of that look counted, at the latest
  CpuSet cpus_in_use_{};
  std::uint32_t process_count_ = 0;
  std::uint32_t lane_count_ = 0;
  std::size_t expected_ = 0;
  std::set<std::int32_t> ranks_;
  std::int32_t world_size_ = -1;
};

}  // namespace joulepath::tools
