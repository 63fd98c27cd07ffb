// A run and what its change made of it, to be compared: summaries made by hand.
#pragma once

#include <vector>

#include "../report/synthetic_summary.hpp"
#include "core/analysis/phase_tree.hpp"
#include "tools/compare/run_figures.hpp"

namespace joulepath::compare::testing {

/// 200 J less than report's measured_summary: half the steps of solve, no MPI_Isend but an
/// MPI_Put, exchange told only within wide bounds.
inline analysis::Summary changed_summary() {
  using namespace analysis;
  using report::testing::figure;
  Summary summary = report::testing::measured_summary();
  summary.sensors[2].energy.missing.clear();
  summary.command = "mpirun -n 4 ./solver --size 512 --put";
  summary.duration_s = summary.nodes[0].duration_s = 10.5;
  summary.energy = summary.nodes[0].energy = figure(1095.0, 0.8, Basis::kMeasured);
  auto& domains = summary.nodes[0].sockets[0].domains;
  domains[0].energy = figure(400.0, 0.3, Basis::kMeasured);
  for (auto& row : summary.phases) {
    if (row.name == "assemble") row.energy = figure(520.0, 4.0, Basis::kFitted);
    if (row.name == "solve") {
      row.energy = figure(300.0, 8.0, Basis::kFitted);
      row.instances = 200;
    }
  }
  summary.functions[2].name = "MPI_Put";
  summary.functions[0].energy = figure(15.2, 10.0, Basis::kAttributed);
  summary.classes[0].energy = figure(829.3, 40, Basis::kAttributed);
  return summary;
}

/// measured_summary with bounds that tell its phases apart.
inline analysis::Summary known_summary() {
  using namespace analysis;
  using report::testing::figure;
  Summary summary = report::testing::measured_summary();
  summary.sensors[2].energy.missing.clear();
  for (auto& row : summary.phases) {
    if (row.name == "assemble") row.energy = figure(520.0, 4.0, Basis::kFitted);
    if (row.name == "solve") row.energy = figure(516.0, 8.0, Basis::kFitted);
  }
  return summary;
}

inline RunFigures before_run() {
  return run_figures(known_summary(), "before.h5");
}
inline RunFigures after_run() {
  return run_figures(changed_summary(), "after.h5");
}

/// The same run, with all of its energy and time times `factor`.
inline RunFigures scaled(RunFigures run, double factor) {
  const auto scale = [factor](analysis::Figure& figure) {
    for (double* value : {&figure.value, &figure.lo, &figure.hi}) *value *= factor;
  };
  scale(run.energy);
  scale(run.duration_s);
  for (auto* rows : {&run.phases, &run.classes, &run.functions, &run.domains})
    for (auto& row : *rows) scale(row.energy);
  return run;
}

}  // namespace joulepath::compare::testing
