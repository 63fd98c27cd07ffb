// Turns one signal's exact units into joules with bounds. The bounds of a measured
// figure come from the moments of its readings, the counter's update period, the
// highest power seen and its unit; those of an estimate from the model's own error.
#pragma once

#include <cstdint>
#include <string>

#include "core/analysis/attribution.hpp"
#include "core/analysis/figure.hpp"
#include "core/record/tables.hpp"

namespace joulepath::analysis {

class SignalFigures {
 public:
  /// Of a power sensor: the energy that its readings were turned into. `result` must
  /// outlive this; `period_ns` stands in for an unknown update period.
  SignalFigures(const record::Signal& signal, const SignalResult& result, std::int64_t period_ns);

  /// Whether the trace holds an energy for this signal: two usable readings.
  [[nodiscard]] bool known() const { return why_unknown_.empty(); }
  [[nodiscard]] const std::string& why_unknown() const { return why_unknown_; }

  /// Energy between the first and the last reading; unknown with its reason.
  [[nodiscard]] Figure total() const;
  /// A group's share, `units` as it was split, within what is certain of it.
  [[nodiscard]] Figure share(std::uint64_t units, const GroupBounds& bounds) const;
  /// Part of a share: what a group took while it waited `wait_ns` of its `ns`. Waiting may
  /// need more power than the rest or less, up to what no device of the kind exceeds.
  [[nodiscard]] Figure waiting(std::uint64_t units, const GroupBounds& bounds, std::uint64_t ns,
                               std::uint64_t wait_ns) const;
  /// Energy that no lane took.
  [[nodiscard]] Figure rest(Rest rest) const;

 private:
  [[nodiscard]] Figure bounded(std::uint64_t units, double lo_units, double hi_units,
                               double margin_units, Basis basis) const;
  [[nodiscard]] Basis basis() const;

  record::Signal signal_;  ///< as of energy
  const SignalResult& result_;
  std::string why_unknown_;
  double edge_units_ = 0.0;  ///< what one end of an interval may be off
  double lost_units_ = 0.0;  ///< the most that the lost intervals can have held
};

/// "package-0 on node01".
std::string signal_place(const record::Signal& signal, const record::NodeInfo& node);

}  // namespace joulepath::analysis
