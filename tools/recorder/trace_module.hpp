// Opens the trace library (core/trace/trace_module.hpp), which is installed beside this
// program's: found relative to the program, whatever the prefix.
#pragma once

#include "core/base/result.hpp"
#include "core/trace/trace_module.hpp"

namespace joulepath::tools {

/// Stays open to the end of the process. Errors: kNotFound when it cannot be opened,
/// kConflict when it is of another version.
base::Result<const trace::TraceModule*> open_trace_module();

}  // namespace joulepath::tools
