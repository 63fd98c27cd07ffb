#include "tools/recorder/sensor_passes.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <limits>
#include <utility>

#include "core/base/clock_ns.hpp"
#include "tools/recorder/excluded_period.hpp"

namespace joulepath::tools {

using record::HealthKind;
using Keep = SampleRows::Keep;

SystemPassClock::SystemPassClock() {
  ::prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
}

std::int64_t SystemPassClock::monotonic_ns() const noexcept {
  return base::SystemClock().monotonic_ns();
}

void SystemPassClock::sleep_until(std::int64_t at_ns) {
  constexpr std::int64_t kSecond_ns = 1'000'000'000;
  const timespec at{at_ns / kSecond_ns, at_ns % kSecond_ns};
  ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
}

std::int64_t SystemPassClock::cpu_ns() const {
  return base::clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

SensorPasses::SensorPasses(sensors::Sampler& sampler, SampleRows& samples, PassClock& clock,
                           const Settings& settings)
    : sampler_(sampler),
      samples_(samples),
      clock_(clock),
      tick_ns_(settings.tick_ns),
      all_until_ns_(settings.all_until_ns),
      budget_(settings.cpu_share),
      accounted_ns_(clock.monotonic_ns()),
      accounted_cpu_ns_(clock.cpu_ns()) {
  const auto sensors = sampler.sensors();
  for (const record::SensorRow& row : sensors)
    written_period_ns_.push_back(row.signal.update_period_ns);
  for (SensorGroup& read : group_sensors(sensors)) {
    Group group;
    group.read = std::move(read);
    group.due_ns = settings.first_due_ns;
    if (const auto leader = group.read.leader) {
      group.all.push_back(*leader);
      group.chase.emplace(sensors[*leader].signal.update_period_ns, tick_ns_, accounted_ns_);
    }
    group.all.insert(group.all.end(), group.read.sensors.begin(), group.read.sensors.end());
    std::copy_if(group.all.begin(), group.all.end(), std::back_inserter(group.followed),
                 [&](std::uint16_t sensor) {
                   return sensor == group.read.leader || sensors[sensor].signal.socket >= 0;
                 });
    groups_.push_back(std::move(group));
  }
}

std::int64_t SensorPasses::next_ns() const {
  std::int64_t next = std::numeric_limits<std::int64_t>::max();
  const std::int64_t now = clock_.monotonic_ns();
  for (const Group& group : groups_) {
    if (group.chase && group.chase->watch(now)) return now;
    next = std::min(next, group.look ? group.look->from_ns : group.due_ns);
  }
  return next;
}

std::optional<SensorPasses::Pass> SensorPasses::take_due(std::uint32_t tick) {
  const std::int64_t now = clock_.monotonic_ns();
  // Plain ones that are due at the same time are one pass.
  Pass pass{now, 0};
  samples_.begin(tick);
  for (Group& group : groups_) {
    if (group.look || group.due_ns > now) continue;
    note_punctuality(group, now);
    read_plainly(group);
    pass.sockets |= group.read.sockets;
    finish(group, now);
  }
  if (pass.sockets != 0) return pass;
  for (Group& group : groups_) {
    if (!group.look || group.look->from_ns > now) continue;
    note_punctuality(group, now);
    const std::int64_t edge_ns = take_at_update(group, tick);
    finish(group, clock_.monotonic_ns());
    return Pass{now, group.read.sockets, edge_ns};
  }
  watch_first(now);
  return std::nullopt;
}

SensorPasses::Pass SensorPasses::take_all(std::uint32_t tick) {
  const std::int64_t now = clock_.monotonic_ns();
  samples_.begin(tick);
  samples_.keep(Keep::kAll);
  sampler_.sample(samples_);
  return {now, kAllSockets};
}

void SensorPasses::skip_due() {
  const std::int64_t now = clock_.monotonic_ns();
  for (Group& group : groups_) {
    group.look.reset();
    if (group.due_ns <= now) finish(group, now);
  }
  watch_first(now);
}

bool SensorPasses::moved(const Group& group) const {
  return group.raw_before && samples_.raw(*group.read.leader) != group.raw_before;
}

/// The next pass of a group: at an update where that may be had and afforded.
void SensorPasses::plan(Group& group) {
  group.look.reset();
  const auto look = group.chase ? group.chase->look(group.due_ns, budget_.poll_ns()) : std::nullopt;
  if (!look) return;
  if (group.turn++ % budget_.every() != 0) {
    ++left_out_;
    return;
  }
  group.look = look;
}

void SensorPasses::finish(Group& group, std::int64_t now_ns) {
  if (group.read.leader) group.raw_before = samples_.raw(*group.read.leader);
  group.due_ns += tick_ns_;
  if (group.due_ns <= now_ns) group.due_ns += (now_ns - group.due_ns) / tick_ns_ * tick_ns_;
  if (group.due_ns <= now_ns) group.due_ns += tick_ns_;
  plan(group);
}

void SensorPasses::note_punctuality(const Group& group, std::int64_t now_ns) {
  if (&group != &groups_.front()) return;  // they share one fate
  const std::int64_t due = group.look ? group.look->from_ns : group.due_ns;
  if (now_ns - due > tick_ns_ / 2) ++punctuality_.late;
  punctuality_.skipped += std::max<std::int64_t>(0, now_ns - due) / tick_ns_;
}

void SensorPasses::read_plainly(Group& group) {
  samples_.keep(Keep::kAll);
  sampler_.sample(group.all, samples_);
  read_rested(group);
  if (!group.chase) return;
  if (const auto edge = samples_.change(*group.read.leader)) group.chase->seen_in_passing(*edge);
  group.chase->passed(moved(group), clock_.monotonic_ns());
}

void SensorPasses::read_rested(Group& group) {
  if (group.rested.empty()) return;
  const std::int64_t now = clock_.monotonic_ns();
  due_.clear();
  for (Rested& rested : group.rested) {
    if (rested.due_ns > now) continue;
    // A pass may come a little early; twice the period is more than may be.
    rested.due_ns = now + rested.period_ns - tick_ns_ / 2;
    due_.push_back(rested.sensor);
  }
  if (!due_.empty()) sampler_.sample(due_, samples_);
}

/// Once. Changes that are seen so rarely tell no period.
void SensorPasses::rest_excluded(std::int64_t now_ns) {
  if (resting_ || now_ns < all_until_ns_) return;
  resting_ = true;
  for (Group& group : groups_) {
    for (const std::uint16_t sensor : group.read.sensors) {
      const record::Signal& signal = sampler_.sensors()[sensor].signal;
      const std::int64_t period_ns = excluded_period_ns(signal);
      if (!is_read_rarely(signal) || period_ns < 2 * tick_ns_) continue;
      group.rested.push_back({sensor, period_ns, now_ns});
      samples_.read_in_bursts(sensor, true);
    }
    for (const Rested& rested : group.rested)
      for (auto* list : {&group.read.sensors, &group.all, &group.followed})
        std::erase(*list, rested.sensor);
  }
}

/// Reads the leader again and again; its row is kept when it has changed.
std::optional<Edge> SensorPasses::wait_for_change(std::uint16_t leader, const Look& look) {
  samples_.keep(Keep::kChanges);
  std::int64_t next = look.from_ns;
  for (;;) {
    const std::int64_t now = clock_.monotonic_ns();
    if (now >= look.until_ns) return std::nullopt;
    next = std::max(next + look.every_ns, now + look.every_ns / 2);
    clock_.sleep_until(next);
    sampler_.sample({&leader, 1}, samples_);
    if (const auto edge = samples_.change(leader)) return edge;
  }
}

/// One after the other: only what is watched without a break tells its period.
void SensorPasses::watch_first(std::int64_t now_ns) {
  for (Group& group : groups_) {
    const auto slice = group.chase ? group.chase->watch(now_ns) : std::nullopt;
    if (!slice) continue;
    watch(group, *slice);
    return;
  }
}

void SensorPasses::watch(Group& group, const Look& slice) {
  const std::int64_t cpu_before = clock_.cpu_ns();
  for (const std::uint16_t sensor : group.all) samples_.read_in_bursts(sensor, true);
  samples_.keep(Keep::kNothing);
  std::int64_t next = slice.from_ns;
  while (next < slice.until_ns && group.chase->watch(next)) {
    next += slice.every_ns;
    clock_.sleep_until(next);
    next = std::max(next, clock_.monotonic_ns());
    sampler_.sample({&*group.read.leader, 1}, samples_);
    if (const auto edge = samples_.change(*group.read.leader)) group.chase->changed(*edge);
  }
  group.chase->watched(clock_.monotonic_ns());
  if (const auto period = group.chase->followed_period_ns())
    samples_.set_period(*group.read.leader, *period);
  else if (!group.chase->watch(next))
    for (const std::uint16_t sensor : group.all) samples_.read_in_bursts(sensor, false);
  plan(group);
  looks_cpu_ns_ += clock_.cpu_ns() - cpu_before;
}

std::int64_t SensorPasses::take_at_update(Group& group, std::uint32_t tick) {
  const std::int64_t cpu_before = clock_.cpu_ns();
  Look look = *group.look;
  // Woken so late that the update may be over: the one after it.
  const std::int64_t now = clock_.monotonic_ns();
  if (now > look.from_ns + (look.expected_ns - look.from_ns) / 2)
    look = group.chase->look(now, look.every_ns).value_or(look);
  if (look.from_ns > now) clock_.sleep_until(look.from_ns);
  // The old values, so that an update of each is seen between this and the end. Only of sockets'
  // counters: a source with a thread of its own hands each reading over once, and its signals,
  // which are of no socket, would lose it here.
  samples_.begin(tick);
  samples_.keep(Keep::kNothing);
  sampler_.sample(group.followed, samples_);
  auto edge = wait_for_change(*group.read.leader, look);
  samples_.keep(Keep::kAll);
  sampler_.sample(edge ? group.read.sensors : group.all, samples_);
  read_rested(group);
  if (!edge) edge = samples_.change(*group.read.leader);  // at the last moment
  if (edge) {
    group.chase->changed(*edge);
  } else {
    if (moved(group)) ++group.missed;
    group.chase->missed(moved(group), clock_.monotonic_ns());
  }
  looks_cpu_ns_ += clock_.cpu_ns() - cpu_before;
  return edge ? edge->middle_ns() : 0;
}

void SensorPasses::write_period(trace::NodeSink& writer, std::uint16_t sensor,
                                std::int64_t period_ns, std::int64_t now_ns) {
  // Rounded up: a reading is at most so old.
  constexpr std::int64_t kStep_ns = 1000;
  period_ns = (period_ns + kStep_ns - 1) / kStep_ns * kStep_ns;
  const std::int64_t written = written_period_ns_[sensor];
  if (std::abs(period_ns - written) * 100 <= written) return;
  written_period_ns_[sensor] = period_ns;
  samples_.set_period(sensor, period_ns);
  record::SensorRow row = sampler_.sensors()[sensor];
  row.signal.update_period_ns = period_ns;
  writer.add(row);
  // The device's own word may be off a little; this is another device than it says.
  const std::int64_t stated = sampler_.sensors()[sensor].signal.update_period_ns;
  if (stated > 0 && (period_ns > 2 * stated || 2 * period_ns < stated))
    writer.add(record::HealthRow{now_ns, HealthKind::kPeriodDiffers, sensor, 0, period_ns});
}

void SensorPasses::report_to(trace::NodeSink& writer, std::int64_t now_ns) {
  for (Group& group : groups_) {
    if (group.missed != 0)
      writer.add(record::HealthRow{now_ns, HealthKind::kEdgesMissed, *group.read.leader, 0,
                                   std::exchange(group.missed, 0)});
    if (group.chase)
      if (const auto period = group.chase->settled_period_ns())
        write_period(writer, *group.read.leader, *period, now_ns);
    for (const std::uint16_t sensor : group.all)
      if (const auto period = samples_.measured_period_ns(sensor))
        write_period(writer, sensor, *period, now_ns);
  }
  if (left_out_ != 0)
    writer.add(record::HealthRow{now_ns, HealthKind::kBudgetReached, record::kNone32, 0,
                                 std::exchange(left_out_, 0)});
  rest_excluded(now_ns);
  const std::int64_t cpu = clock_.cpu_ns();
  budget_.account(now_ns - std::exchange(accounted_ns_, now_ns),
                  cpu - std::exchange(accounted_cpu_ns_, cpu), std::exchange(looks_cpu_ns_, 0));
}

SensorPasses::Punctuality SensorPasses::take_punctuality() {
  return std::exchange(punctuality_, {});
}

}  // namespace joulepath::tools
