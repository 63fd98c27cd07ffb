#include "core/trace/trace_reader.hpp"

#include <string>
#include <utility>

#include "core/trace/attributes.hpp"
#include "core/trace/block_reader.hpp"
#include "core/trace/node_reader.hpp"
#include "core/trace/run_tables.hpp"
#include "core/trace/trace_file.hpp"

namespace joulepath::trace {

struct TraceReader::State {
  std::filesystem::path path;
  Handle file;
  record::RunTables run;
  std::size_t nodes = 0;
  NodeLimits limits;  ///< of node 0 of a file that is being written; else no limits

  [[nodiscard]] base::Status check_node(std::size_t node) const;
};

base::Status TraceReader::State::check_node(std::size_t node) const {
  if (node < nodes) return base::Done{};
  return base::Error{base::Errc::kUsage,
                     "has no node " + std::to_string(node) + ", only " + std::to_string(nodes),
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
  const auto nodes = open_group(state->file, "nodes");
  if (!nodes) return nodes.error();
  state->nodes = group_size(*nodes);
  if (state->nodes == 0)
    return base::Error{base::Errc::kFormat, "has no nodes", path.string(), 0, {}};
  if (opened->live) {
    const auto group = open_node(state->file, 0);
    if (!group) return group.error();
    const auto limits = measure_node(*group);
    if (!limits) return limits.error();
    state->limits = *limits;
  }
  auto run = read_run_tables(state->file);
  if (!run) return run.error();
  state->run = *std::move(run);
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
  return state_->nodes;
}

base::Result<record::NodeTables> TraceReader::node(std::size_t node) const {
  if (auto status = state_->check_node(node); !status) return status.error();
  const auto group = open_node(state_->file, node);
  if (!group) return group.error();
  return read_node(*group, state_->limits, state_->run);
}

base::Result<record::NodeInfo> TraceReader::info(std::size_t node) const {
  if (auto status = state_->check_node(node); !status) return status.error();
  const auto group = open_node(state_->file, node);
  if (!group) return group.error();
  return read_node_info(*group);
}

base::Result<BlockReader> TraceReader::blocks(std::size_t node) const {
  const auto tables = this->node(node);
  if (!tables) return tables.error();
  return blocks(node, *tables);
}

base::Result<BlockReader> TraceReader::blocks(std::size_t node,
                                              const record::NodeTables& tables) const {
  if (auto status = state_->check_node(node); !status) return status.error();
  const auto group = open_node(state_->file, node);
  if (!group) return group.error();
  auto blocks = BlockReader::State::open(*group, state_->limits, tables);
  if (!blocks) return blocks.error();
  return BlockReader(*std::move(blocks));
}

}  // namespace joulepath::trace
