#include "tools/recorder/recorder.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>
#include <utility>

#include "core/base/clock.hpp"
#include "core/record/functions.hpp"
#include "core/trace/node_sink.hpp"
#include "core/trace/trace_module.hpp"
#include "sensors/sampler/sampler.hpp"
#include "tools/recorder/collector.hpp"
#include "tools/recorder/cpu_use.hpp"
#include "tools/recorder/init_wait.hpp"
#include "tools/recorder/machine.hpp"
#include "tools/recorder/other_nodes.hpp"
#include "tools/recorder/output_place.hpp"
#include "tools/recorder/placement.hpp"
#include "tools/recorder/process_gpus.hpp"
#include "tools/recorder/reading_period.hpp"
#include "tools/recorder/run_description.hpp"
#include "tools/recorder/sample_rows.hpp"
#include "tools/recorder/self_test.hpp"
#include "tools/recorder/sensor_passes.hpp"
#include "tools/recorder/session_end.hpp"
#include "tools/recorder/slurm_job.hpp"
#include "tools/recorder/thread_cadence.hpp"
#include "tools/recorder/thread_counters.hpp"
#include "tools/recorder/trace_form.hpp"
#include "tools/recorder/trace_module.hpp"
#include "tools/recorder/wakeups.hpp"
#include "tools/settings/sensor_environment.hpp"

namespace joulepath::tools {
namespace {

using record::HealthKind;

constexpr std::int64_t kFlushEvery_ns = 1'000'000'000;
/// The end of a process wakes us; looking is for kernels that cannot tell (before 5.3).
constexpr std::int64_t kLookEvery_ns = 500'000'000;
/// What looking at threads may take of the recorder's share of a core; the rest is for readings.
constexpr double kThreadsPart = 0.5;
/// How long ranks that a launcher promised may take to appear after the others ended.
constexpr std::int64_t kLateRanks_ns = 5'000'000'000;
/// Rows kept in memory while the file cannot be written. Beyond, no ticks are taken: all
/// counters go on by themselves, so that the next tick covers the gap and no total is lost.
constexpr std::size_t kMostBuffered = std::size_t{256} << 20;

/// The running recorder: everything that is open while the job runs.
class Recorder {
 public:
  Recorder(RecorderJob& job, sensors::Sampler& sampler, SampleRows& samples, const Machine& machine,
           trace::NodeSink& writer, std::int64_t first_ns, ThreadCounters& counters,
           EventFilter filter)
      : job_(job),
        samples_(samples),
        writer_(writer),
        sampler_(sampler),
        energy_(sampler.sensors(), machine.sockets()),
        gpus_(sampler.gpus()),
        collector_(job.session.text, machine, writer, &energy_, &gpus_, &counters,
                   std::move(filter)),
        self_test_(sampler.sensors()),
        cpu_use_(job.settings.proc_root, job.settings.sysfs_root),
        threads_(kThreadsPart * job.settings.recorder_cpu_percent / 100),
        passes_(sampler, samples, clock_,
                {job.settings.period_ns, first_ns + job.settings.period_ns,
                 job.settings.recorder_cpu_percent / 100, first_ns + SelfTest::kLengthNs}) {}

  /// The first tick, whose sensors were read before there was a file.
  void first_tick(const record::TickRow& tick) {
    keep_samples();
    writer_.add(record::TickRow{tick.tick, tick.t_begin_ns, tick.t_begin_ns});
    last_flush_ns_ = last_lanes_ns_ = lanes_until_ns_ = tick.t_begin_ns;
    next_tick_ = tick.tick + 1;
  }

  base::Status run(Wakeups& wakeups) {
    look_for_processes(wakeups);
    for (;;) {
      const Wakeup wakeup = wakeups.wait(passes_.next_ns());
      if (wakeup.processes_changed) look_for_processes(wakeups);
      tick(wakeup);
      if (wakeup.signal != 0) {
        ended_by_ = wakeup.signal;
        return base::Done{};
      }
      if (session_over()) {
        const SessionEnd end = leave_session(job_.session, job_.lock);
        left_ = end != SessionEnd::kJoined;
        if (left_) return base::Done{};
        look_for_processes(wakeups);
      }
    }
  }

  base::Status close() {
    const std::int64_t now = clock_.monotonic_ns();
    collector_.describe_all(next_tick_ - 1, now);
    samples_.move_failures_to(writer_, now);
    note_cost(now);
    self_test_.report_to(writer_, now, SelfTest::When::kAtTheEnd);
    note_anomalies(now);
    writer_.add(record::HealthRow{now, HealthKind::kRecorderStopped, record::kNone32,
                                  ended_by_ == SIGTERM && job_.owner != 0 ? 0 : ended_by_, 0});
    return writer_.close();
  }

