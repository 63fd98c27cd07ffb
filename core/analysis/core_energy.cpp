#include "core/analysis/core_energy.hpp"

#include <algorithm>
#include <cstdlib>

namespace joulepath::analysis {
namespace {

/// In the first seconds all sensors may be read at each tick: an update of a core's counter is
/// then a noticeable part of a stretch.
constexpr std::int64_t kShortest_ns = 400'000'000;

}  // namespace

bool CoreEnergy::add_counter(std::uint32_t core, const record::Signal& signal) {
  if (cores_[core].counter) return false;
  const record::CounterLimits limits = record::limits_of(signal);
  cores_[core].counter.emplace(limits);
  cores_[core].joules_per_unit = signal.si_per_unit;
  update_ns_ = std::max(update_ns_, limits.update_period_ns);
  return true;
}

void CoreEnergy::add(std::uint32_t core, const record::SampleRow& row, std::uint64_t tick,
                     std::int64_t lanes_ns) {
  // All readings of the tick before are in.
  if (look_tick_ && *look_tick_ != tick && look_ns_ - open_ns_ >= kShortest_ns) close();
  Core& one = cores_[core];
  const bool first = !one.last_tick;
  const record::Step step = one.counter->advance({row.t_lo_ns, row.t_hi_ns, row.raw});
  if (step.kind == record::StepKind::kOutOfRange || step.kind == record::StepKind::kNonPositiveTime)
    return;
  furthest_reading_ns_ = std::max(
      {furthest_reading_ns_, std::abs(row.t_lo_ns - lanes_ns), std::abs(row.t_hi_ns - lanes_ns)});
  if (!open_tick_) {
    open_tick_ = tick;
    open_ns_ = row.t_lo_ns;
  }
  look_tick_ = tick;
  look_ns_ = row.t_hi_ns;
  one.last_tick = tick;
  if (first || tick == *open_tick_) {
    one.from_begin = tick == *open_tick_;
    return;
  }
  one.broken = one.broken || !step.exact();
  one.units += step.delta;
}

void CoreEnergy::close() {
  if (!look_tick_ || *look_tick_ == *open_tick_) return;
  CoreStretch& stretch = stretches_.emplace_back();
  stretch.begin = *open_tick_ + 1;
  stretch.end = *look_tick_ + 1;
  stretch.joules.resize(cores_.size());
  for (std::size_t core = 0; core < cores_.size(); ++core) {
    Core& one = cores_[core];
    const bool read_at_end = one.last_tick == look_tick_;
    if (one.from_begin && read_at_end && !one.broken)
      stretch.joules[core] = static_cast<double>(one.units) * one.joules_per_unit;
    one.from_begin = read_at_end;
    one.broken = false;
    one.units = 0;
  }
  open_tick_ = look_tick_;
  open_ns_ = look_ns_;
}

void CoreEnergy::drop_before(std::uint64_t tick) {
  std::erase_if(stretches_, [&](const CoreStretch& stretch) { return stretch.end <= tick; });
}

}  // namespace joulepath::analysis
