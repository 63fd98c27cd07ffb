// Attributes of groups, datasets and the file: numbers and fixed-length text. Used for
// what is fixed for a run; a file being written in SWMR mode can get no new ones.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.hpp"
#include "core/record/rows.hpp"
#include "core/trace/handle.hpp"

namespace joulepath::trace {

bool write_text_attribute(std::int64_t object, const char* name, const std::string& text);
/// Stored with the width of its type: 4 or 8 bytes.
bool write_integer_attribute(std::int64_t object, const char* name, std::int32_t value);
bool write_integer_attribute(std::int64_t object, const char* name, std::int64_t value);
/// Error kFormat when it is missing or of another type.
base::Result<std::string> read_text_attribute(const Handle& object, const char* name);
base::Result<std::int64_t> read_integer_attribute(const Handle& object, const char* name);

/// All attributes of /nodes/<n>.
base::Status write_node_attributes(const Handle& group, const record::NodeInfo& info);
/// The same, and the node's topology.
base::Status write_node_info(const Handle& group, const record::NodeInfo& info);
/// `topology`: the group that holds it.
base::Result<record::NodeInfo> read_node_info(const Handle& group, const Handle& topology);

inline constexpr const char* kTopology = "topology_xml";

}  // namespace joulepath::trace