  [[nodiscard]] bool left() const { return left_; }
  [[nodiscard]] Collector& collector() { return collector_; }

 private:
  void look_for_processes(Wakeups& wakeups) {
    const bool first = collector_.seen() == 0;
    if (collector_.find_processes() == 0) return;
    if (first && !job_.settings.exclusive) {
      own_cpu_ns_ = clock_.cpu_ns();
      cpu_use_.begin(clock_.monotonic_ns(), next_tick_ - 1);
    }
    for (const int exited : collector_.take_new_exit_descriptors()) wakeups.watch_exit(exited);
    run_beside(collector_.cpus_in_use());
  }

  /// Whatever is due; all sensors and lanes, when something has happened.
  void tick(const Wakeup& wakeup) {
    const bool all = wakeup.processes_changed || wakeup.signal != 0;
    if (writer_.buffered_bytes() > kMostBuffered) {
      passes_.skip_due();
      look_for_ended(wakeup, clock_.monotonic_ns());
      ++ticks_lost_;
    } else if (const auto pass = read_sensors(all)) {
      const std::int64_t lanes = clock_.monotonic_ns();
      const bool ended = look_for_ended(wakeup, lanes);
      const std::int64_t counted = pass->edge_ns != 0 ? pass->edge_ns : lanes;
      if (all || ended || lanes_due(lanes)) {
        // Sockets whose readings wait for this look are read in other passes.
        const SocketMask sockets = coarse() ? kAllSockets : pass->sockets;
        lanes_until_ns_ = read_lanes(counted, sockets, lanes - counted);
        last_lanes_ns_ = lanes;
      }
      writer_.add(record::TickRow{next_tick_, pass->begin_ns, lanes_until_ns_});
      ++next_tick_;
    }
    if (const std::int64_t now = clock_.monotonic_ns(); now - last_flush_ns_ >= kFlushEvery_ns)
      flush(now);
  }

  std::optional<SensorPasses::Pass> read_sensors(bool all) {
    const auto pass = all ? passes_.take_all(next_tick_) : passes_.take_due(next_tick_);
    keep_samples();
    return pass;
  }

  void keep_samples() {
    energy_.readings(samples_.rows());
    self_test_.readings(samples_.rows());
    samples_.move_to(writer_);
  }

  /// Once, at the end: the report finds the intervals by itself, but not which kind they are.
  void note_anomalies(std::int64_t now) {
    const auto health = sampler_.health();
    for (std::uint32_t sensor = 0; sensor < health.size(); ++sensor)
      if (health[sensor].anomalies != 0)
        writer_.add(record::HealthRow{now, HealthKind::kCounterAnomaly, sensor,
                                      static_cast<std::int32_t>(health[sensor].last_anomaly),
                                      static_cast<std::int64_t>(health[sensor].anomalies)});
  }

  /// Whether some have.
  bool look_for_ended(const Wakeup& wakeup, std::int64_t now) {
    if (!wakeup.processes_changed && now - last_look_ns_ < kLookEvery_ns) return false;
    last_look_ns_ = now;
    if (collector_.release_ended(next_tick_, now) == 0) return false;
    if (collector_.alive() == 0) last_end_ns_ = now;
    return true;
  }

  [[nodiscard]] bool coarse() const { return job_.settings.lane_period_ns > 0; }
  [[nodiscard]] bool lanes_due(std::int64_t now) const {
    return now - last_lanes_ns_ + job_.settings.period_ns / 2 >= job_.settings.lane_period_ns;
  }

  std::int64_t read_lanes(std::int64_t now, SocketMask sockets, std::int64_t behind_ns) {
    const std::int64_t until = collector_.collect(next_tick_, now, sockets, behind_ns);
    if (collector_.alive() > 0 && threads_.due(now)) {
      const std::int64_t before = clock_.cpu_ns();
      collector_.collect_threads(next_tick_, now);
      threads_.looked(now, clock_.cpu_ns() - before);
    }
    add_cpu_use(now);
    gpu_looks_.clear();
    sampler_.take_gpu_looks(gpu_looks_);
    collector_.collect_gpu_use(next_tick_, gpu_looks_);
    return until;
  }

