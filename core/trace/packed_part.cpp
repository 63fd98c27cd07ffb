#include "core/trace/packed_part.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/record/table_bytes.hpp"
#include "core/trace/node_taker.hpp"
#include "core/trace/trace_file.hpp"

namespace joulepath::trace {

template <class Archive>
void fields(Archive& archive, base::Is<NodeRanks> auto& row) {
  auto& [processes, world, ranks] = row;
  archive(processes, world, ranks);
}
template <class Archive>
void fields(Archive& archive, base::Is<PackedNode> auto& row) {
  auto& [left_out, key, input, info, ranks, marks, meta, phases, functions, cells] = row;
  archive(left_out, key, input, info, ranks, marks, meta, phases, functions, cells);
}

namespace {

/// The keys that an input has already.
NameMerge::Keys own_keys(const record::RunTables& run) {
  NameMerge::Keys keys;
  keys.phases.resize(run.phases.size());
  keys.functions.resize(run.functions.size());
  std::iota(keys.phases.begin(), keys.phases.end(), 0u);
  std::iota(keys.functions.begin(), keys.functions.end(), 0u);
  return keys;
}

class PartPacker final : public NodeTaker {
 public:
  base::Status create(const std::filesystem::path& path) {
    auto made = create_trace_of_nodes(path);
    if (!made) return made.error();
    trace_ = *std::move(made);
    return base::Done{};
  }
  base::Status close() {
    trace_.nodes.close();
    if (!trace_.file.close()) return hdf5_error(base::Errc::kIo, "cannot write a part", {});
    return base::Done{};
  }
  [[nodiscard]] std::vector<PackedNode> list() && { return std::move(list_); }

 private:
  void leave_out(std::string why) override { list_.emplace_back().left_out = std::move(why); }

  base::Result<InputError> take(const InputNode& node) override {
    const record::RunTables& run = node.reader.run();
    auto packed = pack_node(trace_.nodes, std::to_string(count_), node.reader, node.number,
                            node.tables, [&run] { return own_keys(run); });
    if (!packed || *packed) return packed;
    ++count_;
    PackedNode& row = list_.emplace_back();
    row.key = recording_key(node.tables.info);
    row.input = node.input.string();
    row.info = node.tables.info;
    row.info.topology_xml.clear();
    row.ranks = ranks_of(node.tables.processes);
    row.marks = record::marks_of(node.tables);
    row.meta = run.meta;
    if (!same_names(run)) {
      names_ = run;
      row.phases = run.phases;
      row.functions = run.functions;
    }
    row.cells = node.tables.cells;
    return packed;
  }

  /// As the node before; the first node has no such.
  [[nodiscard]] bool same_names(const record::RunTables& run) const {
    return count_ > 1 &&
           std::equal(run.phases.begin(), run.phases.end(), names_.phases.begin(),
                      names_.phases.end(),
                      [](const auto& a, const auto& b) {
                        return a.phase == b.phase && a.name == b.name;
                      }) &&
           std::equal(run.functions.begin(), run.functions.end(), names_.functions.begin(),
                      names_.functions.end(), [](const auto& a, const auto& b) {
                        return a.function == b.function && a.name == b.name &&
                               a.class_name == b.class_name;
                      });
  }

  NewTrace trace_;
  std::size_t count_ = 0;
  record::RunTables names_;
  std::vector<PackedNode> list_;
};

}  // namespace

base::Result<std::vector<PackedNode>> pack_part(std::span<const std::filesystem::path> inputs,
                                                const Recordings& recordings,
                                                const std::filesystem::path& file) {
  PartPacker packer;
  if (auto status = packer.create(file); !status) return status.error();
  if (auto status = packer.take_all(inputs, recordings); !status) return status.error();
  if (auto status = packer.close(); !status) return status.error();
  return std::move(packer).list();
}

std::string to_bytes(const std::vector<PackedNode>& part) {
  return base::to_bytes(part);
}

std::optional<std::vector<PackedNode>> packed_nodes(std::string_view bytes) {
  return base::from_bytes<std::vector<PackedNode>>(bytes);
}

}  // namespace joulepath::trace
