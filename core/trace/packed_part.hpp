// A range of a gather's nodes, packed by one of the processes that gather together: a file with the
// nodes' groups, whose cells still have the keys of their inputs, and a list of what became of
// each node, in the order of the inputs. Joining the parts in their order gives the trace that one
// process would have written.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/record/node_marks.hpp"
#include "core/record/tables.hpp"
#include "core/trace/node_ranks.hpp"
#include "core/trace/recording_key.hpp"
#include "core/trace/recordings.hpp"

namespace joulepath::trace {

struct PackedNode {
  std::string left_out;  ///< why it is not in the part; empty: it is, under the next number
  RecordingKey key;
  std::string input;
  record::NodeInfo info;  ///< without topology
  NodeRanks ranks;
  record::NodeMarks marks;
  std::vector<record::MetaRow> meta;
  /// Of its file; nothing: those of the node before.
  std::optional<std::vector<record::PhaseRow>> phases;
  std::optional<std::vector<record::FunctionRow>> functions;
  std::vector<record::CellRow> cells;
};

/// Writes a part's file and returns its list.
base::Result<std::vector<PackedNode>> pack_part(std::span<const std::filesystem::path> inputs,
                                                const Recordings& recordings,
                                                const std::filesystem::path& file);

std::string to_bytes(const std::vector<PackedNode>& part);
/// Nothing: they are no such bytes.
std::optional<std::vector<PackedNode>> packed_nodes(std::string_view bytes);

}  // namespace joulepath::trace