  /// After a look at the threads, or when the last process has ended.
  void add_cpu_use(std::int64_t now) {
    CpuTimes times = collector_.take_cpu_times();
    if (times.empty()) return;
    const std::int64_t own_ns = clock_.cpu_ns();
    times[::sched_getcpu()] += static_cast<std::uint64_t>(own_ns - own_cpu_ns_);
    own_cpu_ns_ = own_ns;
    cpu_use_.used(times);
    if (!cpu_use_.due(now, collector_.alive() > 0 ? CpuUse::kUsual_ns : CpuUse::kLeast_ns)) return;
    for (const record::CpuUseRow& row :
         cpu_use_.look(clock_.monotonic_ns(), next_tick_, other_sessions(job_.session.text)))
      writer_.add(row);
  }

  void flush(std::int64_t now) {
    samples_.move_failures_to(writer_, now);
    note_cost(now);
    self_test_.report_to(writer_, now, SelfTest::When::kOver);
    last_flush_ns_ = now;
    const base::Status flushed = writer_.flush();
    if (!flushed) {
      // The rows stay in memory; the disk may have room again before the end. What HDF5 says of
      // further tries names no cause.
      if (!write_error_) write_error_ = flushed.error();
      collector_.tell_all(record::RecorderState::kFailed, write_error_->message());
    } else if (write_error_) {
      collector_.tell_all(record::RecorderState::kAttached, {});
      if (ticks_lost_ != 0)
        writer_.add(record::HealthRow{now, HealthKind::kRowsLost, record::kNone32,
                                      write_error_->sys_errno, std::exchange(ticks_lost_, 0)});
      write_error_.reset();
    }
  }

  void note_cost(std::int64_t now) {
    writer_.add(
        record::HealthRow{now, HealthKind::kRecorderCpu, record::kNone32, 0, clock_.cpu_ns()});
    const auto [late, skipped] = passes_.take_punctuality();
    if (late != 0)
      writer_.add(record::HealthRow{now, HealthKind::kLateTick, record::kNone32, 0, late});
    if (skipped != 0)
      writer_.add(record::HealthRow{now, HealthKind::kSkippedTicks, record::kNone32, 0, skipped});
    if (threads_.looks() > 0 && threads_.take_news())
      writer_.add(record::HealthRow{now, HealthKind::kThreadPeriod, record::kNone32, 0,
                                    threads_.period_ns()});
    passes_.report_to(writer_, now);
  }

  /// The ranks have ended, and all that the launcher promised have been here.
  [[nodiscard]] bool session_over() const {
    if (job_.owner != 0 || collector_.alive() > 0) return false;
    if (collector_.seen() == 0) return clock_.monotonic_ns() - last_flush_ns_ > kLateRanks_ns;
    return collector_.seen() >= collector_.expected() ||
           clock_.monotonic_ns() - last_end_ns_ > kLateRanks_ns;
  }

