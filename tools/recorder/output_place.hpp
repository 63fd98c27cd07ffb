// Where a run's files go. While the job runs each node writes into `<trace>.parts/`
// (parts_folder.hpp); gathering makes the trace out of them and removes the folder, or, where the
// trace is a master, leaves it beside the trace. So a trace under its own name is always whole,
// and parts that are still there can always be gathered again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/trace/gather.hpp"
#include "tools/recorder/parts_folder.hpp"

namespace joulepath::tools {

struct OutputPlace {
  std::filesystem::path trace;
  std::filesystem::path parts;  ///< folder of the nodes' files
};

/// The trace that a setting means: a folder (there, or written with a slash at its end) stands
/// for `name` in it.
std::filesystem::path trace_in(const std::filesystem::path& output, const std::string& name);

OutputPlace output_place(const std::filesystem::path& trace);

/// Makes the parts folder. kConflict when the trace exists, or its parts folder does
/// (another job writes there, or left it); kPermission or kIo when it cannot be made.
base::Status claim(const OutputPlace& place, const RunMark& mark);

/// A place and the name of this node's file in it.
struct NodePlace {
  OutputPlace place;
  std::filesystem::path node_file;
};

/// For a node whose run has no launcher of ours here: the first of NAME.h5, NAME.2.h5 ... that
/// can be claimed, or into which other nodes of this run write.
base::Result<NodePlace> claim_or_join(const std::filesystem::path& trace, const RunMark& mark,
                                      const std::string& hostname);

/// Gathers the parts into the trace, then removes them; keeps them when any was left out, a
/// recorder has not closed its file, other nodes have written elsewhere, or the trace links to
/// them. Returns notes to show, a line each. `gather` is trace::gather_folder, linked or from the
/// module.
base::Result<std::vector<std::string>> gather_parts(const OutputPlace& place,
                                                    decltype(trace::gather_folder)* gather,
                                                    trace::Form form);

}  // namespace joulepath::tools
