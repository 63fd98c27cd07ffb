// The counters of single cores of a node: to which package's signal each belongs, where its lanes
// were seen, and what both tell of the package's energy when that is shared out. A core's counter
// is a signal like others beside; here it only says how its package's energy was divided.
// Single-threaded; the node's tables and the slots must outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/analysis/core_bounds.hpp"
#include "core/analysis/core_energy.hpp"
#include "core/analysis/core_split.hpp"
#include "core/analysis/cpu_cores.hpp"
#include "core/analysis/lane_cores.hpp"
#include "core/analysis/scope_window.hpp"
#include "core/analysis/tick_times.hpp"
#include "core/analysis/work_weights.hpp"
#include "core/record/tables.hpp"

namespace joulepath::analysis {

/// Of one package whose cores have counters.
class PackageCores {
 public:
  PackageCores(int package, const CpuCores& cores, const SlotTable& slots, const LaneCores& lanes)
      : slots_(slots), lanes_(lanes), energy_(package, cores.count()), bounds_(slots, lanes) {}

  [[nodiscard]] CoreEnergy& energy() { return energy_; }
  [[nodiscard]] const CoreEnergy& energy() const { return energy_; }

  /// Weighs the window's takers before `tick` by what their cores used in `intervals`, and notes in
  /// `told` how far that was known. Nothing: in no part of it. `unit_j`: of the package's counter.
  [[nodiscard]] std::optional<CoreSplit> weigh(ToldApart& told, ScopeWindow& window,
                                               std::span<const EnergyInterval> intervals,
                                               const TickTimes& times, std::uint64_t tick,
                                               double unit_j) const;
  /// Bounds groups' shares in intervals of the window that were shared out by `split`, or, where it
  /// is null, without cores. `highest_power`: units of the package per ns that it does not exceed.
  void bound(ScopeWindow& window, const CoreSplit* split, std::span<const EnergyInterval> intervals,
             double highest_power);
  /// The same of energy that takers had whose ticks are no longer kept.
  void bound(std::span<const WindowTaker> takers, std::uint64_t units) {
    bounds_.add_unknown(takers, units);
  }
  /// Narrows the bounds of active groups.
  void narrow(std::vector<GroupBounds>& bounds) const { bounds_.apply(bounds); }

 private:
  const SlotTable& slots_;
  const LaneCores& lanes_;
  CoreEnergy energy_;
  CoreBounds bounds_;
};

class CoreCounters {
 public:
  /// `shared_out`: by sensor of the node, as its tables list them: its energy goes to lanes.
  CoreCounters(const record::NodeTables& node, const SlotTable& slots,
               const std::vector<bool>& shared_out);

  /// Some core has a counter; else nothing is kept here.
  [[nodiscard]] bool any() const { return !packages_.empty(); }
  /// Of the package whose counter is sensor `at`; null: none of its cores has one.
  [[nodiscard]] PackageCores* of_package(std::size_t at);

  /// Where a lane was seen in `tick`.
  void add(const record::CpuRow& row, std::uint64_t tick);
  /// A reading of sensor `at`, of a core or not, in `tick`, whose lanes were looked at at
  /// `lanes_ns`.
  void add(std::size_t at, const record::SampleRow& row, std::uint64_t tick, std::int64_t lanes_ns);
  /// No reading follows.
  void finish();
  void drop_before(std::uint64_t tick);

  /// The last tick in [first, tick] behind which a stretch of cores' counters ends, so that a
  /// window that ends there cuts none; `tick` where there is none.
  [[nodiscard]] std::uint64_t cut_near(std::uint64_t first, std::uint64_t tick) const;

 private:
  /// What a sensor is.
  struct Counter {
    CoreEnergy* package = nullptr;  ///< null: no core's counter
    std::uint32_t core = 0;
  };
  CpuCores cores_;
  LaneCores lanes_;
  std::map<std::size_t, PackageCores> packages_;  ///< by the sensor of the package
  std::vector<Counter> counters_;                 ///< by sensor
};

}  // namespace joulepath::analysis
