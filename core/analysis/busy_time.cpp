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
  add_stretch(state, tick, parts);
  known_ = true;
}

void BusyTime::begin_cpu(std::uint32_t lane, std::uint64_t tick) {
  Lane& state = lanes_[lane];
  state.compute_ns = state.mpi_ns = 0;
  add_stretch(state, tick, {});
}

void BusyTime::add_stretch(Lane& lane, std::uint64_t tick, BusyParts parts) {
  // Stretches that were asked for are not asked for again.
  lane.stretches.erase(lane.stretches.begin(),
                       lane.stretches.begin() + static_cast<std::ptrdiff_t>(lane.next));
  lane.next = 0;
  lane.stretches.push_back({tick, parts});
}

BusyParts BusyTime::at(std::uint32_t lane, std::uint64_t tick) {
  Lane& state = lanes_[lane];
  while (state.next < state.stretches.size() && state.stretches[state.next].last_tick < tick)
    ++state.next;
  return state.next < state.stretches.size() ? state.stretches[state.next].parts : BusyParts{};
}

}  // namespace joulepath::analysis
