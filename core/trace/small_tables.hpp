// The tables of a node that do not grow with its ticks, written again for keeping: one row for
// each key, the phases and functions by the merged keys, the sensors as they count.
#pragma once

#include "core/base/result.hpp"
#include "core/record/tables.hpp"
#include "core/trace/handle.hpp"
#include "core/trace/name_merge.hpp"

namespace joulepath::trace {

base::Status write_small_tables(const Handle& group, const record::NodeTables& tables,
                                const NameMerge::Keys& names);

}  // namespace joulepath::trace
