// What a counter of threads (instructions, cycles ...) counted in each phase. The recorder
// reads it at its looks at threads, 200 ms and more apart: what was counted between two looks
// is split among the phases of the lane in that time by the rates that are most likely. Its
// bounds are what is certain (a look with one phase is that phase's), or what a fit (power_fit.hpp)
// that the looks determine is sure of.
// A streaming pass; memory for one entry per look. Single-threaded.
#pragma once

#include <cstdint>
#include <vector>

#include "core/analysis/counted.hpp"
#include "core/analysis/power_fit.hpp"
#include "core/record/tables.hpp"

namespace joulepath::analysis {

struct CounterResult {
  std::uint64_t total = 0;
  std::vector<Counted> by_phase;  ///< own, without phases inside; adds up to the total
};

class CounterSplit {
 public:
  CounterSplit(const record::RunTables& run, const record::NodeTables& node);

  // In the order of ticks; within one, activity and CPU time before counts.
  void add(const record::ActivityRow& row);
  void add(const record::CpuRow& row);
  void add(const record::CountRow& row);
  /// By counter, as NodeTables::counters.
  [[nodiscard]] std::vector<CounterResult> finish();
  /// CPU time in which threads were counted.
  [[nodiscard]] std::uint64_t counted_cpu_ns() const { return counted_cpu_ns_; }

 private:
  /// Computing and calling MPI have rates of their own in each phase.
  struct TimeOf {
    std::uint32_t of_class = 0;
    double ns = 0.0;
  };
  struct Look {
    std::vector<TimeOf> times;
    std::uint64_t count = 0;
  };
  struct Lane {
    std::vector<TimeOf> times;   ///< since the look before
    std::vector<TimeOf> looked;  ///< those of the look whose rows are coming
    std::uint32_t look_tick = record::kNone32;
    std::uint64_t cpu_ns = 0;  ///< since the look before
  };
  /// Counts per ns of each class.
  [[nodiscard]] static std::vector<double> likely_rates(const std::vector<Look>& looks,
                                                        std::size_t classes);
  [[nodiscard]] static PowerFit fit_of(const std::vector<Look>& looks, std::size_t classes);
  void settle(std::vector<Look>& looks, CounterResult& result) const;

  const record::NodeTables& node_;
  std::uint32_t phase_count_;
  std::vector<Lane> lanes_;
  std::vector<std::vector<Look>> looks_;  ///< by counter
  std::vector<CounterResult> results_;
  std::uint64_t counted_cpu_ns_ = 0;
};

}  // namespace joulepath::analysis
