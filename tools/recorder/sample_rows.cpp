#include "tools/recorder/sample_rows.hpp"

namespace joulepath::tools {

SampleRows::SampleRows(std::span<const record::SensorRow> sensors) : seen_(sensors.size()) {
  rows_.reserve(2 * sensors.size());
  for (const record::SensorRow& row : sensors) {
    seen_[row.sensor].period_ns = row.signal.update_period_ns;
    // What a model says changes all the time: that tells of no update.
    seen_[row.sensor].counts = row.signal.kind == record::Kind::kEnergy &&
                               row.signal.provenance == record::Provenance::kMeasured;
  }
}

void SampleRows::reading(std::uint16_t sensor, const record::Reading& reading) noexcept {
  Seen& seen = seen_[sensor];
  const std::int64_t old_lo_ns = seen.last.t_lo_ns;
  seen.changed = seen.any && reading.raw != seen.last.raw;
  seen.last = reading;
  seen.any = true;
  if (seen.changed) {
    seen.edge = {old_lo_ns, reading.t_hi_ns};
    if (!seen.in_bursts && seen.counts) seen.finder.seen(seen.edge);
  }
  if (keep_ == Keep::kNothing || (keep_ == Keep::kChanges && !seen.changed)) return;
  // A plain reading is up to a period old: the edge says more if the old value was read
  // less than a period before.
  const bool edge = seen.changed && seen.counts && reading.t_lo_ns - old_lo_ns < seen.period_ns;
  // The new value was not there when the old one was read, so it is taken later than a row
  // of the old one: rows of a counter have rising times.
  rows_.push_back({tick_, sensor, edge ? seen.edge.lo_ns + 1 : reading.t_lo_ns, reading.t_hi_ns,
                   reading.raw, static_cast<std::uint8_t>(edge ? 1 : 0)});
}

void SampleRows::failure(std::uint16_t sensor, int sys_errno) noexcept {
  ++seen_[sensor].failures;
  seen_[sensor].sys_errno = sys_errno;
  seen_[sensor].changed = false;
}

void SampleRows::read_in_bursts(std::uint16_t sensor, bool bursts) {
  if (seen_[sensor].in_bursts == bursts) return;
  seen_[sensor].in_bursts = bursts;
  seen_[sensor].finder.forget();
}

std::optional<Edge> SampleRows::change(std::uint16_t sensor) const {
  if (!seen_[sensor].changed) return std::nullopt;
  return seen_[sensor].edge;
}

std::optional<std::uint64_t> SampleRows::raw(std::uint16_t sensor) const {
  if (!seen_[sensor].any) return std::nullopt;
  return seen_[sensor].last.raw;
}

void SampleRows::move_to(trace::NodeSink& writer) {
  for (const record::SampleRow& row : rows_) writer.add(row);
  rows_.clear();
}

void SampleRows::move_failures_to(trace::NodeSink& writer, std::int64_t now_ns) {
  for (std::size_t sensor = 0; sensor < seen_.size(); ++sensor) {
    Seen& failed = seen_[sensor];
    if (failed.failures == 0) continue;
    writer.add(record::HealthRow{now_ns, record::HealthKind::kReadFailed,
                                 static_cast<std::uint32_t>(sensor), failed.sys_errno,
                                 failed.failures});
    failed.failures = 0;
  }
}

}  // namespace joulepath::tools
