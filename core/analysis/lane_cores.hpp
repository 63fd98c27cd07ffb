// On which cores lanes were seen, and on which they may be: a lane is seen now and then only, and
// may have been elsewhere between, but on no core that its process may not use. Single-threaded.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/analysis/cpu_cores.hpp"
#include "core/analysis/lane_stretches.hpp"
#include "core/record/tables.hpp"

namespace joulepath::analysis {

class LaneCores {
 public:
  LaneCores(const record::NodeTables& node, const CpuCores& cores);

  /// `tick`: as the analysis numbers it.
  void add(const record::CpuRow& row, std::uint64_t tick);
  void drop_before(std::uint64_t tick) { seen_.drop_before(tick); }

  /// The core of a lane tick by tick, as far as it was seen. Nothing: not known.
  class Reader {
   public:
    explicit Reader(const LaneCores& lanes) : lanes_(lanes), seen_(lanes.seen_) {}
    /// Of one lane in rising order of ticks.
    [[nodiscard]] std::optional<std::uint32_t> at(std::uint32_t lane, std::uint64_t tick);

   private:
    const LaneCores& lanes_;
    LaneStretches<std::optional<std::uint32_t>>::Reader seen_;
  };
  /// It may have run there, whether it was seen or not.
  [[nodiscard]] bool may_use(std::uint32_t lane, std::uint32_t core) const;
  [[nodiscard]] int package_of(std::uint32_t core) const { return cores_.package_of(core); }
  [[nodiscard]] std::uint32_t process_of(std::uint32_t lane) const { return process_of_[lane]; }

 private:
  /// Of one process: its cores, if it is known to be kept to them.
  struct Place {
    bool kept = false;
    std::vector<bool> cores;
    std::optional<std::uint32_t> only;  ///< it may use one
  };
  const CpuCores& cores_;
  std::vector<std::uint32_t> process_of_;  ///< by lane
  std::vector<Place> places_;              ///< by process, and one of no process
  LaneStretches<std::optional<std::uint32_t>> seen_;
};

}  // namespace joulepath::analysis
