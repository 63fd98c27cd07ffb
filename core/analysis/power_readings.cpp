#include "core/analysis/power_readings.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/record/counter.hpp"

namespace joulepath::analysis {
namespace {

constexpr double kMicro = 1e-6;
constexpr double kUjPerWattNs = 1e-3;

std::int64_t middle_ns(const record::SampleRow& row) {
  return row.t_lo_ns + (row.t_hi_ns - row.t_lo_ns) / 2;
}

double most_watts(const record::Signal& signal) {
  const std::uint64_t most = record::limits_of(signal).max_rate;
  return most > 0 ? static_cast<double>(most) * signal.si_per_unit
                  : std::numeric_limits<double>::infinity();
}

/// How far the middle of what a reading stands for lies before the reading. A device that
/// averages over the whole time between its updates (a block) needs no shift.
std::int64_t lag_of(const record::Signal& signal) {
  if (signal.kind != record::Kind::kPowerAveraged) return 0;
  return std::max<std::int64_t>(signal.averaging_ns - signal.update_period_ns, 0) / 2;
}

double seen_share_of(const record::Signal& signal) {
  double share = std::clamp(signal.sampled_share, 0.0, 1.0);
  if (signal.averaging_ns > 0 && signal.update_period_ns > signal.averaging_ns)
    share *=
        static_cast<double>(signal.averaging_ns) / static_cast<double>(signal.update_period_ns);
  return share;
}

}  // namespace

record::Signal as_energy(record::Signal signal) {
  if (signal.kind == record::Kind::kEnergy) return signal;
  // The device's averaging is part of how well the ends of the whole are known.
  if (signal.kind == record::Kind::kPowerAveraged)
    signal.update_period_ns = std::max(signal.update_period_ns, signal.averaging_ns);
  if (signal.provenance == record::Provenance::kMeasured)
    signal.provenance = record::Provenance::kDeviceAveraged;
  signal.kind = record::Kind::kEnergy;
  signal.unit = "uJ";
  signal.si_per_unit = kMicro;
  signal.modulus = 0;
  return signal;
}

PowerReadings::PowerReadings(const record::Signal& signal, std::int64_t tick_ns)
    : averaged_(signal.kind == record::Kind::kPowerAveraged),
      watts_per_unit_(signal.si_per_unit),
      most_watts_(most_watts(signal)),
      period_ns_(signal.update_period_ns),
      window_ns_(averaged_ ? signal.averaging_ns : 0),
      lag_ns_(lag_of(signal)),
      // Several readings in a row that failed: longer than that, power may have been anything.
      longest_gap_ns_(4 * std::max({tick_ns, period_ns_, std::int64_t{25'000'000}})),
      seen_share_(averaged_ ? seen_share_of(signal) : 1.0) {}

record::SampleRow PowerReadings::row_at(std::int64_t end_ns, double width_ns) const {
  record::SampleRow row = last_row_;
  const std::int64_t half_ns =
      (last_row_.t_hi_ns - last_row_.t_lo_ns) / 2 + std::llround(width_ns / 2.0);
  row.t_lo_ns = end_ns - half_ns;
  row.t_hi_ns = end_ns + half_ns;
  row.raw = static_cast<std::uint64_t>(std::llround(uj_));
  row.edge = 1;
  return row;
}

void PowerReadings::start(const record::SampleRow& row, std::int64_t at_ns, double watts) {
  if (!started_) {
    least_watts_ = watts;
    begin_ns_ = at_ns;
  }
  before_change_ns_ = 0;
  started_ = true;
  last_row_ = row;
  last_news_ns_ = covered_ns_ = at_ns;
  watts_ = watts;
}

void PowerReadings::integrate(std::int64_t end_ns, double watts) {
  const auto ns = static_cast<double>(end_ns - covered_ns_);
  uj_ += (averaged_ ? watts : (watts + watts_) / 2.0) * ns * kUjPerWattNs;
  // Between two readings of instantaneous power it went from one to the other, at any time.
  if (!averaged_) changes_uj_ += std::abs(watts - watts_) * ns / 2.0 * kUjPerWattNs;
  unseen_ns_ += (1.0 - seen_share_) * ns;
  covered_ns_ = end_ns;
}

PowerReadings::Step PowerReadings::add(const record::SampleRow& row) {
  const std::int64_t now_ns = middle_ns(row);
  const double watts = static_cast<double>(row.raw) * watts_per_unit_;
  if (watts > most_watts_ || (started_ && now_ns <= middle_ns(last_row_)))
    return {News::kUnusable, row};
  highest_watts_ = std::max(highest_watts_, watts);
  least_watts_ = std::min(least_watts_, watts);
  const std::int64_t since_read_ns = now_ns - middle_ns(last_row_);
  const bool first = !started_;
  if (first || since_read_ns > longest_gap_ns_) {
    start(row, now_ns, watts);
    return {first ? News::kEnergy : News::kGap, row_at(now_ns, 0.0)};
  }
  if (row.raw != last_row_.raw) note_change(now_ns, since_read_ns);
  // The same value within an update period says nothing new; much later it is another one.
  const bool same = row.raw == last_row_.raw && 2 * (now_ns - last_news_ns_) < 3 * period_ns_;
  last_row_ = row;
  if (same) return {};
  last_news_ns_ = now_ns;
  const std::int64_t end_ns = now_ns - lag_ns_;
  if (end_ns <= covered_ns_) {  // still of the time before the first reading
    watts_ = watts;
    return {};
  }
  // Of the first update it is not known how much of what it averages was before.
  if (uj_ == 0.0 && averaged_) unseen_ns_ += static_cast<double>(end_ns - covered_ns_);
  integrate(end_ns, watts);
  watts_ = watts;
  // The update was at some time since the reading before, and what is averaged is smeared.
  const std::int64_t width_ns =
      period_ns_ > 0
          ? std::min(period_ns_, since_read_ns) + std::max<std::int64_t>(window_ns_ - period_ns_, 0)
          : since_read_ns + 2 * oldest_ns(now_ns);
  return {News::kEnergy, row_at(end_ns, static_cast<double>(width_ns))};
}

std::optional<record::SampleRow> PowerReadings::finish() {
  const std::int64_t end_ns = middle_ns(last_row_);
  if (!started_ || end_ns <= covered_ns_) return std::nullopt;
  unseen_ns_ += static_cast<double>(end_ns - covered_ns_);
  integrate(end_ns, watts_);
  return row_at(end_ns, 0.0);
}

void PowerReadings::note_change(std::int64_t now_ns, std::int64_t since_read_ns) {
  if (before_change_ns_ != 0)
    shortest_ns_ = std::min(shortest_ns_.value_or(now_ns), now_ns - before_change_ns_);
  before_change_ns_ = now_ns - since_read_ns;
}

/// How old the newest value may be; what was before the first reading is in unseen_uj().
std::int64_t PowerReadings::oldest_ns(std::int64_t now_ns) const {
  return period_ns_ > 0 ? 0 : std::min(shortest_ns_.value_or(now_ns), now_ns - begin_ns_);
}

double PowerReadings::unseen_uj() const {
  // What is shown is late by up to its age: at both ends of the whole.
  const auto late_ns = 2.0 * static_cast<double>(oldest_ns(covered_ns_));
  return changes_uj_ + (highest_watts_ - least_watts_) * (unseen_ns_ + late_ns) * kUjPerWattNs;
}

}  // namespace joulepath::analysis
