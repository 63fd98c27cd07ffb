// The static power of a chip: what flows whatever the lanes do. Given by the user, or
// learned from stretches of the trace in which no lane was active on the chip, the lowest
// of which counts. Not known in a run that never leaves the chip idle.
#pragma once

#include <algorithm>
#include <cstdint>

namespace joulepath::analysis {

enum class StaticSource : std::uint8_t { kUnknown, kLearned, kConfigured };

class IdlePower {
 public:
  IdlePower() = default;
  explicit IdlePower(std::int64_t update_period_ns)
      : shortest_ns_(std::max(kUpdates * static_cast<double>(update_period_ns), kShortestNs)) {}

  /// As it was found.
  IdlePower(StaticSource source, double units_per_ns)
      : source_(source), units_per_ns_(units_per_ns) {}

  /// 0 W: not given.
  void configure(double watts, double joules_per_unit) {
    if (watts <= 0.0 || joules_per_unit <= 0.0) return;
    source_ = StaticSource::kConfigured;
    units_per_ns_ = watts * 1e-9 / joules_per_unit;
  }
  /// Energy of an interval in which no lane was active.
  void add_idle(double units, double ns) {
    units_ += units;
    ns_ += ns;
    if (source_ == StaticSource::kConfigured || ns_ < shortest_ns_) return;
    const double power = units_ / ns_;
    if (source_ == StaticSource::kUnknown || power < units_per_ns_) units_per_ns_ = power;
    source_ = StaticSource::kLearned;
    units_ = ns_ = 0.0;
  }
  /// The stretch of idle time is over.
  void interrupt() { units_ = ns_ = 0.0; }

  [[nodiscard]] StaticSource source() const { return source_; }
  /// 0 while not known.
  [[nodiscard]] double units_per_ns() const { return units_per_ns_; }

 private:
  /// Long enough that two ends of an update period each do not matter.
  static constexpr double kUpdates = 20.0;
  static constexpr double kShortestNs = 50e6;
  double shortest_ns_ = kShortestNs;
  StaticSource source_ = StaticSource::kUnknown;
  double units_per_ns_ = 0.0;
  double units_ = 0.0;
  double ns_ = 0.0;
};

}  // namespace joulepath::analysis
