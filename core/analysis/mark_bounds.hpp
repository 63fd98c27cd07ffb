// Encloses the clocks of many nodes by the collectives that all of them passed through: each has
// a moment at which all had come and nobody had left. O(nodes * collectives). Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace joulepath::analysis {

/// A node's part in one collective, on a common scale but for the node's correction.
struct ScaledMark {
  std::size_t collective = 0;
  double at_ns = 0;     ///< by the node's own clock: where the correction is asked for
  double begin_ns = 0;  ///< the last of the node began it
  double end_ns = 0;    ///< the first of the node left it
};

struct MarkedNode {
  std::vector<ScaledMark> marks;  ///< rising
  double wander = 0;              ///< most by which its correction changes, ns per ns
  bool reference = false;         ///< its correction is 0
};

struct CorrectionBounds {
  std::vector<double> lo_ns, hi_ns;  ///< by mark of the node
};

/// Of each node. Nothing where the marks do not fit; `misfit` is then a node that is concerned.
std::optional<std::vector<CorrectionBounds>> enclose_corrections(
    const std::vector<MarkedNode>& nodes, std::size_t collectives, std::size_t& misfit);

}  // namespace joulepath::analysis
