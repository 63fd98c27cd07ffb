// Where a run's files go. While the job runs each node writes into `<trace>.parts/`;
// gathering makes the trace out of them and removes the folder. So a trace under its own
// name is always whole, and parts that are still there can always be gathered again.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/result.hpp"
#include "core/trace/gather.hpp"

namespace joulepath::tools {

struct OutputPlace {
  std::filesystem::path trace;
  std::filesystem::path parts;  ///< folder of the nodes' files
  std::filesystem::path node_file(const std::string& hostname) const;
};

/// The trace that a setting means: a folder (there, or written with a slash at its end) stands
/// for `name` in it.
std::filesystem::path trace_in(const std::filesystem::path& output, const std::string& name);

OutputPlace output_place(const std::filesystem::path& trace);

/// Makes the parts folder. kConflict when the trace exists, or its parts folder does
/// (another job writes there, or left it); kPermission or kIo when it cannot be made.
base::Status claim(const OutputPlace& place);

/// The first of NAME.h5, NAME.2.h5 ... that can be claimed.
base::Result<OutputPlace> claim_free(const std::filesystem::path& trace);

/// Gathers the parts into the trace, then removes them; keeps them when any was left out.
/// Returns a note to show, empty when all went well. `gather` is trace::gather_folder,
/// linked or from the module.
base::Result<std::string> gather_parts(const OutputPlace& place,
                                       decltype(trace::gather_folder)* gather);

}  // namespace joulepath::tools
