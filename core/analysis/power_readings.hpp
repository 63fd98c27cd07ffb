// Turns the readings of a power sensor into those of an energy counter, so that all that is
// done with counters is done with them: exact conservation, bounds, sharing. What is not
// known (how power went between two readings) becomes a margin, never a figure. For one
// sensor, readings in time order; times of the node's clock. Single-threaded.
//
// Instantaneous power: trapezoids between the readings. Averaged power: each reading is the
// mean over the averaging window before it, so it stands for the time around the window's
// middle; it becomes a step of the length between two readings there, never a trapezoid,
// which would smooth what the device has smoothed once already.
//
// A sensor that does not say how often it updates shows values of unknown age. Its updates are
// no farther apart than two changes of its value that were seen; by so much each end is wider.
// That it may average over a longer time than between two updates is not looked for.
#pragma once

#include <cstdint>
#include <optional>

#include "core/record/rows.hpp"
#include "core/record/signal.hpp"

namespace joulepath::analysis {

/// The counter that the readings are turned into: joules in uJ; a signal of energy is itself.
record::Signal as_energy(record::Signal signal);

class PowerReadings {
 public:
  /// `signal`: of power. `tick_ns`: configured time between readings.
  PowerReadings(const record::Signal& signal, std::int64_t tick_ns);

  enum class News : std::uint8_t {
    kNothing,   ///< the device has not updated since, as far as one can tell
    kUnusable,  ///< more than any device of the kind can draw, or not later than before
    kEnergy,    ///< `row` is the energy until then
    kGap,       ///< the same, but what was used since the row before is not known
  };
  struct Step {
    News news = News::kNothing;
    record::SampleRow row;  ///< raw: uJ since the start; an edge, as wide as it is uncertain
  };
  Step add(const record::SampleRow& row);
  /// After the last reading: what is left up to its time, as if power had stayed as it was
  /// shown last. Nothing: there were no two readings.
  [[nodiscard]] std::optional<record::SampleRow> finish();

  /// How far the sum of all steps may be off, in uJ, because power was not seen at all times.
  [[nodiscard]] double unseen_uj() const;

 private:
  [[nodiscard]] record::SampleRow row_at(std::int64_t end_ns, double width_ns) const;
  void note_change(std::int64_t now_ns, std::int64_t since_read_ns);
  [[nodiscard]] std::int64_t oldest_ns(std::int64_t now_ns) const;
  void start(const record::SampleRow& row, std::int64_t at_ns, double watts);
  void integrate(std::int64_t end_ns, double watts);

  bool averaged_;
  double watts_per_unit_;
  double most_watts_;  ///< that a device of the kind can draw; infinite: not known
  std::int64_t period_ns_;
  std::int64_t window_ns_;
  std::int64_t lag_ns_;
  std::int64_t longest_gap_ns_;
  double seen_share_;  ///< of the time, by an averaging device

  bool started_ = false;
  record::SampleRow last_row_;     ///< that was read
  std::int64_t last_news_ns_ = 0;  ///< when the device was last seen to have updated
  std::int64_t covered_ns_ = 0;    ///< energy is integrated up to here
  std::int64_t begin_ns_ = 0;      ///< of the first reading
  /// Of a sensor that does not tell its period: the reading before the last change, and the
  /// shortest time in which two changes were seen.
  std::int64_t before_change_ns_ = 0;
  std::optional<std::int64_t> shortest_ns_;
  double watts_ = 0.0;  ///< last shown
  double uj_ = 0.0;
  double changes_uj_ = 0.0;  ///< sum of |power step| times half its length
  double unseen_ns_ = 0.0;   ///< power may have been anything it was at other times
  double least_watts_ = 0.0;
  double highest_watts_ = 0.0;
};

}  // namespace joulepath::analysis
