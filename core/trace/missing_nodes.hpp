// What the tables of a master's run say once some of its nodes' files cannot be used: the same as
// those of a trace that was gathered without them. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "core/record/tables.hpp"
#include "core/trace/node_ranks.hpp"

namespace joulepath::trace {

/// `present`: numbers of the nodes that are left, rising, which are 0, 1 ... from now on; `ranks`:
/// theirs; `left_out`: of each of the others why.
void leave_out_nodes(record::RunTables& run, std::span<const std::size_t> present,
                     const NodeRanks& ranks, std::span<const std::string> left_out);

}  // namespace joulepath::trace
