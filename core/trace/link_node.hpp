// One node of an input, for a master: its small tables are written as pack_node would, its long
// ones stay where they are, and links say where.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.hpp"
#include "core/record/tables.hpp"
#include "core/trace/handle.hpp"
#include "core/trace/name_merge.hpp"
#include "core/trace/trace_file.hpp"

namespace joulepath::trace {

/// Writes the group `name` below `nodes`. `node`: the node's group, "/nodes/0", and its file
/// relative to the master's folder.
base::Status link_node(const Handle& nodes, const std::string& name, const LinkTarget& node,
                       const record::NodeTables& tables, const NameMerge::Keys& names);

}  // namespace joulepath::trace
