#include "core/analysis/counter_track.hpp"

#include <algorithm>
#include <utility>

namespace joulepath::analysis {
namespace {

double rate_of(std::uint64_t units, std::int64_t ns) {
  return static_cast<double>(units) * 1e9 / static_cast<double>(ns);
}

}  // namespace

CounterTrack::CounterTrack(const record::Signal& signal)
    : limits_(record::limits_of(signal)),
      counter_(limits_),
      window_ns_(std::max<std::int64_t>(2 * signal.update_period_ns, 1)) {}

TrackStep CounterTrack::add(const record::Reading& reading) {
  ++facts_.samples;
  const record::Step step = counter_.advance(reading);
  if (step.kind == record::StepKind::kOutOfRange ||
      step.kind == record::StepKind::kNonPositiveTime) {
    ++facts_.unusable;
    return {};
  }
  facts_.widest_reading_ns = std::max(facts_.widest_reading_ns, reading.t_hi_ns - reading.t_lo_ns);
  const bool start = facts_.samples == facts_.unusable + 1;
  facts_.last = reading;
  if (start) {
    facts_.first = window_start_ = moved_ = reading;
    return {TrackEvent::kStart, 0};
  }
  ++facts_.intervals;
  // It may have stood still before, and have jumped to what it had missed.
  if (!step.exact()) return lose(moved_, reading);
  facts_.difference += step.delta;
  note_rate(step.delta, reading);
  if (step.delta == 0) return {};
  moved_ = reading;
  return {TrackEvent::kAdvance, step.delta};
}

TrackStep CounterTrack::add_after_gap(const record::Reading& reading) {
  ++facts_.samples;
  ++facts_.intervals;
  counter_ = record::Counter(limits_);
  counter_.advance(reading);
  const record::Reading previous = std::exchange(facts_.last, reading);
  return lose(previous, reading);
}

TrackStep CounterTrack::lose(const record::Reading& since, const record::Reading& reading) {
  ++facts_.lost_intervals;
  facts_.lost_ns += reading.middle_ns() - since.middle_ns();
  window_start_ = moved_ = reading;
  window_units_ = 0;
  return {TrackEvent::kLost, 0};
}

// A window shorter than two updates can hold one update too many and show twice the
// true power.
void CounterTrack::note_rate(std::uint64_t units, const record::Reading& reading) {
  window_units_ += units;
  const std::int64_t elapsed_ns = reading.middle_ns() - window_start_.middle_ns();
  if (elapsed_ns < window_ns_) return;
  facts_.highest_rate = std::max(facts_.highest_rate, rate_of(window_units_, elapsed_ns));
  window_start_ = reading;
  window_units_ = 0;
}

CounterFacts CounterTrack::facts() const {
  CounterFacts facts = facts_;
  const std::int64_t elapsed_ns = facts.last.middle_ns() - facts.first.middle_ns();
  if (elapsed_ns > 0)
    facts.highest_rate = std::max(facts.highest_rate, rate_of(facts.difference, elapsed_ns));
  return facts;
}

}  // namespace joulepath::analysis
