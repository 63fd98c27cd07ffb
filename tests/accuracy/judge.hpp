// Lets the analysis judge a simulated recording and compares every figure that a user
// would see with the simulator's truth.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/analysis/summary.hpp"
#include "tests/accuracy/sim/simulation.hpp"

namespace joulepath::accuracy {

struct Verdict {
  std::string figure;  ///< "phase solve", "rank 3", "class MPI wait", "total"
  double truth_j = 0.0;
  analysis::Figure energy;

  /// Relative to the truth.
  [[nodiscard]] double error() const { return (energy.value - truth_j) / truth_j; }
  [[nodiscard]] double half_width() const { return 0.5 * (energy.hi - energy.lo) / truth_j; }
  /// Known, and within its bounds but for rounding.
  [[nodiscard]] bool holds() const;
  [[nodiscard]] std::string text() const;
};

struct Judgement {
  analysis::Summary summary;
  std::vector<Verdict> verdicts;

  /// Throws when there is none: a test must not pass for want of a figure.
  [[nodiscard]] const Verdict& at(std::string_view figure) const;
};

analysis::Summary analyse(const Recording& recording);
Judgement judge(const Simulation& simulation);

/// Lane seconds that a report must show under "MPI wait", "MPI transfer" ...
double true_class_seconds(const Simulation& simulation, std::string_view report_class);

/// Lines for all figures whose bounds do not hold the truth; empty: all do.
std::string broken_bounds(const Judgement& judgement);
/// Of the total, the sockets and the sensors only: what no splitting can spoil.
std::string broken_measurements(const Judgement& judgement);
/// What breaks exact conservation in counter units or in joules; empty: nothing does.
std::string broken_conservation(const Simulation& simulation, const analysis::Summary& summary);

}  // namespace joulepath::accuracy
