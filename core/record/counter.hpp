// Differences of a counter that wraps, resets and is read at uneven times: done once,
// here, for the analysis and for the sampler. Integers only. A difference is either
// exact or it is an anomaly with a name; nothing is ever guessed. Not here: joules,
// interpolation between readings.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/record/signal.hpp"

namespace joulepath::record {

/// What is known of a counter, in its raw units.
struct CounterLimits {
  std::uint64_t modulus = 0;  ///< raw counts at which it wraps; 0: never wraps
  /// No device of this kind counts faster, in raw units per second. 0: not known, and
  /// then no decrease can be told to be a wrap.
  std::uint64_t max_rate = 0;
  /// One reading may hold up to this much more of the past than its interval says.
  std::int64_t update_period_ns = 0;
  /// Readings farther apart than this may hide what was lost between them. 0: no such limit.
  std::int64_t longest_gap_ns = 0;
};

/// Limits with a generous highest power for the signal's domain: 2 kW for a package,
/// 1 kW for memory, 5 kW for a GPU or module, 10 kW for a platform, 100 kW for a node;
/// none for an estimate, whose power is the user's constants.
/// A device that does not say how often it updates is taken to do so each second.
[[nodiscard]] CounterLimits limits_of(const Signal& signal);

/// For how long a device's counter may stand still: three updates, and the time in which the
/// least that anything switched on takes (0.1 W) makes one of its units. One that stands
/// longer is stuck, or what it counts is switched off; nothing tells which.
[[nodiscard]] std::int64_t longest_still_ns(const Signal& signal);

enum class StepKind : std::uint8_t {
  kExact,     ///< `delta` is the exact difference
  kBackward,  ///< lower, and no wrap explains it: reset, or a defect of the device
  kJump,      ///< higher by more than the device can count in that time
  /// Longer than half the range at the highest rate, so that wraps may be lost; or longer
  /// than the limits allow.
  kGap,
  kOutOfRange,       ///< raw >= modulus: no value of this counter
  kNonPositiveTime,  ///< not taken after the previous reading
};

std::string_view to_string(StepKind kind);

struct Step {
  StepKind kind = StepKind::kExact;
  std::uint64_t delta = 0;  ///< raw units; 0 unless kExact
  bool wrapped = false;

  [[nodiscard]] bool exact() const { return kind == StepKind::kExact; }
};

/// The difference between two readings of one counter. The elapsed time is taken at
/// its longest, previous.t_lo to now.t_hi.
[[nodiscard]] Step step(const CounterLimits& limits, const Reading& previous,
                        const Reading& now) noexcept;

/// Follows one counter. Never allocates; single-threaded.
class Counter {
 public:
  explicit Counter(const CounterLimits& limits) : limits_(limits) {}

  /// The step to `now`, which becomes the base of the next one, unless it is out of
  /// range or out of time order: then the base stays and nothing is lost. The first
  /// reading in range gives an exact 0.
  Step advance(const Reading& now) noexcept;

  /// Sum of all exact steps, modulo 2^64.
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::uint64_t wraps() const { return wraps_; }

 private:
  CounterLimits limits_;
  Reading base_;
  bool has_base_ = false;
  std::uint64_t total_ = 0;
  std::uint64_t wraps_ = 0;
};

}  // namespace joulepath::record
