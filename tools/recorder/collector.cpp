#include "tools/recorder/collector.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/base/clock.hpp"
#include "core/record/functions.hpp"
#include "core/record/session.hpp"
#include "tools/recorder/process_marks.hpp"
#include "tools/recorder/whole_steps.hpp"

namespace joulepath::tools {

using record::ProcessState;

namespace {

/// "outer/inner". A parent is always older than its child, so this ends.
std::string phase_path(const record::Channel& channel, std::uint32_t phase) {
  const record::PhaseName& entry = channel.phases[phase];
  std::string name(entry.name, strnlen(entry.name, sizeof entry.name));
  if (entry.parent == 0 || entry.parent >= phase) return name;
  return phase_path(channel, entry.parent) + "/" + name;
}

}  // namespace

struct Collector::LaneState {
  explicit LaneState(const record::Lane* lane) : reader(lane) {}
  record::LaneReader reader;
  record::LaneRow row;
  std::uint32_t generation = 0;
  std::vector<std::uint32_t> cells;  ///< cell in the lane -> key in the trace
  struct Rests {
    WholeSteps ns, wait_ns;
  };
  std::vector<Rests> rests;  ///< by cell in the lane
  /// (generation, key) of the threads that had the lane, the last one last.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> threads;
};

struct Collector::LiveProcess {
  std::unique_ptr<ProcessChannel> channel;
  record::ProcessRow row;
  SocketMask sockets = kAllSockets;
  std::vector<std::unique_ptr<LaneState>> lanes;  ///< by slot; null: not used yet
  std::unique_ptr<ProcessThreads> threads;
  std::uint32_t threads_tick = 0;                   ///< they were looked at
  std::map<std::int32_t, record::LaneRow> sampled;  ///< by tid, of threads that are there
  std::optional<record::LaneRow> others;
  std::size_t not_named = 0;
  std::uint32_t lanes_refused = 0;
  std::uint32_t phases_dropped = 0;
  std::optional<ProcessMarks> marks;
  std::unique_ptr<EventDrain> events;  ///< null: no event mode
  bool events_broken = false;
  std::uint64_t lane_ns = 0;       ///< of all lanes in this tick
  std::uint64_t looked_ticks = 0;  ///< moment of the last look, by the clock of its lanes
  bool described = false;          ///< rank and all are in the trace
  bool replaced = false;           ///< it executed another program, which has a channel of its own
  bool ended = false;
};

Collector::Collector(std::filesystem::path session, const Machine& machine, trace::NodeSink& writer,
                     EnergyBoard* energy, const ProcessGpus* gpus, ThreadCounters* counters,
                     EventFilter filter)
    : session_(std::move(session)),
      machine_(machine),
      writer_(writer),
      energy_(energy),
      gpus_(gpus),
      thread_files_(part_of_descriptors(2)),
      counters_(counters),
      first_pair_(record::read_tick_pair(base::best_tick_kind())),
      cpu_scale_(record::TickScale::identity()),
      ns_scale_(record::TickScale::identity()) {
  event_counts_.filter = std::move(filter);
  writer_.add(record::PhaseRow{0, "(outside phases)"});
}

Collector::~Collector() = default;

record::TickScale& Collector::scale_of(const record::ChannelHeader& header) {
  return header.tick_kind == static_cast<std::uint32_t>(base::TickKind::kCpuCounter) ? cpu_scale_
                                                                                     : ns_scale_;
}

std::size_t Collector::find_processes() {
  std::size_t found = 0;
  for (const std::filesystem::path& file : channel_files(session_)) {
    if (!known_files_.insert(file.filename().string()).second) continue;
    auto channel = ProcessChannel::open(file);
    if (!channel) {
      writer_.add(record::HealthRow{base::SystemClock().monotonic_ns(),
                                    record::HealthKind::kProcessRefused, record::kNone32,
                                    channel.error().sys_errno, 1});
      continue;
    }
    auto process = std::make_unique<LiveProcess>();
    process->channel = std::move(*channel);
    const record::ChannelHeader& header = process->channel->header();
    process->row.process = process_count_++;
    process->marks.emplace(process->row.process);
    process->row.pid = header.pid;
    process->row.first_ns = static_cast<std::int64_t>(header.init_ns);
    CpuSet cpus;
    static_assert(sizeof cpus == sizeof header.cpuset);
    std::memcpy(cpus.data(), header.cpuset, sizeof cpus);
    for (std::size_t word = 0; word < cpus.size(); ++word) cpus_in_use_[word] |= cpus[word];
    process->row.cpuset = to_list(cpus);
    const Places places = machine_.places(cpus);
    process->row.sockets = places.sockets;
    process->sockets = sockets_of(places.sockets);
    process->row.dies = places.dies;
    process->row.numa = places.numa;
    if (gpus_ != nullptr) {
      UsableGpus usable = gpus_->of(header.pid, header.devices);
      process->row.gpus = std::move(usable.gpus);
      process->row.gpus_reason = std::move(usable.reason);
    }
    if (energy_ != nullptr) energy_->joins(process->row);
    if (header.local_size > 0)
      expected_ = std::max(expected_, static_cast<std::size_t>(header.local_size));
    if (process->channel->exited() >= 0)
      new_exit_descriptors_.push_back(process->channel->exited());
    process->channel->tell(record::RecorderState::kAttached, {});
    describe(*process, process->row.first_ns);
    for (const auto& older : live_)
      older->replaced |=
          older->row.pid == header.pid && older->channel->header().start_time == header.start_time;
    live_.push_back(std::move(process));
    ++found;
  }
  return found;
}

std::vector<int> Collector::take_new_exit_descriptors() {
  return std::exchange(new_exit_descriptors_, {});
}

void Collector::describe(LiveProcess& process, std::int64_t now_ns) {
  const record::ChannelHeader& header = process.channel->header();
  // Pairs with the release store in the shim's process_ready.
  const auto state =
      static_cast<record::MpiState>(header.mpi_state.load(std::memory_order_acquire));
  process.row.last_ns = now_ns;
  if (state == record::MpiState::kRunning || state == record::MpiState::kFinalized) {
    process.row.rank = header.rank.load(std::memory_order_relaxed);
    process.row.world_size = header.world_size.load(std::memory_order_relaxed);
    if (process.row.rank >= 0) ranks_.insert(process.row.rank);
    world_size_ = std::max(world_size_, process.row.world_size);
    if (!process.described && process.row.process == 0)
      writer_.add(record::MetaRow{
          "mpi",
          std::string(header.mpi_library, strnlen(header.mpi_library, sizeof header.mpi_library))});
    process.described = true;
  }
  if (process.ended)
    process.row.state = state == record::MpiState::kFinalized || state == record::MpiState::kEnded
                            ? ProcessState::kFinalized
                            : ProcessState::kDied;
  writer_.add(process.row);
}

RanksSeen Collector::ranks_seen() const {
  if (world_size_ > 0)
    return {std::max(ranks_.size(), expected_), static_cast<std::size_t>(world_size_)};
  // One process, of no launcher and without MPI, is all there is.
  if (process_count_ == 1 && expected_ == 0) return {1, 1};
  return {};
}

std::uint32_t Collector::phase_key(const LiveProcess& process, std::uint16_t phase) {
  if (phase == 0 || phase >= record::kPhaseCapacity) return 0;
  const std::string name = phase_path(process.channel->channel(), phase);
  const auto known = phases_.find(name);
  if (known != phases_.end()) return known->second;
  const auto key = static_cast<std::uint32_t>(phases_.size() + 1);
  phases_.emplace(name, key);
  writer_.add(record::PhaseRow{key, name});
  return key;
}

std::uint32_t Collector::cell_key(const LiveProcess& process, const record::Cell& cell) {
  return cell_key(phase_key(process, cell.phase), record::function_key(cell.function));
}

std::uint32_t Collector::cell_key(std::uint32_t phase, std::uint32_t function) {
  const auto [known, added] =
      cells_.try_emplace({phase, function}, static_cast<std::uint32_t>(cells_.size()));
  if (added) writer_.add(record::CellRow{known->second, phase, function});
  return known->second;
}

void Collector::add_activity(std::uint32_t tick, std::uint32_t lane, std::uint32_t cell,
                             std::uint64_t ns, std::uint64_t calls, std::uint64_t bytes,
                             std::uint64_t wait_ns) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  while (ns != 0 || calls != 0 || bytes != 0 || wait_ns != 0) {
    const auto ns_part = static_cast<std::uint32_t>(std::min(ns, kMost));
    const auto calls_part = static_cast<std::uint32_t>(std::min(calls, kMost));
    const auto wait_part = static_cast<std::uint32_t>(std::min(wait_ns, kMost));
    writer_.add(record::ActivityRow{tick, lane, cell, ns_part, calls_part, bytes, wait_part});
    ns -= ns_part;
    calls -= calls_part;
    wait_ns -= wait_part;
    bytes = 0;
  }
}

