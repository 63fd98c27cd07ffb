#include "core/analysis/power_line.hpp"

namespace joulepath::analysis {

PowerLine::PowerLine(const record::Signal& signal)
    : id_(signal.id), joules_per_unit_(signal.si_per_unit), track_(signal) {}

void PowerLine::add(const record::SampleRow& row) {
  const TrackStep step = track_.add({row.t_lo_ns, row.t_hi_ns, row.raw});
  if (step.event == TrackEvent::kNothing) return;
  const std::int64_t now = row.t_lo_ns + (row.t_hi_ns - row.t_lo_ns) / 2;
  if (step.event == TrackEvent::kAdvance && since_ns_ && now > *since_ns_)
    points_.push_back({*since_ns_, now,
                       static_cast<double>(step.units) * joules_per_unit_ /
                           (static_cast<double>(now - *since_ns_) * 1e-9)});
  since_ns_ = now;
}

}  // namespace joulepath::analysis
