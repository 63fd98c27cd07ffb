// CPU time of lanes, as a weight for their energy: how much of a lane's time in compute and
// in MPI it really ran. The kernel tells CPU time by thread and every now and then, the
// channel tells time by cell at each tick: what a thread did not run it waited, and it
// waits in MPI first (a busy-waiting thread runs, and is seen as running).
#pragma once

#include <cstdint>
#include <vector>

#include "core/analysis/lane_stretches.hpp"

namespace joulepath::analysis {

/// Parts of the time, 0 to 1, in which the lane held a CPU.
struct BusyParts {
  double compute = 1.0;
  double mpi = 1.0;
};

class BusyTime {
 public:
  explicit BusyTime(std::size_t lanes) : lanes_(lanes), parts_(lanes) {}

  void add_time(std::uint32_t lane, bool in_mpi, std::uint64_t ns) {
    (in_mpi ? lanes_[lane].mpi_ns : lanes_[lane].compute_ns) += ns;
  }
  /// The lane used `cpu_ns` since its last such row; `tick` counts up.
  void add_cpu(std::uint32_t lane, std::uint64_t tick, std::uint64_t cpu_ns);
  /// From here on the lane's CPU time is known; up to here it is not.
  void begin_cpu(std::uint32_t lane, std::uint64_t tick);

  /// Where it says nothing, the lane is taken to have run all the time.
  [[nodiscard]] const LaneStretches<BusyParts>& parts() const { return parts_; }
  void drop_before(std::uint64_t tick) { parts_.drop_before(tick); }

 private:
  struct Lane {
    std::uint64_t compute_ns = 0;  ///< since the last row
    std::uint64_t mpi_ns = 0;
  };
  std::vector<Lane> lanes_;
  LaneStretches<BusyParts> parts_;
};

}  // namespace joulepath::analysis