void Collector::add_rests(LaneState& lane, std::uint32_t tick) {
  for (std::size_t cell = 0; cell < lane.rests.size(); ++cell)
    add_activity(tick, lane.row.lane, lane.cells[cell], lane.rests[cell].ns.take_rest(), 0, 0,
                 lane.rests[cell].wait_ns.take_rest());
}

void Collector::collect_lane(LiveProcess& process, std::uint32_t index, std::uint32_t tick,
                             std::uint64_t now_ticks, std::int64_t now_ns) {
  const record::ChannelHeader& header = process.channel->header();
  const record::TickScale& scale = scale_of(header);
  const record::Lane& lane = process.channel->channel().lanes[index];
  if (process.lanes.size() <= index) process.lanes.resize(index + 1);
  auto& state = process.lanes[index];
  if (state == nullptr) state = std::make_unique<LaneState>(&lane);
  const std::uint32_t generation = lane.header.generation.load(std::memory_order_acquire);
  const std::int32_t tid = lane.header.tid.load(std::memory_order_relaxed);
  if (tid == 0) return;  // its thread has not signed it yet, and counted nothing
  if (state->row.tid == 0 || state->generation != generation) {
    // Another thread took the lane: a lane of its own in the trace.
    if (state->row.tid != 0) {
      add_rests(*state, tick);
      state->row.last_ns = now_ns;
      writer_.add(state->row);
    }
    state->generation = generation;
    state->row = {lane_count_++,
                  process.row.process,
                  lane.header.thread.load(std::memory_order_relaxed),
                  tid,
                  now_ns,
                  now_ns,
                  record::LaneKind::kTold,
                  {}};
    if (index == 0 && generation == 0) state->row.first_ns = process.row.first_ns;
    state->threads.emplace_back(generation, state->row.lane);
    writer_.add(state->row);
    // Its activity began before its CPU time is known: it is not to be taken for asleep then.
    if (process.threads->was_there(tid))
      writer_.add(record::CpuRow{tick, state->row.lane, 0, -1, tick});
  } else if (state->row.tid != tid) {
    // Seen when it was taken, before the new thread had signed it.
    state->row.tid = tid;
    state->row.thread = lane.header.thread.load(std::memory_order_relaxed);
    writer_.add(state->row);
  }
  changes_.clear();
  std::uint64_t dropped = 0;  // calls that found no cell of their own
  const std::uint64_t counted_ticks = state->reader.look(now_ticks, changes_);
  const auto beyond_ns = static_cast<std::int64_t>(scale.duration_ns(counted_ticks - now_ticks));
  counted_ns_ = std::max(counted_ns_, now_ns + beyond_ns);
  for (const record::CellChange& change : changes_) {
    while (state->cells.size() <= change.cell) {
      state->cells.push_back(cell_key(process, lane.cells[state->cells.size()]));
      state->rests.emplace_back();
    }
    const std::uint64_t ns =
        scale.duration_ns(change.ticks_after) - scale.duration_ns(change.ticks_before);
    const std::uint64_t wait_ns =
        scale.duration_ns(change.wait_after) - scale.duration_ns(change.wait_before);
    process.lane_ns += ns;
    if (change.cell == record::kOverflowCell) dropped += change.calls;
    LaneState::Rests& rests = state->rests[change.cell];
    add_activity(tick, state->row.lane, state->cells[change.cell], rests.ns.take(ns), change.calls,
                 change.bytes, rests.wait_ns.take(wait_ns));
  }
  if (dropped != 0)
    writer_.add(record::HealthRow{now_ns, record::HealthKind::kCellsDropped, state->row.lane, 0,
                                  static_cast<std::int64_t>(dropped)});
}

