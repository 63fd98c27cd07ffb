// A node that was analysed, as bytes and back, to the last bit: what a process hands to the one
// that sums up. It has the tables with it: reading them anew from a trace would cost more than all
// else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/analysis/attribution.hpp"
#include "core/record/tables.hpp"

namespace joulepath::analysis {

struct AnalysedNode {
  record::NodeTables tables;
  NodeResult result;
};

std::string to_bytes(const AnalysedNode& node);
/// Nothing: they are no such bytes.
std::optional<AnalysedNode> analysed_node(std::string_view bytes);

}  // namespace joulepath::analysis
