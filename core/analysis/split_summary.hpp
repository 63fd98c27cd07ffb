// Says how each counted signal's energy was split: by a fit or by time, the power found
// for each phase, how well updates were timed, and the static power. From one node's result.
#pragma once

#include <vector>

#include "core/analysis/fit_summary.hpp"
#include "core/analysis/node_summary.hpp"

namespace joulepath::analysis {

/// One for each counted signal that the node's phases took energy of; none without phases.
std::vector<FitSummary> summarize_fits(const record::RunTables& run, const record::NodeTables& node,
                                       const NodeResult& result,
                                       const std::vector<SignalFigures>& figures);

/// One for each measured counter of a package that lanes took energy of.
std::vector<StaticSummary> summarize_statics(const record::NodeTables& node,
                                             const NodeResult& result);

}  // namespace joulepath::analysis
