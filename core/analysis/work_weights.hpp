// Makes of the CPU time of a window's takers the work that a chip's dynamic energy follows: an
// hour on a core that runs fast is more of it than one on a core that runs slowly. Work is in ns,
// and on average as much as the CPU time. Pure.
#pragma once

#include <cstdint>

#include "core/analysis/cycle_rates.hpp"
#include "core/analysis/scope_window.hpp"
#include "core/analysis/slot_table.hpp"

namespace joulepath::analysis {

/// By what the lanes of a device were told apart, in ns of their CPU time.
struct ToldApart {
  double by_cores_ns = 0.0;  ///< counters of single cores
  double by_cycles_ns = 0.0;
  double by_cpu_time_ns = 0.0;

  [[nodiscard]] double all_ns() const { return by_cores_ns + by_cycles_ns + by_cpu_time_ns; }
  /// CPU time alone tells little of it.
  [[nodiscard]] bool by_work() const {
    constexpr double kMost = 0.1;
    return by_cores_ns + by_cycles_ns > 0.0 && by_cpu_time_ns <= kMost * all_ns();
  }
  /// Of all of it, `part` is by cores.
  void by_cores(double part) {
    by_cores_ns = part * (by_cycles_ns + by_cpu_time_ns);
    by_cycles_ns *= 1.0 - part;
    by_cpu_time_ns *= 1.0 - part;
  }
  void add(const ToldApart& other) {
    by_cores_ns += other.by_cores_ns;
    by_cycles_ns += other.by_cycles_ns;
    by_cpu_time_ns += other.by_cpu_time_ns;
  }
};

/// By CPU time: all of it is work.
ToldApart weigh_by_cpu_time(ScopeWindow& window, std::uint64_t tick);

/// By cycles, in the ticks before `tick`. Where a lane's are not known it is taken to run as
/// fast as the others on average: what is known of those stays of use. So it is where the rate
/// is none that a core of the same chip can have: a thread that is mostly in the kernel, where
/// cycles are not counted, or one that ran for too short a time.
ToldApart weigh_by_cycles(ScopeWindow& window, const CycleRates& cycles, const SlotTable& slots,
                          std::uint64_t tick);

}  // namespace joulepath::analysis
