#include "tools/recorder/self_test.hpp"

#include <algorithm>
#include <cmath>

#include "core/record/counter.hpp"

namespace joulepath::tools {
namespace {

using record::Domain;
using record::HealthKind;
using record::Kind;
using record::Signal;

constexpr std::uint64_t kLeastReadings = 20;
/// Below it, offsets of power figures count for more than what is measured.
constexpr double kLeastW = 1.0;

/// What always takes some power while the machine is on. Cores and an integrated GPU may be
/// switched off for seconds.
bool always_draws(Domain domain) {
  return domain != Domain::kCore && domain != Domain::kUncore && domain != Domain::kOther;
}

bool one_device(const Signal& a, const Signal& b) {
  if (a.domain != b.domain || a.domain == Domain::kOther) return false;
  if (!a.pci.empty() && !b.pci.empty()) return a.pci == b.pci;
  if (!a.uuid.empty() && !b.uuid.empty()) return a.uuid == b.uuid;
  return a.source == b.source && a.device == b.device && a.socket == b.socket;
}

bool is_counter(const Signal& signal) {
  return signal.kind == Kind::kEnergy && signal.provenance == record::Provenance::kMeasured;
}

}  // namespace

SelfTest::SelfTest(std::span<const record::SensorRow> sensors) {
  for (const record::SensorRow& row : sensors) {
    seen_.emplace_back();
    seen_.back().signal = row.signal;
  }
}

void SelfTest::readings(std::span<const record::SampleRow> rows) {
  if (over_) return;
  for (const record::SampleRow& row : rows) {
    if (begin_ns_ == 0) begin_ns_ = row.t_hi_ns;
    if (row.t_hi_ns - begin_ns_ <= kLengthNs) add(seen_[row.sensor], row);
  }
}

void SelfTest::add(Seen& seen, const record::SampleRow& row) const {
  const Signal& signal = seen.signal;
  if (seen.readings++ == 0) {
    seen.first_ns = seen.last_ns = row.t_hi_ns;
    seen.first_raw = seen.last_raw = row.raw;
    return;
  }
  const double seconds = static_cast<double>(row.t_hi_ns - seen.last_ns) * 1e-9;
  const auto raw = static_cast<double>(row.raw);
  switch (signal.kind) {
    case Kind::kEnergy: {
      const record::Step step =
          record::step(record::limits_of(signal), {seen.last_ns - 1, seen.last_ns, seen.last_raw},
                       {std::max(row.t_lo_ns, seen.last_ns), row.t_hi_ns, row.raw});
      if (!step.exact()) seen.anomaly = true;
      seen.total += static_cast<double>(step.delta) * signal.si_per_unit;
      break;
    }
    case Kind::kPower:
      seen.total += (raw + static_cast<double>(seen.last_raw)) / 2 * signal.si_per_unit * seconds;
      break;
    case Kind::kPowerAveraged: seen.total += raw * signal.si_per_unit * seconds; break;
  }
  seen.moved |= row.raw != seen.last_raw;
  seen.last_ns = row.t_hi_ns;
  seen.last_raw = row.raw;
}

std::optional<double> SelfTest::mean_w(const Seen& seen) const {
  const std::int64_t ns = seen.last_ns - seen.first_ns;
  if (seen.readings < kLeastReadings || ns < kLeastNs || seen.anomaly) return std::nullopt;
  return seen.total / (static_cast<double>(ns) * 1e-9);
}

bool SelfTest::stuck(const Seen& seen) const {
  constexpr std::int64_t kPeriods = 10;
  return is_counter(seen.signal) && always_draws(seen.signal.domain) && !seen.moved &&
         seen.readings >= kLeastReadings && seen.last_ns - seen.first_ns >= kLeastNs &&
         seen.last_ns - seen.first_ns >= kPeriods * seen.signal.update_period_ns;
}

std::optional<double> SelfTest::disagreement(const Seen& counter, const Seen& power) const {
  const auto counted_w = mean_w(counter);
  const auto shown_w = mean_w(power);
  if (!counted_w || !shown_w) return std::nullopt;
  const double greater_w = std::max(*counted_w, *shown_w);
  if (greater_w < kLeastW) return std::nullopt;
  // Averaged power tells of half its window before; all of the power may have changed then.
  const double open = static_cast<double>(power.signal.averaging_ns) / 2 /
                      static_cast<double>(power.last_ns - power.first_ns);
  const double off = (*counted_w - *shown_w) / greater_w;
  if (std::abs(off) <= kTolerance + open) return std::nullopt;
  return off;
}

void SelfTest::report_to(trace::NodeSink& writer, std::int64_t now_ns, When when) {
  if (over_ || (when == When::kOver && now_ns - begin_ns_ < kLengthNs)) return;
  over_ = true;
  for (std::uint32_t at = 0; at < seen_.size(); ++at) {
    const Seen& one = seen_[at];
    if (stuck(one))
      writer.add(
          record::HealthRow{now_ns, HealthKind::kCounterStuck, at, 0, one.last_ns - one.first_ns});
    if (!is_counter(one.signal) || stuck(one)) continue;
    for (std::uint32_t other = 0; other < seen_.size(); ++other) {
      if (seen_[other].signal.kind == Kind::kEnergy) continue;
      if (!one_device(one.signal, seen_[other].signal)) continue;
      if (const auto off = disagreement(one, seen_[other]))
        writer.add(record::HealthRow{now_ns, HealthKind::kPowerDisagrees, at,
                                     static_cast<std::int32_t>(other), std::llround(*off * 1000)});
    }
  }
}

}  // namespace joulepath::tools
