// CPU time of lanes, as a weight for their energy: how much of a lane's time in compute and
// in MPI it really ran. The kernel tells CPU time by thread and every now and then, the
// channel tells time by cell at each tick: what a thread did not run it waited, and it
// waits in MPI first (a busy-waiting thread runs, and is seen as running).
#pragma once

#include <cstdint>
#include <vector>

namespace joulepath::analysis {

/// Parts of the time, 0 to 1, in which the lane held a CPU.
struct BusyParts {
  double compute = 1.0;
  double mpi = 1.0;
};

class BusyTime {
 public:
  explicit BusyTime(std::size_t lanes) : lanes_(lanes) {}

  void add_time(std::uint32_t lane, bool in_mpi, std::uint64_t ns) {
    (in_mpi ? lanes_[lane].mpi_ns : lanes_[lane].compute_ns) += ns;
  }
  /// The lane used `cpu_ns` since its last such row; `tick` counts up.
  void add_cpu(std::uint32_t lane, std::uint64_t tick, std::uint64_t cpu_ns);
  /// From here on the lane's CPU time is known; up to here it is not.
  void begin_cpu(std::uint32_t lane, std::uint64_t tick);

  /// At `tick`; queries of one lane come in rising order. Without CPU time: all of it.
  [[nodiscard]] BusyParts at(std::uint32_t lane, std::uint64_t tick);
  /// Some lane's CPU time is known.
  [[nodiscard]] bool known() const { return known_; }

 private:
  struct Stretch {
    std::uint64_t last_tick = 0;
    BusyParts parts;
  };
  struct Lane {
    std::uint64_t compute_ns = 0;  ///< since the last row
    std::uint64_t mpi_ns = 0;
    std::vector<Stretch> stretches;
    std::size_t next = 0;  ///< first stretch that may hold the next query
  };
  void add_stretch(Lane& lane, std::uint64_t tick, BusyParts parts);
  std::vector<Lane> lanes_;
  bool known_ = false;
};

}  // namespace joulepath::analysis
