#include "core/trace/node_writer.hpp"

#include <string>
#include <tuple>
#include <utility>

#include "core/trace/attributes.hpp"
#include "core/trace/node_tables.hpp"
#include "core/trace/run_tables.hpp"
#include "core/trace/trace_file.hpp"

namespace joulepath::trace {

// Members are destroyed last to first: columns are closed before their file.
struct NodeWriter::State {
  std::filesystem::path path;
  Handle file;
  std::tuple<TableWriter<record::MetaRow>, TableWriter<record::PhaseRow>> run;
  NodeTableWriters node;
  ChunkPacker packer{Packing::kLive};
  bool flush_failed = false;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();

  base::Status create(const record::NodeInfo& info, std::span<const record::FunctionRow> functions);

  template <class Row>
  TableWriter<Row>& table() {
    if constexpr (std::is_same_v<Row, record::MetaRow> || std::is_same_v<Row, record::PhaseRow>) {
      return std::get<TableWriter<Row>>(run);
    } else {
      return std::get<TableWriter<Row>>(node);
    }
  }
};

/// Closing would write, on a disk that is full only a part, and the trace would not
/// open again. Detached it stays as after the last good flush, as if we were killed.
NodeWriter::State::~State() {
  if (flush_failed) detach_from_disk(file);
}

base::Status NodeWriter::State::create(const record::NodeInfo& info,
                                       std::span<const record::FunctionRow> functions) {
  const auto create_table = [&info](const Handle& parent) {
    return [&parent, &info](auto& table) {
      return table.create_if_present(parent, Packing::kLive, info);
    };
  };
  auto made = create_trace(path);
  if (!made) return made.error();
  file = *std::move(made);
  if (auto status = write_table<record::FunctionRow>(file, functions, Packing::kLive); !status)
    return status;
  if (auto status = write_health_kinds(file, Packing::kLive); !status) return status;
  if (auto status = for_each_table(run, create_table(file)); !status) return status;
  const auto nodes = create_group(file, "nodes");
  if (!nodes) return nodes.error();
  const auto group = create_group(*nodes, "0");
  if (!group) return group.error();
  if (auto status = write_node_info(*group, info); !status) return status;
  return for_each_table(node, create_table(*group));
}

base::Result<NodeWriter> NodeWriter::create(const std::filesystem::path& path,
                                            const record::NodeInfo& node,
                                            std::span<const record::FunctionRow> functions) {
  auto state = std::make_unique<State>();
  state->path = path;
  base::Status status = state->create(node, functions);
  if (status) status = start_live_writing(state->file, path);
  if (status) return NodeWriter(std::move(state));
  const bool ours = state->file.valid();
  state.reset();
  if (ours) {
    std::error_code ignored;  // the error that counts is the one above
    std::filesystem::remove(path, ignored);
  }
  return status.error();
}

NodeWriter::NodeWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
NodeWriter::NodeWriter(NodeWriter&&) noexcept = default;
NodeWriter& NodeWriter::operator=(NodeWriter&&) noexcept = default;
NodeWriter::~NodeWriter() = default;

void NodeWriter::add(const record::MetaRow& row) {
  state_->table<record::MetaRow>().add(row);
}
void NodeWriter::add(const record::PhaseRow& row) {
  state_->table<record::PhaseRow>().add(row);
}
void NodeWriter::add(const record::SensorRow& row) {
  state_->table<record::SensorRow>().add(row);
}
void NodeWriter::add(const record::ProcessRow& row) {
  state_->table<record::ProcessRow>().add(row);
}
void NodeWriter::add(const record::LaneRow& row) {
  state_->table<record::LaneRow>().add(row);
}
void NodeWriter::add(const record::CellRow& row) {
  state_->table<record::CellRow>().add(row);
}
void NodeWriter::add(const record::TickRow& row) {
  state_->table<record::TickRow>().add(row);
}
void NodeWriter::add(const record::SampleRow& row) {
  state_->table<record::SampleRow>().add(row);
}
void NodeWriter::add(const record::ActivityRow& row) {
  state_->table<record::ActivityRow>().add(row);
}
void NodeWriter::add(const record::CpuRow& row) {
  state_->table<record::CpuRow>().add(row);
}
void NodeWriter::add(const record::CounterRow& row) {
  state_->table<record::CounterRow>().add(row);
}
void NodeWriter::add(const record::CountRow& row) {
  state_->table<record::CountRow>().add(row);
}
void NodeWriter::add(const record::GpuUseRow& row) {
  state_->table<record::GpuUseRow>().add(row);
}
void NodeWriter::add(const record::CpuUseRow& row) {
  state_->table<record::CpuUseRow>().add(row);
}
void NodeWriter::add(const record::EventRow& row) {
  state_->table<record::EventRow>().add(row);
}
void NodeWriter::add(const record::EventItemRow& row) {
  state_->table<record::EventItemRow>().add(row);
}
void NodeWriter::add(const record::CommunicatorRow& row) {
  state_->table<record::CommunicatorRow>().add(row);
}
void NodeWriter::add(const record::MarkRow& row) {
  state_->table<record::MarkRow>().add(row);
}
void NodeWriter::add(const record::HealthRow& row) {
  state_->table<record::HealthRow>().add(row);
}

std::size_t NodeWriter::buffered_bytes() const {
  const auto sum = [](const auto&... table) { return (table.buffered_bytes() + ...); };
  return std::apply(sum, state_->run) + std::apply(sum, state_->node);
}

base::Status NodeWriter::flush() {
  State& state = *state_;
  auto& ticks = state.table<record::TickRow>();
  const auto write = [&]<class Row>(TableWriter<Row>& table) -> base::Status {
    if constexpr (std::is_same_v<Row, record::TickRow>)
      return base::Done{};  // later
    else
      return table.write(state.packer);
  };
  state.flush_failed = true;
  if (auto status = for_each_table(state.run, write); !status) return status;
  if (auto status = for_each_table(state.node, write); !status) return status;
  if (auto status = flush_file(state.file, state.path); !status) return status;
  // Who sees a tick finds all that belongs to it, wherever we are killed.
  if (auto status = ticks.write(state.packer); !status) return status;
  if (auto status = flush_file(state.file, state.path); !status) return status;
  state.flush_failed = false;
  const auto commit = [](auto&... table) { (table.commit(), ...); };
  std::apply(commit, state.run);
  std::apply(commit, state.node);
  return base::Done{};
}

base::Status NodeWriter::close() {
  if (auto status = flush(); !status) return status;
  state_->run = {};
  state_->node = {};
  if (!state_->file.close())
    return hdf5_error(base::Errc::kIo, "cannot close the trace", state_->path.string());
  return base::Done{};
}

}  // namespace joulepath::trace
