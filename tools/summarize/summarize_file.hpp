// From a trace on disk to the numbers of a report: reads, attributes, sums up, in one
// stream of bounded memory.
#pragma once

#include <filesystem>

#include "core/analysis/summary.hpp"
#include "core/base/result.hpp"
#include "core/base/team.hpp"

namespace joulepath::tools {

/// `path` is a trace, one node's file (also of a run that goes on, or was killed), or a
/// folder of node files. Errors are those of trace::TraceReader and trace::gather.
base::Result<analysis::Summary> summarize_file(const std::filesystem::path& path);
/// The same by several processes, each of which calls it with the same path: the summary is that of
/// process 0; the others analyse a part of the nodes for it.
base::Result<analysis::Summary> summarize_file(const std::filesystem::path& path, base::Team& team);

}  // namespace joulepath::tools
