// Tells apart the programs that one recording saw one after the other: two mpiruns of a
// script both have a rank 0. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace joulepath::analysis {

/// What is known of one process when its run is looked for.
struct ProcessLife {
  std::int32_t rank = -1;        ///< -1: not known; belongs to no run
  std::int32_t world_size = -1;  ///< -1: not known
  std::size_t node = 0;
  std::int64_t first_ns = 0;  ///< of the node's own clock
  std::int64_t last_ns = 0;
  std::int64_t first_utc_ns = 0;  ///< only orders the processes of different nodes
};

/// Runs are numbered from 1 by their start; 0 where there is no rank. A process joins the
/// earliest run in which its rank is free, whose world is of its size, and which had not
/// ended on its node before it began. Clocks of two nodes are never compared for that.
std::vector<int> number_runs(std::span<const ProcessLife> processes);

}  // namespace joulepath::analysis
