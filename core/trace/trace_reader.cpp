#include "core/trace/trace_reader.hpp"

#include <string>
#include <utility>

#include "core/trace/attributes.hpp"
#include "core/trace/block_reader.hpp"
#include "core/trace/missing_nodes.hpp"
#include "core/trace/node_reader.hpp"
#include "core/trace/run_tables.hpp"
#include "core/trace/trace_file.hpp"

namespace joulepath::trace {

struct TraceReader::State {
  std::filesystem::path path;
  Handle file;
  record::RunTables run;
  bool live = false;
  bool master = false;
  std::vector<std::size_t> nodes;     ///< numbers in the file of those that can be used
  std::vector<std::string> left_out;  ///< why the others cannot
  NodeLimits limits;                  ///< of node 0 of a file that is being written; else no limits

  /// Those that are linked must be where they belong.
  base::Status find_nodes();
  /// The tables of the run, without the nodes that were left out.
  base::Status read_run();
  [[nodiscard]] base::Result<NodeGroup> open_node(std::size_t node) const;
};

base::Status TraceReader::State::find_nodes() {
  const auto group = open_group(file, "nodes");
  if (!group) return group.error();
  const std::size_t count = group_size(*group);
  if (count == 0) return base::Error{base::Errc::kFormat, "has no nodes", path.string(), 0, {}};
  for (std::size_t number = 0; number < count; ++number) {
    if (is_linked(*group, number)) {
      master = true;
      if (const auto node = NodeGroup::open(file, path, number); !node) {
        left_out.push_back(node.error().message());
        continue;
      }
    }
    nodes.push_back(number);
  }
  if (!nodes.empty()) return base::Done{};
  return base::Error{base::Errc::kFormat, "none of its nodes' files can be used: " + left_out[0],
                     path.string(), 0, "keep the folder of these files beside the trace"};
}

base::Status TraceReader::State::read_run() {
  auto tables = read_run_tables(file);
  if (!tables) return tables.error();
  run = *std::move(tables);
  if (left_out.empty()) return base::Done{};
  NodeRanks ranks;
  for (std::size_t node = 0; node < nodes.size(); ++node) {
    const auto group = open_node(node);
    if (!group) return group.error();
    bool truncated = false;
    const auto processes = read_entities<record::ProcessRow>(*group, kAllRows, truncated);
    if (!processes) return processes.error();
    ranks.add(ranks_of(*processes));
  }
  leave_out_nodes(run, nodes, ranks, left_out);
  return base::Done{};
}

base::Result<NodeGroup> TraceReader::State::open_node(std::size_t node) const {
  if (node < nodes.size()) return NodeGroup::open(file, path, nodes[node]);
  return base::Error{
      base::Errc::kUsage,
      "has no node " + std::to_string(node) + ", only " + std::to_string(nodes.size()),
      path.string(),
      0,
      {}};
}

base::Result<TraceReader> TraceReader::open(const std::filesystem::path& path) {
  auto opened = open_trace(path);
  if (!opened) return opened.error();
  auto state = std::make_unique<State>();
  state->path = path;
  state->file = std::move(opened->file);
  state->live = opened->live;
  if (auto status = state->find_nodes(); !status) return status.error();
  if (opened->live) {
    const auto group = state->open_node(0);
    if (!group) return group.error();
    const auto limits = measure_node(*group);
    if (!limits) return limits.error();
    state->limits = *limits;
  }
  if (auto status = state->read_run(); !status) return status.error();
  return TraceReader(std::move(state));
}

TraceReader::TraceReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
TraceReader::TraceReader(TraceReader&&) noexcept = default;
TraceReader& TraceReader::operator=(TraceReader&&) noexcept = default;
TraceReader::~TraceReader() = default;

const record::RunTables& TraceReader::run() const {
  return state_->run;
}
std::size_t TraceReader::node_count() const {
  return state_->nodes.size();
}

bool TraceReader::is_master() const {
  return state_->master;
}
const std::vector<std::string>& TraceReader::left_out() const {
  return state_->left_out;
}
bool TraceReader::live() const {
  return state_->live;
}

base::Result<record::NodeTables> TraceReader::node(std::size_t node) const {
  const auto group = state_->open_node(node);
  if (!group) return group.error();
  return read_node(*group, state_->limits, state_->run);
}

base::Result<record::NodeInfo> TraceReader::info(std::size_t node) const {
  const auto group = state_->open_node(node);
  if (!group) return group.error();
  return read_node_info(group->own(), group->holder(kTopology));
}

base::Result<BlockReader> TraceReader::blocks(std::size_t node) const {
  const auto tables = this->node(node);
  if (!tables) return tables.error();
  return blocks(node, *tables);
}

base::Result<BlockReader> TraceReader::blocks(std::size_t node,
                                              const record::NodeTables& tables) const {
  const auto group = state_->open_node(node);
  if (!group) return group.error();
  auto blocks = BlockReader::State::open(*group, state_->limits, tables);
  if (!blocks) return blocks.error();
  return BlockReader(*std::move(blocks));
}

}  // namespace joulepath::trace