void Collector::collect_process(LiveProcess& process, std::uint32_t tick, std::int64_t now_ns) {
  const record::ChannelHeader& header = process.channel->header();
  if (process.threads == nullptr) {
    process.threads = std::make_unique<ProcessThreads>(process.row.pid, thread_files_);
    process.threads_tick = tick;
  }
  const auto kind = static_cast<base::TickKind>(header.tick_kind);
  const auto behind = static_cast<double>(behind_ns_) / scale_of(header).ns_per_tick();
  std::uint64_t now_ticks = base::read_ticks(kind) - static_cast<std::uint64_t>(behind);
  // We hear of its end later than it was, and what the node did since is not its doing.
  if (const std::uint64_t end = header.end_ticks.load(std::memory_order_relaxed);
      process.ended && end != 0)
    now_ticks = std::min(std::max(end, process.looked_ticks), now_ticks);
  process.looked_ticks = now_ticks;
  const std::uint32_t lanes =
      std::min(header.lane_count.load(std::memory_order_acquire), record::kLaneCapacity);
  for (std::uint32_t lane = 0; lane < lanes; ++lane)
    if (process.channel->lane_ready(lane)) collect_lane(process, lane, tick, now_ticks, now_ns);
  collect_events(process, tick, now_ns);
  const std::uint32_t refused = header.lanes_refused.load(std::memory_order_relaxed);
  if (refused != process.lanes_refused) {
    writer_.add(record::HealthRow{now_ns, record::HealthKind::kLanesRefused, process.row.process, 0,
                                  refused - process.lanes_refused});
    process.lanes_refused = refused;
  }
  const std::uint32_t dropped = header.phases_dropped.load(std::memory_order_relaxed);
  if (dropped != process.phases_dropped) {
    writer_.add(record::HealthRow{now_ns, record::HealthKind::kPhasesDropped, process.row.process,
                                  0, dropped - process.phases_dropped});
    process.phases_dropped = dropped;
  }
  if (energy_ != nullptr) energy_->ran(process.row.process, process.row.sockets, process.lane_ns);
  process.lane_ns = 0;
  const auto state =
      static_cast<record::MpiState>(header.mpi_state.load(std::memory_order_acquire));
  const bool ready = state == record::MpiState::kRunning || state == record::MpiState::kFinalized;
  if (ready && !process.described) describe(process, now_ns);
}

