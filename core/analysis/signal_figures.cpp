#include "core/analysis/signal_figures.hpp"

#include <algorithm>
#include <cstdio>

#include "core/analysis/power_readings.hpp"

namespace joulepath::analysis {
namespace {

/// A zero that was not measured is no figure: the counter never moved, or the power that was
/// shown was never more than nothing. A model may say that nothing was used.
std::string why_nothing(const record::Signal& signal, const CounterFacts& facts) {
  if (facts.difference > 0 || signal.provenance == record::Provenance::kEstimated) return {};
  const std::int64_t still_ns = facts.last.t_hi_ns - facts.first.t_lo_ns;
  const bool counter = signal.kind == record::Kind::kEnergy;
  const char* format = "it showed 0 W all the %.3g s that it was read";
  if (counter)
    format = still_ns > record::longest_still_ns(signal)
                 ? "the counter did not move in %.3g s: stuck, or what it counts is off"
                 : "the counter did not move in the %.3g s that it was read: too short to tell";
  char text[96];
  std::snprintf(text, sizeof text, format, static_cast<double>(still_ns) * 1e-9);
  return text;
}

std::string why_unknown(const record::Signal& signal, const CounterFacts& facts) {
  if (!signal.readable) return signal.reason.empty() ? "not readable" : signal.reason;
  if (facts.samples == 0) return "no reading in the trace";
  if (facts.intervals == 0) return "only one usable reading in the trace";
  if (facts.lost_intervals == facts.intervals)
    return "every interval was lost to counter anomalies";
  return why_nothing(signal, facts);
}

double seconds(std::int64_t ns) {
  return static_cast<double>(ns) * 1e-9;
}

}  // namespace

SignalFigures::SignalFigures(const record::Signal& signal, const SignalResult& result,
                             std::int64_t period_ns)
    : signal_(as_energy(signal)),
      result_(result),
      why_unknown_(analysis::why_unknown(signal, result.facts)) {
  const std::int64_t update_ns = signal_.update_period_ns > 0
                                     ? signal_.update_period_ns
                                     : std::max<std::int64_t>(period_ns, 0);
  edge_units_ = result.facts.highest_rate * seconds(update_ns + result.facts.widest_reading_ns);
  lost_units_ = result.facts.highest_rate * seconds(result.facts.lost_ns);
}

Basis SignalFigures::basis() const {
  switch (signal_.provenance) {
    case record::Provenance::kMeasured: return Basis::kMeasured;
    case record::Provenance::kDeviceAveraged: return Basis::kAveraged;
    case record::Provenance::kEstimated: return Basis::kEstimated;
    case record::Provenance::kAbsent: break;
  }
  return Basis::kUnknown;
}

// Energy is never negative and a value lies within its own bounds, whatever the margins.
Figure SignalFigures::bounded(std::uint64_t units, double lo_units, double hi_units,
                              double margin_units, Basis basis) const {
  Figure figure;
  const double value_units = static_cast<double>(units);
  double lo = lo_units - margin_units;
  double hi = hi_units + margin_units;
  if (basis == Basis::kEstimated) {
    lo = lo_units * (1.0 - signal_.relative_error);
    hi = hi_units * (1.0 + signal_.relative_error);
  }
  figure.value = value_units * signal_.si_per_unit;
  figure.lo = std::clamp(lo, 0.0, value_units) * signal_.si_per_unit;
  figure.hi = std::max(hi, value_units) * signal_.si_per_unit;
  figure.basis = basis;
  return figure;
}

Figure SignalFigures::total() const {
  if (!known()) return unknown_figure(why_unknown_);
  const CounterFacts& facts = result_.facts;
  const double value = static_cast<double>(facts.difference);
  Figure figure = bounded(facts.difference, value, value + lost_units_,
                          2 * edge_units_ + facts.unseen_units + 1.0, basis());
  if (facts.lost_intervals > 0)
    figure.note_missing(std::to_string(facts.lost_intervals) + " of " +
                        std::to_string(facts.intervals) +
                        " intervals lost to counter anomalies (reset, jump or gap)");
  if (facts.unread_end_ns > 0) {
    char text[96];
    std::snprintf(text, sizeof text, "gave no reading in the last %.3g s",
                  seconds(facts.unread_end_ns));
    figure.note_missing(text);
  }
  return figure;
}

Figure SignalFigures::share(std::uint64_t units, const GroupBounds& bounds) const {
  if (!known()) return unknown_figure(why_unknown_);
  const Basis split = worse(basis(), bounds.fitted ? Basis::kFitted : Basis::kAttributed);
  if (units == 0 && !bounds.active) return zero_figure(split);
  Figure figure = bounded(units, std::max(bounds.lo - 1.0, 0.0), bounds.hi + lost_units_ + 1.0,
                          result_.facts.unseen_units, split);
  figure.hi = std::max(std::min(figure.hi, total().hi), figure.value);
  return figure;
}

Figure SignalFigures::waiting(std::uint64_t units, const GroupBounds& bounds, std::uint64_t ns,
                              std::uint64_t wait_ns) const {
  if (!known()) return unknown_figure(why_unknown_);
  const Basis split = worse(basis(), Basis::kAttributed);
  if (wait_ns == 0 || ns == 0) return zero_figure(split);
  wait_ns = std::min(wait_ns, ns);
  const double part = static_cast<double>(wait_ns) / static_cast<double>(ns);
  const double most = static_cast<double>(record::limits_of(signal_).max_rate) * 1e-9;
  GroupBounds waited = bounds;
  if (most > 0.0) {
    waited.lo = std::max(bounds.lo - most * static_cast<double>(ns - wait_ns), 0.0);
    waited.hi = std::min(bounds.hi, most * static_cast<double>(wait_ns));
  } else {
    waited.lo = wait_ns < ns ? 0.0 : bounds.lo;
  }
  waited.fitted = false;
  return share(static_cast<std::uint64_t>(static_cast<double>(units) * part), waited);
}

Figure SignalFigures::rest(Rest rest) const {
  if (!known()) return unknown_figure(why_unknown_);
  const std::uint64_t units = result_.rest[static_cast<std::size_t>(rest)];
  // Intervals that lanes took may hold time in which none was there.
  const double absent =
      rest == Rest::kNoneRunning || rest == Rest::kOutsideLifetime ? result_.fit.absent_units : 0.0;
  // Power that was shown only now and then leaves open what there was just before and after.
  const bool surely_none = result_.facts.unseen_units <= 0.0;
  if (units == 0 && absent <= 0.0 && surely_none) return zero_figure(basis());
  const double value = static_cast<double>(units);
  if (rest == Rest::kOthersOnGpu || rest == Rest::kOthersOnCpus)
    return bounded(units, 0.0, static_cast<double>(result_.others_most), result_.facts.unseen_units,
                   worse(basis(), Basis::kAttributed));
  const double margin =
      2.0 * edge_units_ * (result_.rest_runs + 1.0) + result_.facts.unseen_units + 1.0;
  Figure figure = bounded(units, value, value + lost_units_ + absent, margin, basis());
  figure.hi = std::max(std::min(figure.hi, total().hi), figure.value);
  return figure;
}

std::string signal_place(const record::Signal& signal, const record::NodeInfo& node) {
  return (signal.device.empty() ? signal.id : signal.device) + " on " + node.hostname;
}

}  // namespace joulepath::analysis
