// The phases of a program as a tree: a phase holds what was done in it and in the phases
// begun inside it. Paths are "outer/inner". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/counted.hpp"
#include "core/analysis/figure.hpp"

namespace joulepath::analysis {

/// The phase that stands for time outside every named one.
inline constexpr std::string_view kOutsidePhases = "(outside phases)";

struct PhaseSummary {
  std::string name;                        ///< path
  std::string parent;                      ///< path; empty at the top
  std::optional<std::uint64_t> instances;  ///< how often it was begun, over all threads
  double own_seconds = 0.0;                ///< outside the phases inside it
  Figure own_energy;
  std::vector<Counted> own_counts;  ///< by counter, as Summary::counters; may be shorter
  double seconds = 0.0;             ///< with them
  Figure energy;
  std::vector<Counted> counts;
  bool has_nested = false;
};

/// Fills in what follows from the own figures of `phases`, adds phases that are known only
/// as the place of others, and orders them: each after its parent, those of one parent as
/// they came. Sums of figures sum their bounds.
std::vector<PhaseSummary> phase_tree(const std::vector<PhaseSummary>& phases);

}  // namespace joulepath::analysis
