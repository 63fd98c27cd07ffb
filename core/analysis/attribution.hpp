// Shares the energy of one node among what its lanes did: a streaming pass over the node's
// blocks in time order, O(rows) in time, memory for one entry per active (lane, cell) pair
// and for the last few thousand ticks, which are shared out together by a fit of powers
// (energy_sharing.hpp). Exact in counter units: for every counted signal, slots + rest
// equals the unwrapped difference of last and first.
// Not here: joules, ranks over nodes, text (summary.hpp). Single-threaded.
//
// A tick's activity is the time since the lane's previous look, and its readings are taken
// at that tick: the energy between two readings goes to the activity of the ticks from
// after the first to the second, also where readings in between are missing or show no
// update. Where the lanes were not looked at in a tick, its readings belong to the next in which
// they were. What other programs used, by their CPU time beside the job's, is taken off. A signal
// of a socket goes to the lanes whose process may run there, one of a GPU to those whose process
// may use it (and, where its driver tells, keeps it busy), another to all lanes of the node.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "core/analysis/busy_time.hpp"
#include "core/analysis/core_counters.hpp"
#include "core/analysis/counter_split.hpp"
#include "core/analysis/counter_track.hpp"
#include "core/analysis/cpu_shares.hpp"
#include "core/analysis/cycle_rates.hpp"
#include "core/analysis/energy_sharing.hpp"
#include "core/analysis/gpu_users.hpp"
#include "core/analysis/idle_power.hpp"
#include "core/analysis/others_doubt.hpp"
#include "core/analysis/power_readings.hpp"
#include "core/analysis/reading_ends.hpp"
#include "core/analysis/scope_window.hpp"
#include "core/analysis/shared_bounds.hpp"
#include "core/analysis/slot_table.hpp"
#include "core/analysis/tick_times.hpp"
#include "core/analysis/work_weights.hpp"
#include "core/record/tables.hpp"

namespace joulepath::analysis {

/// Why energy went to no lane.
enum class Rest : std::uint8_t {
  kNoRankOnSocket,   ///< idle: no rank of the job may run there
  kNoneRunning,      ///< idle: ranks may, none did at that time
  kOutsideLifetime,  ///< unattributed: before the node's first activity or after its last
  kNoRankSeen,       ///< unattributed: the node has no lane at all
  kNoneOnGpu,        ///< idle: ranks may use the GPU, but nobody was on it
  kOthersOnGpu,      ///< unattributed: processes that are not the job's kept the GPU busy
  kOthersOnCpus,     ///< unattributed: the same of the CPUs
};
inline constexpr std::array<Rest, 7> kRests{
    Rest::kNoRankOnSocket, Rest::kNoneRunning, Rest::kOutsideLifetime, Rest::kNoRankSeen,
    Rest::kNoneOnGpu,      Rest::kOthersOnGpu, Rest::kOthersOnCpus};
/// For the report: "no rank of the job runs on that socket".
std::string_view to_string(Rest rest);
/// Idle, as against unattributed.
bool is_idle(Rest rest);

/// One signal's energy in raw units. Shares are empty unless the signal is counted.
struct SignalResult {
  CounterFacts facts;
  bool shared = false;
  std::vector<std::uint64_t> by_slot;
  std::array<std::uint64_t, kRests.size()> rest{};
  std::uint32_t rest_runs = 0;      ///< stretches of such time, of any reason
  std::uint64_t others_most = 0;    ///< units that others used are an estimate: not more than this
  std::vector<GroupBounds> bounds;  ///< by group
  FitFacts fit;
  ToldApart told_apart;  ///< of all windows
  IdlePower static_power;
  /// Of a GPU whose driver tells: the processes that were seen on it.
  std::optional<std::set<std::uint32_t>> gpu_users;

  [[nodiscard]] std::uint64_t attributed() const;
};

/// CPU time of a lane's thread, as far as the trace tells.
struct LaneCpu {
  bool known = false;
  std::uint64_t ns = 0;
  std::set<std::int32_t> cpus;  ///< on which it was seen
};

struct NodeResult {
  std::vector<SignalResult> signals;  ///< as NodeTables::sensors
  std::vector<Slot> slots;
  GroupLayout groups;
  std::vector<LaneCpu> lane_cpu;        ///< as NodeTables::lanes
  std::vector<CounterResult> counters;  ///< as NodeTables::counters
  std::uint64_t counted_cpu_ns = 0;     ///< CPU time in which they counted
  std::uint64_t ticks = 0;
  std::int64_t first_ns = 0;  ///< first pass began
  std::int64_t last_ns = 0;   ///< last moment the lanes' totals refer to
  SharedNode shared;
  std::uint64_t ignored_rows = 0;  ///< named a lane, cell or sensor that no table knows
};

class NodeAttribution {
 public:
  NodeAttribution(const record::RunTables& run, const record::NodeTables& node);
  /// The next block in time order.
  void add(const record::Block& block);
  NodeResult finish();

