#include "core/analysis/work_weights.hpp"

namespace joulepath::analysis {
namespace {

/// Clocks of one chip's cores differ by less than so many times their mean, up or down.
constexpr double kWidestRange = 4.0;

/// Calls `visit(taker, cycles per ns, or 0)` for each taker before `tick`.
template <class Visit>
void with_rates(ScopeWindow& window, const CycleRates& cycles, const SlotTable& slots,
                std::uint64_t tick, Visit visit) {
  LaneStretches<double>::Reader rates(cycles.rates());
  for (std::uint64_t now = window.first_tick(); now < tick; ++now) {
    for (WindowTaker& taker : window.takers(now, now + 1)) {
      const double* rate = rates.at(slots.slots()[taker.slot].lane, now);
      visit(taker, rate != nullptr ? *rate : 0.0);
    }
  }
}

}  // namespace

ToldApart weigh_by_cpu_time(ScopeWindow& window, std::uint64_t tick) {
  ToldApart told;
  for (WindowTaker& taker : window.takers(window.first_tick(), tick)) {
    taker.work = taker.busy;
    told.by_cpu_time_ns += static_cast<double>(taker.busy);
  }
  return told;
}

ToldApart weigh_by_cycles(ScopeWindow& window, const CycleRates& cycles, const SlotTable& slots,
                          std::uint64_t tick) {
  // Few rates are far from the mean of all; that of the others is what they are held against.
  double mean = 0.0;
  const auto usable = [&](double rate) {
    return rate > 0.0 &&
           (mean <= 0.0 || (rate > mean / kWidestRange && rate < mean * kWidestRange));
  };
  for (int round = 0; round < 2; ++round) {
    double busy = 0.0;
    double counted = 0.0;
    with_rates(window, cycles, slots, tick, [&](const WindowTaker& taker, double rate) {
      if (!usable(rate)) return;
      busy += static_cast<double>(taker.busy);
      counted += rate * static_cast<double>(taker.busy);
    });
    mean = busy > 0.0 ? counted / busy : 0.0;
  }
  if (mean <= 0.0) return weigh_by_cpu_time(window, tick);
  ToldApart told;
  with_rates(window, cycles, slots, tick, [&](WindowTaker& taker, double rate) {
    const auto busy = static_cast<double>(taker.busy);
    const bool known = usable(rate);
    (known ? told.by_cycles_ns : told.by_cpu_time_ns) += busy;
    taker.work = known ? static_cast<float>(busy * rate / mean) : taker.busy;
  });
  return told;
}

}  // namespace joulepath::analysis
