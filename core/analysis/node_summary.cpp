#include "core/analysis/node_summary.hpp"

#include <algorithm>
#include <string>

namespace joulepath::analysis {
namespace {

std::string no_energy(const record::NodeTables& node) {
  return "no counted energy sensor of " + node.info.hostname + " could be read";
}

/// A signal that should be in the total but is not, or not wholly, names itself there.
Figure named(Figure figure, const std::string& place) {
  for (auto& why : figure.missing) why = place + ": " + why;
  return figure;
}

SocketSummary& socket_of(NodeSummary& summary, int socket) {
  auto found = std::find_if(summary.sockets.begin(), summary.sockets.end(),
                            [&](const auto& known) { return known.socket == socket; });
  if (found != summary.sockets.end()) return *found;
  auto& added = summary.sockets.emplace_back();
  added.socket = socket;
  return added;
}

void add_domain(SocketSummary& socket, const record::Signal& signal, const Figure& energy) {
  const std::string domain(record::to_string(signal.domain));
  const std::string inside = signal.counted ? std::string() : signal.contained_in;
  auto found = std::find_if(socket.domains.begin(), socket.domains.end(), [&](const auto& known) {
    return known.domain == domain && known.included_in.empty() == inside.empty();
  });
  if (found == socket.domains.end()) {
    socket.domains.push_back({signal.socket, domain, {}, inside});
    found = socket.domains.end() - 1;
  }
  found->energy.add(energy);
  if (inside.empty()) socket.energy.add(energy);
}

std::string why_not_counted(const record::Signal& signal) {
  if (!signal.contained_in.empty()) return "included in " + signal.contained_in;
  if (!signal.excluded_by.empty()) return "the same joules as " + signal.excluded_by;
  return signal.reason.empty() ? "not counted" : signal.reason;
}

void add_share(GroupSummary& group, const SignalFigures& figures, std::uint64_t units,
               const GroupBounds& bounds) {
  group.energy.add(figures.share(units, bounds));
  group.wait_energy.add(figures.waiting(units, bounds, group.ns, group.wait_ns));
}

}  // namespace

std::vector<SignalFigures> signal_figures(const record::NodeTables& node,
                                          const NodeResult& result) {
  std::vector<SignalFigures> figures;
  figures.reserve(node.sensors.size());
  for (std::size_t i = 0; i < node.sensors.size(); ++i)
    figures.emplace_back(node.sensors[i].signal, result.signals[i], node.info.period_ns);
  return figures;
}

namespace {

std::optional<SharedSummary> summarize_shared(const NodeResult& result) {
  const SharedNode& shared = result.shared;
  if (shared.shared_ns == 0) return std::nullopt;
  const auto since_start = [&](std::int64_t ns) {
    return static_cast<double>(ns - result.first_ns) * 1e-9;
  };
  return SharedSummary{shared.job_cpu_ns * 1e-9,
                       shared.others_cpu_ns * 1e-9,
                       static_cast<double>(shared.shared_ns) * 1e-9,
                       since_start(shared.first_ns),
                       since_start(shared.last_ns),
                       shared.sessions};
}

}  // namespace

NodeSummary summarize_node(const record::NodeTables& node, const NodeResult& result,
                           const std::vector<SignalFigures>& figures) {
  NodeSummary summary;
  summary.hostname = node.info.hostname;
  summary.cpu_model = node.info.cpu_model;
  summary.duration_s = static_cast<double>(result.last_ns - result.first_ns) * 1e-9;
  summary.ticks = result.ticks;
  summary.period_s = static_cast<double>(node.info.period_ns) * 1e-9;
  summary.complete = node.complete;
  summary.shared = summarize_shared(result);
  for (const auto& process : node.processes) summary.ranks += process.rank >= 0 ? 1 : 0;
  for (std::size_t i = 0; i < node.sensors.size(); ++i) {
    const record::Signal& signal = node.sensors[i].signal;
    const bool part = !signal.contained_in.empty() && signal.excluded_by.empty();
    if (!signal.counted && !(part && figures[i].known())) continue;
    const Figure energy = named(figures[i].total(), signal_place(signal, node.info));
    add_domain(socket_of(summary, signal.socket), signal, energy);
    if (signal.counted) summary.energy.add(energy);
  }
  if (!summary.energy.known()) summary.energy.note_missing(no_energy(node));
  std::sort(summary.sockets.begin(), summary.sockets.end(),
            [](const auto& a, const auto& b) { return a.socket < b.socket; });
  return summary;
}

namespace {

bool several_lanes(const NodeResult& result, const SignalResult& shares) {
  int lanes = 0;
  for (std::size_t at = result.groups.index(GroupKind::kLane, 0); at < shares.bounds.size(); ++at)
    if (shares.bounds[at].active) ++lanes;
  return lanes > 1;
}

}  // namespace

SensorSummary summarize_sensor(const record::NodeTables& node, const NodeResult& result,
                               const std::vector<SignalFigures>& figures, std::size_t sensor) {
  const record::Signal& signal = node.sensors[sensor].signal;
  const SignalResult& shares = result.signals[sensor];
  SensorSummary summary;
  summary.id = signal.id;
  summary.domain = record::to_string(signal.domain);
  summary.device = signal.device;
  summary.node = node.info.hostname;
  summary.socket = signal.socket;
  summary.unit = signal.unit;
  summary.source = signal.source;
  summary.provenance =
      record::to_string(signal.readable ? signal.provenance : record::Provenance::kAbsent);
  summary.counted = signal.counted;
  summary.readable = signal.readable;
  summary.included_in = signal.contained_in;
  summary.excluded_by = signal.excluded_by;
  summary.samples = shares.facts.samples;
  summary.lost_intervals = shares.facts.lost_intervals;
  summary.lost_s = static_cast<double>(shares.facts.lost_ns) * 1e-9;
  summary.unusable_samples = shares.facts.unusable;
  summary.energy = figures[sensor].total();
  summary.remedy = signal.remedy;
  if (!figures[sensor].known()) {
    summary.reason = figures[sensor].why_unknown();
  } else if (!signal.counted) {
    summary.reason = why_not_counted(signal);
  }
  if (shares.facts.samples > shares.facts.unusable) {
    Conservation raw{
        shares.facts.first.raw, shares.facts.last.raw, shares.facts.difference, {}, {}, {}};
    if (shares.shared) {
      raw.attributed = shares.attributed();
      raw.idle = raw.unattributed = 0;
      for (const Rest rest : kRests) {
        const std::uint64_t units = shares.rest[static_cast<std::size_t>(rest)];
        *(is_idle(rest) ? raw.idle : raw.unattributed) += units;
      }
    }
    summary.raw = raw;
  }
  if (shares.shared && signal.domain != record::Domain::kGpu && several_lanes(result, shares))
    summary.told_apart = shares.told_apart;
  return summary;
}

std::vector<GroupSummary> summarize_groups(const record::NodeTables& node, const NodeResult& result,
                                           const std::vector<SignalFigures>& figures) {
  std::vector<GroupSummary> groups(result.groups.count);
  for (const Slot& slot : result.slots) {
    for (const std::uint32_t index : slot.groups) {
      GroupSummary& group = groups[index];
      group.active = true;
      group.ns += slot.ns;
      group.calls += slot.calls;
      group.bytes += slot.bytes;
      group.wait_ns += std::min(slot.wait_ns, slot.ns);
    }
  }
  std::vector<std::uint64_t> units(groups.size());
  for (std::size_t signal = 0; signal < figures.size(); ++signal) {
    const SignalResult& shares = result.signals[signal];
    if (!shares.shared || !figures[signal].known()) continue;
    std::fill(units.begin(), units.end(), 0);
    for (std::size_t slot = 0; slot < result.slots.size(); ++slot)
      for (const std::uint32_t group : result.slots[slot].groups)
        units[group] += shares.by_slot[slot];
    for (std::size_t group = 0; group < groups.size(); ++group)
      add_share(groups[group], figures[signal], units[group], shares.bounds[group]);
  }
  for (auto& group : groups) {
    if (!group.energy.known()) group.energy = unknown_figure(no_energy(node));
    if (!group.wait_energy.known()) group.wait_energy = unknown_figure(no_energy(node));
  }
  return groups;
}

std::array<Figure, kRests.size()> summarize_rests(const record::NodeTables& node,
                                                  const NodeResult& result,
                                                  const std::vector<SignalFigures>& figures) {
  std::array<Figure, kRests.size()> rests;
  for (const Rest rest : kRests) {
    Figure& figure = rests[static_cast<std::size_t>(rest)];
    for (std::size_t signal = 0; signal < figures.size(); ++signal)
      if (result.signals[signal].shared && figures[signal].known())
        figure.add(figures[signal].rest(rest));
    if (!figure.known()) figure = unknown_figure(no_energy(node));
  }
  return rests;
}

}  // namespace joulepath::analysis
