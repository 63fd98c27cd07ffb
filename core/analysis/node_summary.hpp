// One node's part of the summary: its totals by socket and domain, its sensors, and
// the figures of its groups, all from that node's result alone.
#pragma once

#include <cstdint>
#include <vector>

#include "core/analysis/signal_figures.hpp"
#include "core/analysis/summary.hpp"

namespace joulepath::analysis {

/// What a group of the node's lanes did and took.
struct GroupSummary {
  std::uint64_t ns = 0;
  std::uint64_t calls = 0;
  std::uint64_t bytes = 0;
  std::uint64_t wait_ns = 0;  ///< part of ns
  bool active = false;
  Figure energy;
  Figure wait_energy;  ///< part of energy
};

/// Figures for each signal, as NodeTables::sensors. `node` and `result` must outlive it.
std::vector<SignalFigures> signal_figures(const record::NodeTables& node, const NodeResult& result);

NodeSummary summarize_node(const record::NodeTables& node, const NodeResult& result,
                           const std::vector<SignalFigures>& figures);

SensorSummary summarize_sensor(const record::NodeTables& node, const NodeResult& result,
                               const std::vector<SignalFigures>& figures, std::size_t sensor);

/// All groups of the node, in NodeResult::groups. Energy is unknown, with the reason,
/// where the node has no counted energy.
std::vector<GroupSummary> summarize_groups(const record::NodeTables& node, const NodeResult& result,
                                           const std::vector<SignalFigures>& figures);

/// Idle and unattributed energy, by Rest.
std::array<Figure, kRests.size()> summarize_rests(const record::NodeTables& node,
                                                  const NodeResult& result,
                                                  const std::vector<SignalFigures>& figures);

std::vector<HealthNote> summarize_health(const record::NodeTables& node, const NodeResult& result);

}  // namespace joulepath::analysis
