// The traces of a Slurm job in a folder, whole or in parts, by the session that wrote them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace joulepath::tools {

/// What one session wrote: one whole trace, or node files in folders NAME.h5.parts. What several
/// files hold is here once, in the one with most nodes.
struct StepTraces {
  std::vector<std::filesystem::path> traces;
  std::vector<std::filesystem::path> parts;       ///< folders
  std::vector<std::filesystem::path> node_files;  ///< in these
  std::size_t nodes = 0;                          ///< that have written something
  bool complete = true;                           ///< no recorder was killed or still writes
};

/// Where the traces of a job are, as its recorders were told.
struct TracePlace {
  std::filesystem::path folder;
  std::string prefix;  ///< with which their names begin
};
/// `output` as the setting of that name; empty: the folder this process is in.
TracePlace trace_place(const std::string& output, const std::string& job);

/// By session ("slurm-12.0"; of a job that was requeued once "slurm-12.0.r1"), those that belong
/// to `what`, a job or a step of it. What is no trace is left out.
std::map<std::string, StepTraces> find_traces(const TracePlace& place, const std::string& what);

/// The one trace of these: the only one there is, or the one that is made of all parts, which
/// are removed then, if all are whole. Errors are those of trace::gather.
base::Result<std::filesystem::path> joined_trace(const TracePlace& place, const StepTraces& step,
                                                 const std::string& session);

}  // namespace joulepath::tools
