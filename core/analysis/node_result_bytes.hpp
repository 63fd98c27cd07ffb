// A node's result as bytes and back, to the last bit: what a process that analysed the node hands
// to the one that sums up.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/analysis/attribution.hpp"

namespace joulepath::analysis {

std::string to_bytes(const NodeResult& result);
/// Nothing: they are no such bytes.
std::optional<NodeResult> node_result(std::string_view bytes);

}  // namespace joulepath::analysis
