// How many cycles a lane's thread ran in a second of CPU time, look by look: what tells a core
// that runs fast from one that runs slowly. From the counter named "cycles", where the trace has
// one (docs/counters.md); it counts in user space. Single-threaded.
#pragma once

#include <cstdint>
#include <vector>

#include "core/analysis/lane_stretches.hpp"
#include "core/record/tables.hpp"

namespace joulepath::analysis {

class CycleRates {
 public:
  explicit CycleRates(const record::NodeTables& node);

  /// Some lane's cycles may come.
  [[nodiscard]] bool recorded() const { return counter_ != record::kNone32; }
  // In the order of ticks, each with the number that the analysis gives its tick; within a tick
  // CPU time before counts. Lanes are known ones.
  void add(const record::CpuRow& row);
  void add(const record::CountRow& row, std::uint64_t tick);
  void drop_before(std::uint64_t tick) { rates_.drop_before(tick); }

  /// Cycles per ns of CPU time; 0, or nothing: not known.
  [[nodiscard]] const LaneStretches<double>& rates() const { return rates_; }

 private:
  std::uint32_t counter_ = record::kNone32;
  std::vector<std::uint64_t> cpu_ns_;  ///< by lane, since its last count
  LaneStretches<double> rates_;
};

}  // namespace joulepath::analysis
