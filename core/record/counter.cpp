#include "core/record/counter.hpp"

#include <algorithm>
#include <cmath>

namespace joulepath::record {
namespace {

__extension__ using Wide = unsigned __int128;
constexpr Wide kNsPerS = 1'000'000'000;

/// The most the counter can have advanced in `elapsed_ns`, rounded up.
Wide most(const CounterLimits& limits, std::int64_t elapsed_ns) {
  return (Wide{limits.max_rate} * static_cast<std::uint64_t>(elapsed_ns) + kNsPerS - 1) / kNsPerS;
}

double highest_power_w(Domain domain) {
  switch (domain) {
    case Domain::kPackage:
    case Domain::kCore:
    case Domain::kUncore: return 2e3;
    case Domain::kDram: return 1e3;
    case Domain::kGpu:
    case Domain::kModule: return 5e3;
    case Domain::kPlatform: return 1e4;
    case Domain::kNode:
    case Domain::kOther: break;
  }
  return 1e5;
}

}  // namespace

CounterLimits limits_of(const Signal& signal) {
  constexpr std::int64_t kUnknownPeriodNs = 1'000'000'000;
  CounterLimits limits{signal.modulus, 0,
                       signal.update_period_ns > 0 ? signal.update_period_ns : kUnknownPeriodNs,
                       signal.longest_gap_ns};
  if (signal.provenance == Provenance::kEstimated) return limits;
  const double rate = highest_power_w(signal.domain) / signal.si_per_unit;
  if (!(rate > 0)) return limits;
  constexpr double kMost = 9e18;  // an integer holds it
  limits.max_rate = rate >= kMost ? static_cast<std::uint64_t>(kMost)
                                  : static_cast<std::uint64_t>(std::ceil(rate));
  return limits;
}

std::int64_t longest_still_ns(const Signal& signal) {
  constexpr std::int64_t kUpdates = 3;
  constexpr double kLeastW = 0.1;
  constexpr double kMostNs = 1e18;  // an integer holds it
  const std::int64_t updates_ns = kUpdates * limits_of(signal).update_period_ns;
  const double unit_ns = std::min(signal.si_per_unit / kLeastW * 1e9, kMostNs);
  return std::max(updates_ns, static_cast<std::int64_t>(std::ceil(unit_ns)));
}

std::string_view to_string(StepKind kind) {
  switch (kind) {
    case StepKind::kExact: return "exact";
    case StepKind::kBackward: return "backward";
    case StepKind::kJump: return "jump";
    case StepKind::kGap: return "gap";
    case StepKind::kOutOfRange: return "out of range";
    case StepKind::kNonPositiveTime: return "time not positive";
  }
  return "unknown";
}

Step step(const CounterLimits& limits, const Reading& previous, const Reading& now) noexcept {
  const std::uint64_t modulus = limits.modulus;
  if (modulus != 0 && (now.raw >= modulus || previous.raw >= modulus))
    return {StepKind::kOutOfRange};
  if (now.t_lo_ns <= previous.t_lo_ns || now.t_hi_ns <= previous.t_hi_ns)
    return {StepKind::kNonPositiveTime};

  const std::int64_t elapsed_ns = now.t_hi_ns - previous.t_lo_ns;
  if (modulus != 0 && limits.max_rate != 0 && 2 * most(limits, elapsed_ns) > modulus)
    return {StepKind::kGap};
  if (limits.longest_gap_ns != 0 && elapsed_ns > limits.longest_gap_ns) return {StepKind::kGap};

  const Wide plausible = most(limits, elapsed_ns + limits.update_period_ns);
  if (now.raw >= previous.raw) {
    const std::uint64_t delta = now.raw - previous.raw;
    if (limits.max_rate != 0 && delta > plausible) return {StepKind::kJump};
    return {StepKind::kExact, delta, false};
  }
  if (modulus == 0) return {StepKind::kBackward};
  const std::uint64_t delta = modulus - previous.raw + now.raw;
  if (delta > plausible) return {StepKind::kBackward};
  return {StepKind::kExact, delta, true};
}

Step Counter::advance(const Reading& now) noexcept {
  if (!has_base_) {
    if (limits_.modulus != 0 && now.raw >= limits_.modulus) return {StepKind::kOutOfRange};
    base_ = now;
    has_base_ = true;
    return {};
  }
  const Step taken = step(limits_, base_, now);
  if (taken.kind == StepKind::kOutOfRange || taken.kind == StepKind::kNonPositiveTime) return taken;
  base_ = now;
  total_ += taken.delta;
  if (taken.wrapped) ++wraps_;
  return taken;
}

}  // namespace joulepath::record
