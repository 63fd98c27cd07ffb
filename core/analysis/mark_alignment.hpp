// Aligns the clocks of a run's nodes by the marks that its processes kept of synchronising
// collectives on MPI_COMM_WORLD: no message of ours, and no event mode. Says for each node by how
// much its clock is behind the reference's at each mark, within bounds that hold as long as clocks
// keep to kWander (clock_limits.hpp), or why not. No process is seen to leave a collective, of
// those that were kept, before all have come. O(nodes * marks). Pure.
#pragma once

#include <span>
#include <vector>

#include "core/record/node_marks.hpp"

namespace joulepath::analysis {

/// The reference is the first node, unless its clock is the odd one out. A node that cannot be
/// aligned does not keep the others from it. A single node has neither rows nor a reason.
std::vector<record::NodeClock> align_by_marks(std::span<const record::NodeMarks> nodes);

}  // namespace joulepath::analysis
