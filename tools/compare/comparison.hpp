// Two sides, before and after, of one run or several each: all differences that are shown,
// as text and as JSON. Pure: figures of runs in, differences out. Not here: widths, wording.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/compare/difference.hpp"
#include "tools/compare/run_figures.hpp"

namespace joulepath::compare {

struct ComparedRow {
  std::string name;
  Difference energy;
  /// Of a phase, energy of one instance; none: not counted on both sides.
  std::optional<Difference> each;
  std::optional<double> seconds_before;  ///< means over the runs of the side
  std::optional<double> seconds_after;
  std::optional<double> count_before;
  std::optional<double> count_after;
};

struct Comparison {
  std::vector<RunFigures> before;
  std::vector<RunFigures> after;
  std::vector<std::string> warnings;
  Difference energy;         ///< J
  Difference duration;       ///< s
  Difference power;          ///< W
  Difference delay_product;  ///< J s
  /// Sure differences first, then what is on one side only, each by size; then the others.
  std::vector<ComparedRow> phases;
  std::vector<ComparedRow> classes;
  std::vector<ComparedRow> functions;
  std::vector<ComparedRow> domains;
};

/// Neither side may be empty.
Comparison compare(std::vector<RunFigures> before, std::vector<RunFigures> after);

}  // namespace joulepath::compare
