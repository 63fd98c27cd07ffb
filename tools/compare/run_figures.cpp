#include "tools/compare/run_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tools/report/labels.hpp"
#include "tools/report/quantity.hpp"

namespace joulepath::compare {
namespace {

using namespace analysis;

/// A recording begins and ends at a tick, so it stands for the program to about one period.
Figure duration_of(const Summary& summary) {
  double period_s = 0.0;
  for (const auto& node : summary.nodes) period_s = std::max(period_s, node.period_s);
  Figure duration;
  duration.basis = Basis::kMeasured;
  duration.value = summary.duration_s;
  duration.lo = std::max(summary.duration_s - period_s, 0.0);
  duration.hi = summary.duration_s + period_s;
  return duration;
}

constexpr const char* kPart = " (part)";

std::string domain_name(const std::string& domain, bool part) {
  return part ? domain + kPart : domain;
}

/// By node and domain, what is counted there: how many sensors, and which of those that should
/// be are not known.
struct Devices {
  std::size_t known = 0;
  std::vector<std::string> unknown;

  [[nodiscard]] std::string text(const std::string& domain) const {
    std::string text = fmt::format("{} {}", known, domain);
    for (const auto& id : unknown) text += " without " + id;
    return text;
  }
};
using DevicesOfNode = std::map<std::string, Devices>;  ///< by domain
using AllDevices = std::map<std::string, DevicesOfNode>;

AllDevices devices_of(const Summary& summary) {
  AllDevices devices;
  for (const auto& node : summary.nodes) devices[node.hostname];
  for (const auto& sensor : summary.sensors) {
    const bool known = sensor.energy.known();
    const bool part = !sensor.included_in.empty() && sensor.excluded_by.empty() && known;
    if (!sensor.counted && !part) continue;
    Devices& own = devices[sensor.node][domain_name(sensor.domain, !sensor.counted)];
    if (known) {
      ++own.known;
    } else {
      own.unknown.push_back(sensor.id);
    }
  }
  return devices;
}

/// What the nodes have, each kind once; where they differ, with the number of nodes.
template <class OfNode>
std::set<std::string> kinds_of(const AllDevices& devices, OfNode of_node) {
  std::map<std::string, std::size_t> kinds;
  for (const auto& [host, node] : devices) ++kinds[of_node(node)];
  std::set<std::string> texts;
  for (const auto& [kind, nodes] : kinds)
    texts.insert(kinds.size() == 1 ? kind : fmt::format("{} on {} of the nodes", kind, nodes));
  return texts;
}

std::vector<RowFigures> domains_of(const Summary& summary, const AllDevices& devices) {
  std::vector<RowFigures> rows;
  for (const auto& node : summary.nodes)
    for (const auto& socket : node.sockets)
      for (const auto& domain : socket.domains) {
        const std::string name = domain_name(domain.domain, !domain.included_in.empty());
        auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const RowFigures& known) { return known.name == name; });
        if (row == rows.end()) {
          rows.push_back({name, {}, {}, {}, {}});
          row = rows.end() - 1;
        }
        row->energy.add(domain.energy);
      }
  for (RowFigures& row : rows)
    row.devices = kinds_of(devices, [&](const DevicesOfNode& node) {
      const auto own = node.find(row.name);
      return own == node.end() ? std::string("none") : own->second.text(row.name);
    });
  return rows;
}

std::set<std::string> counted_of(const AllDevices& devices) {
  return kinds_of(devices, [](const DevicesOfNode& node) {
    std::string text;
    for (const auto& [domain, own] : node)
      if (!domain.ends_with(kPart)) text += (text.empty() ? "" : " + ") + own.text(domain);
    return text.empty() ? std::string("nothing") : text;
  });
}

/// Whether what `figure` lacks is missing from the total too.
bool in_total(const Figure& figure, const Figure& total) {
  return std::any_of(figure.missing.begin(), figure.missing.end(), [&](const std::string& why) {
    return std::find(total.missing.begin(), total.missing.end(), why) != total.missing.end();
  });
}

std::vector<std::string> incomplete_of(const Summary& summary) {
  std::vector<std::string> why = summary.partial;
  for (const auto& node : summary.nodes)
    if (!node.energy.known() && in_total(node.energy, summary.energy))
      why.push_back(node.energy.missing_text());
  return why;
}

std::vector<std::string> shared_of(const Summary& summary) {
  std::vector<std::string> shared;
  for (const auto& node : summary.nodes)
    if (node.shared && node.shared->worth_a_note())
      shared.push_back(fmt::format("{} ({} of its CPU time)", node.hostname,
                                   report::percent_text(node.shared->part())));
  return shared;
}

Waiting waiting_of(const Summary& summary) {
  if (summary.waits.recorded && summary.waits.reason.empty()) return Waiting::kEvents;
  const bool told =
      std::any_of(summary.functions.begin(), summary.functions.end(),
                  [](const FunctionSummary& row) { return row.wait_seconds.has_value(); });
  return told ? Waiting::kExcess : Waiting::kNotTold;
}

std::vector<RowFigures> classes_of(const Summary& summary) {
  std::vector<RowFigures> rows;
  for (const auto& row : summary.classes)
    rows.push_back({std::string(to_string(row.report_class)), row.energy, row.seconds, {}, {}});
  rows.push_back({"idle", summary.idle, {}, {}, {}});
  rows.push_back({"unattributed", summary.unattributed, {}, {}, {}});
  return rows;
}

}  // namespace

RunFigures run_figures(const Summary& summary, const std::string& trace) {
  const AllDevices devices = devices_of(summary);
  RunFigures run;
  run.trace = trace;
  run.command = summary.command.empty() ? "not recorded" : summary.command;
  run.mpi = summary.mpi.empty() ? "none seen" : summary.mpi;
  for (const auto& node : summary.nodes) run.hosts.push_back(node.hostname);
  std::sort(run.hosts.begin(), run.hosts.end());
  run.ranks = report::ranks_text(summary);
  run.duration_s = duration_of(summary);
  run.energy = summary.energy;
  run.counted = counted_of(devices);
  for (const auto& sensor : summary.sensors)
    if (sensor.counted) run.sources.insert(sensor.source);
  for (const auto& node : summary.nodes)
    if (!node.cpu_model.empty()) run.cpus.insert(node.cpu_model);
  run.incomplete = incomplete_of(summary);
  for (const auto& sensor : summary.sensors) {
    if (!sensor.counted || sensor.energy.missing.empty()) continue;
    (sensor.energy.known() ? run.lost : run.unread)
        .push_back(
            fmt::format("{} on {}: {}", sensor.id, sensor.node, sensor.energy.missing_text()));
  }
  run.shared = shared_of(summary);
  run.waiting = waiting_of(summary);
  for (const auto& row : summary.phases)
    run.phases.push_back({row.name, row.energy, row.seconds, row.instances, {}});
  run.classes = classes_of(summary);
  for (const auto& row : summary.functions)
    run.functions.push_back({row.name, row.energy, row.seconds, row.calls, {}});
  run.domains = domains_of(summary, devices);
  return run;
}

}  // namespace joulepath::compare
