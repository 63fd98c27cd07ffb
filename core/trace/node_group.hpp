// A node of a trace, open. In a master (docs/format.md) the long tables are links to the node's
// file: that is opened here, and is the node's own, or an error. HDF5 would look for it in other
// places too, and take what it finds.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "core/base/result.hpp"
#include "core/trace/handle.hpp"

namespace joulepath::trace {

class NodeGroup {
 public:
  /// Opens /nodes/<number> of `file`, whose path is `trace`. Errors: those of open_trace, of the
  /// node's file too; kConflict where that is another recording than the trace was made of.
  static base::Result<NodeGroup> open(const Handle& file, const std::filesystem::path& trace,
                                      std::size_t number);

  [[nodiscard]] const Handle& own() const { return own_; }
  /// The group that holds `table`.
  [[nodiscard]] const Handle& holder(const char* table) const;

 private:
  Handle own_;
  Handle file_;  ///< of the node; none: all is in `own_`
  Handle elsewhere_;
};

/// Where a table is to be looked for.
inline const Handle& holder_of(const Handle& parent, const char* /*table*/) {
  return parent;
}
inline const Handle& holder_of(const NodeGroup& node, const char* table) {
  return node.holder(table);
}

/// The node's long tables are in its own file. False also where there is no such node.
bool is_linked(const Handle& nodes, std::size_t number);

}  // namespace joulepath::trace