 private:
  /// Activity of ticks that are no longer kept one by one, of a counter that stood still.
  struct Older {
    std::vector<float> ns_by_slot;
    std::vector<std::uint32_t> slots;
  };
  struct SignalState {
    /// `signal`: of energy, or as one (power_readings.hpp).
    SignalState(const record::Signal& signal, const SlotTable& slots);
    CounterTrack track;
    std::optional<PowerReadings> power;  ///< of a power sensor
    std::uint64_t readings = 0;
    double unit_j = 0.0;
    double highest_power = 0.0;  ///< units per ns that no device of the kind exceeds
    std::int64_t period_ns = 0;
    EnergySharing sharing;
    ReadingEnds ends;
    IdlePower static_power;
    std::uint32_t scope = 0;
    bool shared_gpu = false;        ///< several processes may use it at the same time
    std::optional<GpuUsers> users;  ///< of a GPU whose driver tells who is on it
    SharedBounds shared_bounds;
    int socket = CpuShares::kAllSockets;  ///< whose CPUs it counts
    bool of_cpus = true;                  ///< no GPU's
    bool follows_clocks = true;           ///< its dynamic power follows the cores' cycles
    ToldApart told_apart;
    PackageCores* cores = nullptr;  ///< of a package whose cores have counters
    OthersDoubt others_doubt;
    std::uint64_t others_most = 0;
    bool counted = false;
    bool readable = false;
    bool started = false;
    TrackStep step;          ///< of this tick
    record::SampleRow last;  ///< last reading of this tick
    KnownEnd open_end;       ///< where the open interval began
    std::uint64_t open = 0;  ///< first tick of the open interval
    Older older;
    std::vector<EnergyInterval> intervals;
    std::uint64_t silent_units = 0;  ///< since the node's last activity
    bool in_rest = false;
    std::array<std::uint64_t, kRests.size()> rest{};
    std::uint32_t rest_runs = 0;
  };

  void add_activity(const record::ActivityRow& row);
  void add_cpu(const record::CpuRow& row);
  void add_sampled(const record::CpuRow& row);
  [[nodiscard]] SignalState* signal_of(std::uint16_t sensor);
  void add_gpu_use(const record::GpuUseRow& row);
  [[nodiscard]] bool may_be_shared(const SignalState& signal) const {
    return signal.shared_gpu || signal.users;
  }
  void add_cpu_use(const record::CpuUseRow& row);
  /// Takes off the interval what other programs used on the CPUs.
  void take_off_programs(SignalState& signal, EnergyInterval& interval);
  /// The same where the ticks are no longer kept: by the mean up to now.
  void take_off_mean(SignalState& signal, EnergyInterval& interval,
                     std::span<const WindowTaker> takers);
  void book_others(SignalState& signal, EnergyInterval& interval, double part, double most_units,
                   std::span<const GroupTime> groups);
  /// Takes off the interval what was used while nobody, or somebody else, was on the GPU.
  void take_off_others(SignalState& signal, EnergyInterval& interval);
  [[nodiscard]] std::uint64_t index_of_tick(std::uint32_t tick) const;
  /// First of the ticks for which a row holds that names the tick before them.
  template <class Row>
  [[nodiscard]] std::uint64_t begin_of(const Row& row) const {
    return row.since < row.tick ? index_of_tick(row.since + 1) : tick_;
  }
  [[nodiscard]] TickTimes tick_times() const {
    return {tick_ - lanes_ns_by_tick_.size(), lanes_ns_by_tick_};
  }
  void add_sample(record::SampleRow row);
  /// Ends the tick, or, where it is one without lanes, leaves its readings to the next.
  void end_pass();
  void end_tick();
  [[nodiscard]] TrackStep follow(SignalState& signal, record::SampleRow& row);
  void settle(SignalState& signal);
  /// Behind the last tick whose activity a reading's energy can belong to.
  [[nodiscard]] std::uint64_t end_tick_of(const SignalState& signal, const KnownEnd& end) const;
  void give(SignalState& signal, const KnownEnd& end, std::uint64_t end_tick);
  void note_if_stuck(SignalState& signal);
  void finish_power(SignalState& signal);
  void give_rest(SignalState& signal, std::uint64_t units);
  void share_until(std::uint64_t tick);
  /// What the takers of its window did before `tick`, as far as it matters to the signal, of
  /// which `intervals` are shared out; and what its cores tell of it.
  [[nodiscard]] std::optional<CoreSplit> weigh(SignalState& signal,
                                               std::span<const EnergyInterval> intervals,
                                               std::uint64_t tick);
  void share_out(SignalState& signal, std::uint64_t tick);
  void keep_older(SignalState& signal, std::uint64_t tick);

  const record::NodeTables& node_;
  SlotTable slots_;
  BusyTime busy_;
  CycleRates cycles_;
  CoreCounters cores_;
  CounterSplit counters_;
  CpuShares cpu_shares_;
  std::vector<SignalState> signals_;
  std::vector<std::uint32_t> signal_of_key_;
  std::vector<ScopeWindow> windows_;  ///< by scope
  std::vector<double> busy_ns_;       ///< by scope: CPU time in what is shared out now
  std::vector<bool> wanted_;          ///< by scope: some counted signal has it
  GroupTimes group_times_;
  std::vector<std::int64_t> lanes_ns_by_tick_;  ///< of the ticks that are kept
  std::vector<std::uint32_t> tick_numbers_;     ///< the same, as the trace numbers them
  std::uint32_t tick_number_ = 0;               ///< of this tick
  std::optional<std::uint32_t> computing_;      ///< cell of computing outside phases
  std::int64_t lanes_ns_ = 0;                   ///< when the lanes were looked at in this tick
  bool lanes_seen_ = true;                      ///< they were looked at in this tick
  bool open_pass_ = false;                      ///< readings of ticks without lanes are open
  bool active_now_ = false;                     ///< some lane of the node, in this tick
  bool active_once_ = false;                    ///< before or in this tick
  std::uint64_t tick_ = 0;                      ///< ticks ended so far
  NodeResult result_;
};

}  // namespace joulepath::analysis
