// From a trace on disk to the numbers of a report: reads, attributes, sums up, in one
// stream of bounded memory.
#pragma once

#include <filesystem>

#include "core/analysis/summary.hpp"
#include "core/base/result.hpp"

namespace joulepath::tools {

/// `path` is a trace, one node's file (also of a run that goes on, or was killed), or a
/// folder of node files. Errors are those of trace::TraceReader and trace::gather.
base::Result<analysis::Summary> summarize_file(const std::filesystem::path& path);

}  // namespace joulepath::tools