  RecorderJob& job_;
  SampleRows& samples_;
  trace::NodeSink& writer_;
  sensors::Sampler& sampler_;
  std::vector<sensors::GpuLook> gpu_looks_;
  EnergyBoard energy_;
  ProcessGpus gpus_;
  Collector collector_;
  SelfTest self_test_;
  CpuUse cpu_use_;
  std::int64_t own_cpu_ns_ = 0;  ///< of the recorder, told to cpu_use_
  ThreadCadence threads_;
  SystemPassClock clock_;
  SensorPasses passes_;
  std::uint32_t next_tick_ = 0;
  std::int64_t last_flush_ns_ = 0;
  std::int64_t last_lanes_ns_ = 0;   ///< the lanes were looked at
  std::int64_t lanes_until_ns_ = 0;  ///< up to when they counted then
  std::int64_t last_end_ns_ = 0;
  std::int64_t last_look_ns_ = 0;
  std::int64_t ticks_lost_ = 0;
  std::optional<base::Error> write_error_;  ///< first since a flush that succeeded
  int ended_by_ = 0;
  bool left_ = false;
};

std::string session_name(const record::SessionPath& session) {
  return std::filesystem::path(session.text).filename().string();
}

base::Result<NodePlace> find_place(const RecorderJob& job) {
  if (!job.parts.empty()) {
    OutputPlace place = output_place(job.settings.output);
    place.parts = job.parts;
    auto file = add_writer(place.parts, hostname());
    if (!file) return file.error();
    return NodePlace{std::move(place), *std::move(file)};
  }
  const std::string session = session_name(job.session);
  const std::string name =
      slurm_trace_name(session).value_or(fmt::format("joulepath-{}.h5", session));
  const std::filesystem::path output = job.settings.output;
  return claim_or_join(trace_in(output.empty() ? std::filesystem::current_path() : output, name),
                       {session, Gatherer::kLastRecorder}, hostname());
}

/// A step's nodes end together, and the plug-in keeps Slurm from telling srun of a node's tasks
/// until we have ended. Of a step that is killed, for one by a node's failure, srun waits no longer
/// than KillWait, and forgets the tasks' exit codes then. So this is short: srun's plug-in gathers
/// what is left.
constexpr Patience kStepPatience{std::chrono::milliseconds(1'000),
                                 std::chrono::milliseconds(3'000)};

/// The node's file is closed. `joulepath run` makes the trace itself.
base::Status end_parts(const NodePlace& place, const Collector& collector,
                       decltype(trace::gather_folder)* gather, std::string_view form) {
  const RanksSeen seen = collector.ranks_seen();
  if (auto ended = end_writer(place.node_file, seen); !ended) return ended;
  const auto mark = mark_of(place.place.parts);
  if (!mark || mark->gatherer == Gatherer::kLauncher) return base::Done{};
  if (seen.world == 0) return base::Done{};  // no telling who else belongs to it
  Patience patience;
  if (mark->session.starts_with(kLauncherSession)) patience.all = std::chrono::milliseconds(0);
  if (mark->session.starts_with(kSlurmSession)) patience = kStepPatience;
  return gather_if_last(place.place, patience, [&]() -> base::Status {
    const auto notes = gather_parts(place.place, gather, trace_form(form, place.place.parts));
    if (!notes) return notes.error();
    return base::Done{};
  });
}

base::Status record_until_end(RecorderJob& job, bool& left) {
  base::SystemClock clock;
  const Settings& settings = job.settings;
  auto filter =
      EventFilter::make(settings.event_functions, settings.event_min_ns, settings.event_phases);
  if (!filter) return filter.error();
  auto specs = parse_counters(settings.counters, settings.sysfs_root);
  if (!specs) return specs.error();
  run_beside({});
  auto sampler =
      sensors::Sampler::open(sensor_environment(job.settings, clock), job.settings.sensors);
  if (!sampler) return sampler.error();
  job.settings.period_ns = reading_period_ns(job.settings.period_ns, sampler->sensors());
  // The first reading at once, before anything slow: energy is known from here on.
  SampleRows samples(sampler->sensors());
  const record::TickRow first{0, clock.monotonic_ns(), 0};
  samples.begin(0);
  sampler->sample(samples);

  const std::string command = run_command(job.session.text);  // before its process can end
  if (job.owner == 0) wait_for_mpi_init(job.session);

  const auto module = open_trace_module();
  if (!module) return module.error();
  auto machine = Machine::load(job.settings.topology);
  if (!machine) return machine.error();
  ThreadCounters counters(*std::move(specs), part_of_descriptors(4));
  auto place = find_place(job);
  if (!place) return place.error();
  auto created =
      (*module)->create(place->node_file, describe_node(*machine, job.settings, first.t_begin_ns),
                        record::function_rows());
  if (!created) return created.error();
  const std::unique_ptr<trace::NodeSink> writer = *std::move(created);
  describe_run(*writer, job.session.text, command, job.settings, *sampler);
  for (const record::SensorRow& sensor : sampler->sensors()) writer->add(sensor);

  describe_counters(*writer, counters);

  Recorder recorder(job, *sampler, samples, *machine, *writer, first.t_begin_ns, counters,
                    *std::move(filter));
  recorder.first_tick(first);
  if (base::Status flushed = writer->flush(); !flushed) return flushed;
  auto wakeups = Wakeups::open(job.session.text);
  if (!wakeups) return wakeups.error();
  if (job.owner != 0) wakeups->watch_owner(job.owner);
  if (job.ready) job.ready();

  base::Status ended = recorder.run(*wakeups);
  left = recorder.left();
  if (base::Status closed = recorder.close(); !closed) return closed;
  if (!ended) return ended;
  return end_parts(*place, recorder.collector(), (*module)->gather_folder, job.settings.gather);
}

}  // namespace

base::Status record_session(RecorderJob job) {
  bool left = false;
  base::Status ended = record_until_end(job, left);
  if (left) return ended;
  if (!ended && job.owner == 0) {
    refuse_session(job.session, job.lock, ended.error().message());
    return ended;
  }
  // Ended by a signal or its owner: processes that are still there go on unrecorded.
  std::error_code ignored;
  std::filesystem::remove_all(job.session.text, ignored);
  return ended;
}

}  // namespace joulepath::tools
