#include "core/analysis/core_counters.hpp"

namespace joulepath::analysis {

std::optional<CoreSplit> PackageCores::weigh(ToldApart& told, ScopeWindow& window,
                                             std::span<const EnergyInterval> intervals,
                                             const TickTimes& times, std::uint64_t tick,
                                             double unit_j) const {
  CoreSplit split(window, slots_, lanes_, energy_, intervals, times, tick, unit_j);
  told.by_cores(split.known_part());
  if (!split.known()) return std::nullopt;
  return split;
}

void PackageCores::bound(ScopeWindow& window, const CoreSplit* split,
                         std::span<const EnergyInterval> intervals, double highest_power) {
  if (split != nullptr) {
    bounds_.add(window, *split, intervals, highest_power * energy_.widest_end_ns() + 1.0);
    return;
  }
  for (const EnergyInterval& interval : intervals)
    bounds_.add_unknown(window.takers(interval.begin, interval.end), interval.units);
}

/// A core's counter belongs to the signal of its package, where that is one.
CoreCounters::CoreCounters(const record::NodeTables& node, const SlotTable& slots,
                           const std::vector<bool>& shared_out)
    : cores_(node.info.topology_xml), lanes_(node, cores_), counters_(node.sensors.size()) {
  for (std::size_t at = 0; at < node.sensors.size(); ++at) {
    const record::Signal& signal = node.sensors[at].signal;
    const auto core = cores_.of_device(signal.device);
    if (!core || signal.domain != record::Domain::kCore || !signal.readable ||
        signal.kind != record::Kind::kEnergy)
      continue;
    const int number = cores_.package_of(*core);
    std::vector<std::size_t> packages;
    for (std::size_t other = 0; other < node.sensors.size(); ++other)
      if (const record::Signal& package = node.sensors[other].signal;
          shared_out[other] && package.domain == record::Domain::kPackage &&
          package.socket == number)
        packages.push_back(other);
    if (packages.size() != 1) continue;
    PackageCores& package =
        packages_.try_emplace(packages.front(), number, cores_, slots, lanes_).first->second;
    // Of a core that two backends tell of, the first.
    if (package.energy().add_counter(*core, signal)) counters_[at] = {&package.energy(), *core};
  }
}

PackageCores* CoreCounters::of_package(std::size_t at) {
  const auto found = packages_.find(at);
  return found != packages_.end() ? &found->second : nullptr;
}

void CoreCounters::add(const record::CpuRow& row, std::uint64_t tick) {
  if (any()) lanes_.add(row, tick);
}

void CoreCounters::add(std::size_t at, const record::SampleRow& row, std::uint64_t tick,
                       std::int64_t lanes_ns) {
  if (const Counter& counter = counters_[at]; counter.package != nullptr)
    counter.package->add(counter.core, row, tick, lanes_ns);
}

void CoreCounters::finish() {
  for (auto& [at, package] : packages_) package.energy().finish();
}

void CoreCounters::drop_before(std::uint64_t tick) {
  for (auto& [at, package] : packages_) package.energy().drop_before(tick);
  lanes_.drop_before(tick);
}

std::uint64_t CoreCounters::cut_near(std::uint64_t first, std::uint64_t tick) const {
  for (const auto& [at, package] : packages_) {
    std::uint64_t cut = 0;
    for (const CoreStretch& stretch : package.energy().stretches())
      if (stretch.end <= tick) cut = stretch.end;
    if (cut > first) return cut;
  }
  return tick;
}

}  // namespace joulepath::analysis
