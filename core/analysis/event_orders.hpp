// What the calls of a trace tell about the order of moments on different nodes' clocks: a
// message had begun to be sent before its receive was over; nobody left a barrier, or a
// collective that moves data from all to all, before the last had entered it.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/analysis/clock_alignment.hpp"
#include "core/analysis/event_trace.hpp"
#include "core/base/result.hpp"

namespace joulepath::analysis {

/// Clocks are numbers of nodes. `node_of`: of each rank. Orders within a node are left out.
/// Times are taken as they are, and nothing is concluded from comparing those of two nodes.
/// Of a collective over many nodes each is compared with its neighbours and the first only.
/// Fails where match_operations() does.
base::Result<std::vector<ClockOrder>> orders_between_nodes(
    const EventTrace& trace, const std::map<std::int32_t, std::uint32_t>& node_of);

}  // namespace joulepath::analysis