void Collector::collect_events(LiveProcess& process, std::uint32_t tick, std::int64_t now_ns) {
  const record::ChannelHeader& header = process.channel->header();
  // Pairs with the release store in the shim's open_events: the event file is there.
  if (process.events_broken || header.events.load(std::memory_order_acquire) == 0) return;
  if (process.events == nullptr) {
    auto opened = EventDrain::open(process.channel->file(), event_counts_);
    if (!opened) {
      process.events_broken = true;
      writer_.add(record::HealthRow{now_ns, record::HealthKind::kEventsRefused, process.row.process,
                                    opened.error().sys_errno, 1});
      return;
    }
    process.events = *std::move(opened);
  }
  std::string phase_text;
  const EventDrain::Keys keys{
      process.row.process,
      [&](std::uint32_t lane, std::uint32_t generation) {
        const auto& threads = process.lanes[lane]->threads;
        // A thread that came and went between two looks has its time in its successor's lane.
        const auto found = std::find_if(threads.begin(), threads.end(), [&](const auto& thread) {
          return thread.first >= generation;
        });
        return found != threads.end() ? found->second : threads.back().second;
      },
      [&](std::uint16_t phase, std::uint16_t function) {
        return cell_key(phase_key(process, phase), record::function_key(function));
      },
      [&](std::uint16_t phase) -> std::string_view {
        phase_text = phase == 0 ? std::string() : phase_path(process.channel->channel(), phase);
        return phase_text;
      }};
  for (std::uint32_t lane = 0; lane < process.lanes.size(); ++lane)
    if (process.lanes[lane] != nullptr && !process.lanes[lane]->threads.empty())
      process.events->drain(lane, tick, scale_of(header), now_ns, keys, writer_);
  if (const std::uint32_t refused = process.events->take_refused(); refused != 0)
    writer_.add(record::HealthRow{now_ns, record::HealthKind::kEventsRefused, process.row.process,
                                  0, refused});
  if (event_counts_.left_out != 0)
    writer_.add(record::HealthRow{now_ns, record::HealthKind::kEventsFilteredOut, record::kNone32,
                                  0, std::exchange(event_counts_.left_out, 0)});
}

void Collector::calibrate() {
  // The further apart the two readings of the clocks, the better the rate: it is taken
  // anew until they are a second apart, and then good to a tenth of a ppm. Differences
  // are converted under one rate each, so a change of it moves no total backwards.
  constexpr std::int64_t kSettled_ns = 1'000'000'000;
  if (calibrated_ || base::best_tick_kind() != base::TickKind::kCpuCounter) return;
  const record::TickPair now = record::read_tick_pair(base::TickKind::kCpuCounter);
  cpu_scale_ = record::TickScale(first_pair_, now);
  calibrated_ = now.ns - first_pair_.ns >= kSettled_ns;
}

