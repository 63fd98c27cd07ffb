// Where only some readings were taken at an update of the counter: intervals joined so that
// they begin and end at such readings. Times and energies of a fit then differ by the width
// of an edge, not by the counter's whole period, and what the readings between them say is
// only a matter of where in the joined interval its energy was. Values only.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/analysis/energy_interval.hpp"

namespace joulepath::analysis {

struct JoinedInterval {
  EnergyInterval whole;
  std::size_t first = 0;  ///< of its parts
  std::size_t count = 1;
};

/// In order, each of `parts` (in time order) once. Nothing is joined where there is nothing
/// to gain: updates are short against the intervals, or too few were seen.
std::vector<JoinedInterval> join_at_edges(std::span<const EnergyInterval> parts);

}  // namespace joulepath::analysis
