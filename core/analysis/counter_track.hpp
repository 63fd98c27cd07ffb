// Follows the readings of one energy counter through a trace: exact differences, what
// was lost to anomalies, and the highest power seen, from which bounds are made.
// Knows nothing of who took the energy.
#pragma once

#include <cstdint>

#include "core/record/counter.hpp"
#include "core/record/rows.hpp"

namespace joulepath::analysis {

/// What one tick's reading says about the time since the last one that told anything.
enum class TrackEvent : std::uint8_t {
  kNothing,  ///< no reading, an unusable one, or no update since: the time is still open
  kStart,    ///< the first reading: what was before is not known
  kAdvance,  ///< `units` were used in the open time
  kLost,     ///< reset, jump or gap: what was used in the open time is not known
};

struct TrackStep {
  TrackEvent event = TrackEvent::kNothing;
  std::uint64_t units = 0;
};

/// All that is kept of a counter; times of the node's clock.
struct CounterFacts {
  std::uint64_t samples = 0;     ///< readings in the trace
  record::Reading first;         ///< valid when samples > 0
  record::Reading last;          ///< last usable one
  std::uint64_t difference = 0;  ///< unwrapped, without the intervals lost
  std::uint64_t intervals = 0;   ///< between usable readings
  std::uint64_t lost_intervals = 0;
  std::int64_t lost_ns = 0;        ///< time whose energy is not known
  std::int64_t unread_end_ns = 0;  ///< of it, at the end, after the last reading that came
  std::uint64_t unusable = 0;      ///< readings out of range or out of time order
  double unseen_units = 0.0;       ///< `difference` may be off by so much: power between readings
  double highest_rate = 0.0;       ///< units per second, over windows of two updates or more
  std::int64_t widest_reading_ns = 0;  ///< longest t_hi - t_lo
};

class CounterTrack {
 public:
  explicit CounterTrack(const record::Signal& signal);
  TrackStep add(const record::Reading& reading);
  /// A reading before which the counter was not followed: what was used since is lost.
  TrackStep add_after_gap(const record::Reading& reading);
  void note_unusable() {
    ++facts_.samples;
    ++facts_.unusable;
  }
  /// Time in which the counter stood although it cannot have: its energy is not known.
  void note_stuck(std::int64_t ns) {
    ++facts_.lost_intervals;
    facts_.lost_ns += ns;
  }
  /// The highest rate falls back to the mean where no window was long enough.
  [[nodiscard]] CounterFacts facts() const;
  /// So far, in units per second; as CounterFacts::highest_rate.
  [[nodiscard]] double highest_rate() const { return facts().highest_rate; }

 private:
  TrackStep lose(const record::Reading& since, const record::Reading& reading);
  void note_rate(std::uint64_t units, const record::Reading& reading);

  record::CounterLimits limits_;
  record::Counter counter_;
  std::int64_t window_ns_;
  CounterFacts facts_;
  record::Reading moved_;  ///< the last one that told anything
  record::Reading window_start_;
  std::uint64_t window_units_ = 0;
};

}  // namespace joulepath::analysis