void Collector::look_at_marks(std::int64_t now_ns) {
  constexpr std::int64_t kLookEvery_ns = 1'000'000'000;
  if (now_ns - looked_at_marks_ns_ < kLookEvery_ns) return;
  looked_at_marks_ns_ = now_ns;
  // Over hours the clock that is slewed for UTC leaves the CPU's counter, whatever its rate.
  if (calibrated_) cpu_scale_.anchor(record::read_tick_pair(base::TickKind::kCpuCounter));
  for (const auto& process : live_)
    process->marks->look(process->channel->channel().marks, scale_of(process->channel->header()),
                         writer_);
}

std::int64_t Collector::collect(std::uint32_t tick, std::int64_t now_ns, SocketMask sockets,
                                std::int64_t behind_ns) {
  calibrate();
  behind_ns_ = behind_ns;
  counted_ns_ = now_ns;
  for (const auto& process : live_)
    if ((process->sockets & sockets) != 0) collect_process(*process, tick, now_ns);
  behind_ns_ = 0;
  look_at_marks(now_ns);
  show_energy(now_ns);
  return counted_ns_;
}

void Collector::show_energy(std::int64_t now_ns) {
  if (energy_ == nullptr) return;
  energy_->settle(now_ns);
  for (const auto& process : live_)
    if (process->channel->energy().wanted.load(std::memory_order_relaxed) != 0)
      energy_->fill(process->row.process, process->channel->energy());
}

void Collector::collect_threads(std::uint32_t tick, std::int64_t now_ns) {
  for (const auto& process : live_) look_at_threads(*process, tick, now_ns, true);
}

void Collector::collect_gpu_use(std::uint32_t tick, std::span<const sensors::GpuLook> looks) {
  if (looks.empty()) return;
  GpuProcesses::Keys keys;
  for (const auto& process : live_) keys[process->row.pid] = process->row.process;
  for (const sensors::GpuLook& look : looks) {
    auto rows = gpu_processes_.rows_of(look, keys);
    if (!rows) continue;
    const auto since = gpu_looks_.try_emplace(look.signal, 0).first;
    for (record::GpuUseRow& row : *rows) {
      row.tick = tick;
      row.since = since->second;
      writer_.add(row);
    }
    since->second = tick;
  }
}

record::LaneRow Collector::new_sampled_lane(const LiveProcess& process, record::LaneKind kind,
                                            std::int32_t tid, std::string name,
                                            std::int64_t now_ns) {
  // What such a lane has done counts as computing outside phases.
  cell_key(0, record::kComputeFunction);
  const record::LaneRow row{
      lane_count_++, process.row.process, record::kNone32, tid, now_ns, now_ns,
      kind,          std::move(name)};
  writer_.add(row);
  return row;
}

record::LaneRow& Collector::sampled_lane(LiveProcess& process, const ThreadTime& time,
                                         std::int64_t now_ns) {
  const auto known = process.sampled.find(time.tid);
  if (known != process.sampled.end()) return known->second;
  return process.sampled
      .emplace(time.tid, new_sampled_lane(process, record::LaneKind::kSampled, time.tid,
                                          std::string(time.name), now_ns))
      .first->second;
}

