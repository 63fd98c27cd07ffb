#include "core/analysis/lane_cores.hpp"

#include <algorithm>

namespace joulepath::analysis {

LaneCores::LaneCores(const record::NodeTables& node, const CpuCores& cores)
    : cores_(cores), places_(node.processes.size() + 1), seen_(node.lanes.size()) {
  for (const record::LaneRow& lane : node.lanes)
    process_of_.push_back(
        static_cast<std::uint32_t>(std::min<std::size_t>(lane.process, node.processes.size())));
  for (std::size_t process = 0; process < node.processes.size(); ++process) {
    Place& place = places_[process];
    place.cores.resize(cores.count());
    const std::vector<std::int32_t> cpus = parse_cpus(node.processes[process].cpuset);
    place.kept = !cpus.empty();
    for (const std::int32_t cpu : cpus) {
      const auto core = cores.of_cpu(cpu);
      place.kept = place.kept && core;
      if (core) place.cores[*core] = true;
    }
    const auto first = std::find(place.cores.begin(), place.cores.end(), true);
    if (place.kept && std::count(first, place.cores.end(), true) == 1)
      place.only = static_cast<std::uint32_t>(first - place.cores.begin());
  }
}

void LaneCores::add(const record::CpuRow& row, std::uint64_t tick) {
  const auto core = cores_.of_cpu(row.last_cpu);
  seen_.add(row.lane, tick, core);
  Place& place = places_[process_of_[row.lane]];
  // A thread may have been given other CPUs than its process was when it was first seen.
  if (place.kept && core && !place.cores[*core]) {
    place.kept = false;
    place.only.reset();
  }
}

std::optional<std::uint32_t> LaneCores::Reader::at(std::uint32_t lane, std::uint64_t tick) {
  if (const auto& only = lanes_.places_[lanes_.process_of_[lane]].only) return only;
  const auto* seen = seen_.at(lane, tick);
  return seen != nullptr ? *seen : std::nullopt;
}

bool LaneCores::may_use(std::uint32_t lane, std::uint32_t core) const {
  const Place& place = places_[process_of_[lane]];
  return !place.kept || place.cores[core];
}

}  // namespace joulepath::analysis
