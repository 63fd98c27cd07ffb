// Opening and creating trace files, and the groups in them. Never changes a file that
// it opened for reading. Files are not locked: see docs/adr/0003.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/base/result.hpp"
#include "core/trace/handle.hpp"

namespace joulepath::trace {

struct OpenedFile {
  Handle file;
  /// It is being written, or its writer was killed: it may grow under the reader.
  bool live = false;
};

/// Opens a trace for reading and checks its schema version.
/// Errors: kNotFound, kPermission, kFormat, kNewer.
base::Result<OpenedFile> open_trace(const std::filesystem::path& path);

/// Creates a trace with its root attributes. Error kConflict when `path` exists;
/// nothing is left behind after any other error.
base::Result<Handle> create_trace(const std::filesystem::path& path);

/// The same, with its group of nodes, which is to be closed before the file.
struct NewTrace {
  Handle file;
  Handle nodes;
};
base::Result<NewTrace> create_trace_of_nodes(const std::filesystem::path& path);

/// Lets readers in while the file is open. No new objects can be added from then on.
base::Status start_live_writing(const Handle& file, const std::filesystem::path& path);

/// Notes the length of the file in it. Without that `h5clear` would cut off what was
/// written since the file was created.
base::Status flush_file(const Handle& file, const std::filesystem::path& path);

/// From here on nothing that HDF5 writes reaches the file, not even when it is closed.
void detach_from_disk(const Handle& file);

base::Result<Handle> create_group(const Handle& parent, const std::string& name);
base::Result<Handle> open_group(const Handle& parent, const std::string& name);
/// Copies a group of another file with all it holds: packed chunks as they are.
base::Status copy_group(const Handle& from, const std::string& name, const Handle& to,
                        const std::string& new_name);
base::Status remove_group(const Handle& parent, const std::string& name);

/// Where a name stands for an object of another file.
struct LinkTarget {
  std::string file;    ///< relative to the folder of the file with the link
  std::string object;  ///< "/nodes/0/ticks"
};
base::Status create_link(const Handle& parent, const std::string& name, const LinkTarget& target);
/// None: there is no such name, or its object is in this file.
std::optional<LinkTarget> link_target(const Handle& parent, const std::string& name);
/// A group by its path; invalid where there is none.
Handle open_path(const Handle& file, const std::string& path);

/// Number of groups in `parent`.
std::size_t group_size(const Handle& parent);

}  // namespace joulepath::trace