void Collector::look_at_threads(LiveProcess& process, std::uint32_t tick, std::int64_t now_ns,
                                bool can_be_asked) {
  if (process.threads == nullptr) return;
  std::map<std::int32_t, record::LaneRow*> told;
  std::map<std::int32_t, std::uint64_t> cpu_ns;
  for (std::size_t index = 0; index < process.lanes.size(); ++index) {
    LaneState* lane = process.lanes[index].get();
    if (lane == nullptr || lane->row.tid == 0) continue;
    const record::LaneHeader& header = process.channel->channel().lanes[index].header;
    if (header.state.load(std::memory_order_acquire) ==
        static_cast<std::uint32_t>(record::LaneState::kReleased))
      continue;  // its thread has ended, and another may have its number
    told[lane->row.tid] = &lane->row;
    cpu_ns[lane->row.tid] = header.cpu_ns.load(std::memory_order_relaxed);
  }
  if (can_be_asked) {
    process.threads->look(cpu_ns, look_);
  } else {
    process.threads->last_words(
        cpu_ns, process.channel->header().cpu_ns.load(std::memory_order_relaxed), look_);
  }
  for (const std::int32_t tid : look_.ended) {
    for (const auto& lane : process.lanes)
      if (lane != nullptr && lane->row.tid == tid) add_last_counts(tick, lane->row);
    const auto lane = process.sampled.find(tid);
    if (lane == process.sampled.end()) continue;
    add_last_counts(tick, lane->second);
    lane->second.last_ns = now_ns;
    writer_.add(lane->second);
    process.sampled.erase(lane);
  }
  if (look_.others_ns != 0) cpu_times_[-1] += look_.others_ns;
  for (const ThreadTime& time : look_.times) {
    cpu_times_[time.last_cpu] += time.cpu_ns;
    record::LaneRow& row = time.told ? *told.at(time.tid) : sampled_lane(process, time, now_ns);
    if (!time.name.empty() && row.name != time.name) {
      row.name = time.name;
      writer_.add(row);
    }
    writer_.add(record::CpuRow{tick, row.lane, time.cpu_ns, time.last_cpu, process.threads_tick});
    if (counters_ != nullptr && can_be_asked)
      add_counts(tick, row.lane, counters_->read(time.tid, tick));
  }
  if (look_.others_ns != 0) {
    if (!process.others)
      process.others = new_sampled_lane(process, record::LaneKind::kOthers, 0, {}, now_ns);
    writer_.add(
        record::CpuRow{tick, process.others->lane, look_.others_ns, -1, process.threads_tick});
  }
  if (look_.not_named > process.not_named) {
    writer_.add(record::HealthRow{now_ns, record::HealthKind::kThreadsNotNamed, process.row.process,
                                  0,
                                  static_cast<std::int64_t>(look_.not_named - process.not_named)});
    process.not_named = look_.not_named;
  }
  process.threads_tick = tick;
}

void Collector::add_counts(std::uint32_t tick, std::uint32_t lane,
                           const ThreadCounters::Counts* counts) {
  if (counts == nullptr) return;
  for (std::size_t counter = 0; counter < counts->counts.size(); ++counter)
    writer_.add(record::CountRow{tick, lane, static_cast<std::uint16_t>(counter),
                                 counts->counts[counter], counts->since});
}

void Collector::add_last_counts(std::uint32_t tick, const record::LaneRow& lane) {
  if (counters_ == nullptr) return;
  add_counts(tick, lane.lane, counters_->read_known(lane.tid, tick));
  counters_->forget(lane.tid);
}

void Collector::close(LiveProcess& process, std::int64_t now_ns) {
  describe(process, now_ns);
  process.marks->end(process.channel->channel().marks, scale_of(process.channel->header()),
                     writer_);
  for (const auto& lane : process.lanes) {
    if (lane == nullptr) continue;
    lane->row.last_ns = now_ns;
    writer_.add(lane->row);
  }
  for (auto& [tid, row] : process.sampled) {
    row.last_ns = now_ns;
    writer_.add(row);
  }
  if (process.others) {
    process.others->last_ns = now_ns;
    writer_.add(*process.others);
  }
}

std::size_t Collector::release_ended(std::uint32_t tick, std::int64_t now_ns) {
  calibrate();
  const std::size_t before = live_.size();
  for (const auto& process : live_) {
    if (process->channel->alive() && !process->replaced) continue;
    // Nothing writes there any more: one more look sees all there will ever be.
    process->ended = true;
    collect_process(*process, tick, now_ns);
    // Its CPU time can be read until its parent has taken note of its end.
    look_at_threads(
        *process, tick, now_ns,
        record::process_start_time(process->row.pid) == process->channel->header().start_time);
    for (const auto& lane : process->lanes) {
      if (lane == nullptr) continue;
      add_last_counts(tick, lane->row);
      add_rests(*lane, tick);
    }
    for (const auto& [tid, lane] : process->sampled) add_last_counts(tick, lane);
    close(*process, now_ns);
    if (energy_ != nullptr) energy_->forget(process->row.process);
    std::error_code ignored;
    std::filesystem::remove(process->channel->file(), ignored);
  }
  std::erase_if(live_, [](const auto& process) { return process->ended; });
  return before - live_.size();
}

void Collector::describe_all(std::uint32_t tick, std::int64_t now_ns) {
  for (const auto& process : live_) {
    for (const auto& lane : process->lanes)
      if (lane != nullptr) add_rests(*lane, tick);
    close(*process, now_ns);
  }
}

void Collector::tell_all(record::RecorderState state, const std::string& message) {
  for (const auto& process : live_) process->channel->tell(state, message);
}

}  // namespace joulepath::tools
