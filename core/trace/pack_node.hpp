// One node of an input, written again for keeping: large packed chunks, one row for each key, no
// dead space.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/record/tables.hpp"
#include "core/trace/handle.hpp"
#include "core/trace/name_merge.hpp"
#include "core/trace/trace_reader.hpp"

namespace joulepath::trace {

/// How a node of an input fared. A Result's Error instead means that the output failed.
using InputError = std::optional<base::Error>;

/// Writes the group `name` below `nodes`, which is gone again where the input fails. `tables` are
/// those of the reader's node, as they shall be. `names` gives the keys of phases and functions;
/// it is asked only once the node is sure to be part of the trace.
base::Result<InputError> pack_node(const Handle& nodes, const std::string& name,
                                   const TraceReader& reader, std::size_t node,
                                   const record::NodeTables& tables,
                                   const std::function<NameMerge::Keys()>& names);

}  // namespace joulepath::trace
