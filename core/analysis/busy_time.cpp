#include "core/analysis/busy_time.hpp"

#include <algorithm>

namespace joulepath::analysis {

void BusyTime::add_cpu(std::uint32_t lane, std::uint64_t tick, std::uint64_t cpu_ns) {
  Lane& state = lanes_[lane];
  const auto compute = static_cast<double>(state.compute_ns);
  const auto mpi = static_cast<double>(state.mpi_ns);
  state.compute_ns = state.mpi_ns = 0;
  double idle = std::max(compute + mpi - static_cast<double>(cpu_ns), 0.0);
  BusyParts parts;
  const double idle_mpi = std::min(idle, mpi);
  idle -= idle_mpi;
  if (mpi > 0.0) parts.mpi = 1.0 - idle_mpi / mpi;
  if (compute > 0.0) parts.compute = std::max(1.0 - idle / compute, 0.0);
  parts_.add(lane, tick, parts);
}

void BusyTime::begin_cpu(std::uint32_t lane, std::uint64_t tick) {
  Lane& state = lanes_[lane];
  state.compute_ns = state.mpi_ns = 0;
  parts_.add(lane, tick, {});
}

}  // namespace joulepath::analysis
