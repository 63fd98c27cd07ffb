// What a package's takers did in a window of ticks, by the counters of its cores: the energy of
// a core goes to the lanes that were seen on it (several: by their work), that of a core on which
// none was seen to the process that alone may use it. The rest of the package is shared as static
// power is. A lane on a core whose energy is not known counts like the others on average, one on
// another package's core not at all.
// Made anew for each window; units are the package's. Single-threaded.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/analysis/core_energy.hpp"
#include "core/analysis/energy_interval.hpp"
#include "core/analysis/lane_cores.hpp"
#include "core/analysis/scope_window.hpp"
#include "core/analysis/slot_table.hpp"
#include "core/analysis/tick_times.hpp"

namespace joulepath::analysis {

class CoreSplit {
 public:
  /// A stretch of the cores' counters, as far as it lies in the window.
  struct Part {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool cut = false;    ///< a window's end cuts the stretch: `core_units` are by time
    bool whole = false;  ///< it is not cut, and some lane was there in all of its ticks
    double units = 0.0;  ///< of the package
    std::vector<std::optional<double>> core_units;  ///< by core
  };

  /// Weighs the takers of the ticks before `tick` by what their cores used: makes their work
  /// (work_weights.hpp) from the work they have. `intervals` are all of the package's that are
  /// shared out now.
  CoreSplit(ScopeWindow& window, const SlotTable& slots, const LaneCores& lanes,
            const CoreEnergy& energy, std::span<const EnergyInterval> intervals,
            const TickTimes& times, std::uint64_t tick, double joules_per_unit);

  [[nodiscard]] int package() const { return package_; }
  /// Some stretch told something; else nothing else here is of use.
  [[nodiscard]] bool known() const { return known_; }
  /// Part of the takers' CPU time on cores whose energy is known.
  [[nodiscard]] double known_part() const { return known_part_; }
  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
  /// Units of the ticks [begin, end) that no lane's core used.
  [[nodiscard]] double rest_units(std::uint64_t begin, std::uint64_t end) const;

  // That each lane gets of each stretch what its core used: note() what it would get beside the
  // rest with its present work, for all ticks, then adjust() the work.
  void note(std::uint64_t tick, std::uint32_t lane, double units);
  void adjust(ScopeWindow& window, const SlotTable& slots);

 private:
  struct Share {
    double wanted = 0.0;
    double got = 0.0;
  };
  void find_parts(const CoreEnergy& energy, std::uint64_t tick, double joules_per_unit);
  void weigh(ScopeWindow& window, const SlotTable& slots, const LaneCores& lanes,
             LaneCores::Reader& reader, std::size_t part);
  [[nodiscard]] Share& share(std::size_t part, std::uint32_t lane) {
    return shares_[part * lane_count_ + lane];
  }

  int package_;
  std::uint64_t first_tick_;
  std::size_t lane_count_;
  std::vector<double> units_;  ///< of the package, by tick
  std::vector<double> rest_;   ///< the same of what no lane's core used, summed up to the tick
  double mean_rest_ = 0.0;     ///< by tick
  std::vector<std::uint32_t> part_of_tick_;
  std::vector<Part> parts_;
  std::vector<Share> shares_;  ///< by part and lane
  std::vector<double> part_rest_;
  bool known_ = false;
  double known_part_ = 0.0;
  double known_busy_ = 0.0;
};

}  // namespace joulepath::analysis
