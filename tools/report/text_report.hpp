// The report for a terminal: at most 80 columns, plain UTF-8, no colour. The same
// numbers as the JSON report. Pure: a summary in, text out.
#pragma once

#include <cstddef>
#include <string>

#include "core/analysis/summary.hpp"

namespace joulepath::report {

struct TextOptions {
  std::size_t functions = 10;      ///< most costly ones shown
  std::size_t phases = 10;         ///< the same, of each level of nesting
  std::size_t fits = 8;            ///< counters whose split is shown
  std::size_t ranks = 16;          ///< more than that: the most costly, and a line for the rest
  std::size_t nodes = 8;           ///< more than that: the same
  std::size_t detailed_nodes = 4;  ///< more than that: sockets are summed over nodes
};

std::string text_report(const analysis::Summary& summary, const TextOptions& options = {});

}  // namespace joulepath::report
