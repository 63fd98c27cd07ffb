// Least squares for the power of each class of work: which power of each class explains
// the energies of many intervals best. Knows classes as numbers and nothing of lanes,
// phases or units. Single-threaded, values only.
//
// The model: energy of interval k = sum over classes of power(c) * time(c, k). Three things
// make a plain solution wrong, and are dealt with:
//  - The ends of an interval are known for the energy and for the times with an error. That
//    error is in the regressors, and pulls all powers towards their mean. Its variance is
//    known from the readings and is taken off the normal equations (see end_errors).
//  - Directions that the data do not determine (two classes that always go together, phases
//    too short for the edges) keep the mean power: there the fit says nothing, and says so.
//  - The lanes in a class need not be alike, and then a power of the class is wrong for each of
//    them in the same way throughout. That is in no difference between blocks. So what the fit
//    leaves unexplained is taken for such differences between lanes, of a random size, and a
//    share is as unsure as these would make it (see lane_doubt).
//  - Errors of energy are neither equal nor independent (power drifts, instances differ).
//    Uncertainty therefore comes from leaving out one block of intervals after the other
//    (jackknife), never from the residual alone.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace joulepath::analysis {

/// Time of one class in an interval, in ns summed over lanes.
struct ClassTime {
  std::uint32_t of_class = 0;
  double ns = 0.0;
};

/// The part of a class's time that is one lane's.
struct LaneTime {
  std::uint32_t part = 0;  ///< number of the (class, lane) pair
  std::uint32_t of_class = 0;
  double ns = 0.0;
};

/// How the end of an interval is known: the lanes were looked at `shift_ns` after the middle
/// of the time in which the counter's edge lies, and that time is `width_ns` wide.
struct EndError {
  double width_ns = 0.0;
  double shift_ns = 0.0;

  /// Furthest that the edge may lie from the look.
  [[nodiscard]] double furthest_ns() const { return width_ns / 2.0 + std::abs(shift_ns); }
};

struct FitInterval {
  std::span<const ClassTime> times;
  double units = 0.0;
  std::uint32_t lanes = 1;  ///< that were active in it
  EndError begin;
  EndError end;
  std::span<const LaneTime> lane_times = {};  ///< of classes that several lanes share, each once
};

/// What a fit says about the energy of some classes together.
struct FitShare {
  double units = 0.0;
  double half_width = 0.0;  ///< the truth lies within units +- this
  bool determined = false;  ///< false: the data do not tell, and units is a guess
};

class PowerFit {
 public:
  /// Fewer intervals give no uncertainty, and so no determined share.
  static constexpr std::size_t kFewestIntervals = 64;

  /// `intervals`: how many will be added, from which the blocks follow.
  PowerFit(std::size_t classes, std::size_t intervals);
  ~PowerFit();
  PowerFit(PowerFit&&) noexcept;
  PowerFit& operator=(PowerFit&&) noexcept;

  void add(const FitInterval& interval);
  /// To be called once, after all intervals. How sure the powers are is found out when a
  /// share is asked for: that takes twenty solutions more.
  void solve();

  /// Units per ns and lane, by class; never negative. Mean power where nothing is known.
  [[nodiscard]] const std::vector<double>& powers() const;
  /// Share of the classes with `member[c]` in the energy of all intervals.
  [[nodiscard]] FitShare share(const std::vector<bool>& member) const;
  /// Root mean square of what the fit leaves unexplained, relative to the mean energy.
  [[nodiscard]] double residual() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace joulepath::analysis
