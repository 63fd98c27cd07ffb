#include "core/trace/gather.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "core/base/file.hpp"
#include "core/trace/attributes.hpp"
#include "core/trace/name_merge.hpp"
#include "core/trace/node_tables.hpp"
#include "core/trace/recording_key.hpp"
#include "core/trace/recordings.hpp"
#include "core/trace/run_tables.hpp"
#include "core/trace/trace_file.hpp"
#include "core/trace/trace_reader.hpp"

namespace joulepath::trace {
namespace {

constexpr std::size_t kTicksAtATime = 256;

/// Removes the file unless it was moved to where it belongs.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& beside)
      : path_(beside.parent_path() /
              ("." + beside.filename().string() + ".partial-" + std::to_string(::getpid()))) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

base::Error exists_error(const std::filesystem::path& output) {
  return base::Error{base::Errc::kConflict, "exists already", output.string(), 0,
                     "choose another output, or ask to replace it"};
}

/// Gives the file its name in one step.
base::Status publish(const std::filesystem::path& from, const std::filesystem::path& output,
                     Existing existing) {
  if (existing == Existing::kRefuse) {
    if (::link(from.c_str(), output.c_str()) == 0) return base::Done{};
    if (errno == EEXIST) return exists_error(output);
    // A file system without hard links: a rename, and the check that was made before.
  }
  if (::rename(from.c_str(), output.c_str()) != 0)
    return base::system_error("cannot put the trace in place", output.string(), errno);
  return base::Done{};
}

template <class Row>
void add_all(NodeTableWriters& writers, const std::vector<Row>& rows) {
  for (const Row& row : rows) std::get<TableWriter<Row>>(writers).add(row);
}

/// How a node of an input fared. An Error instead means that the output failed.
using InputError = std::optional<base::Error>;

class Gathering {
 public:
  base::Status create(const std::filesystem::path& path);
  base::Status add(const std::filesystem::path& input, const Recordings& recordings);
  base::Status finish();
  [[nodiscard]] GatherOutcome& outcome() { return outcome_; }

 private:
  base::Result<InputError> add_node(const TraceReader& reader, std::size_t node,
                                    const record::NodeTables& tables);
  void note_ranks(const record::NodeTables& tables);
  [[nodiscard]] std::string missing_ranks() const;
  base::Result<InputError> copy_blocks(BlockReader blocks, NodeTableWriters& tables);
  void leave_out(const base::Error& why) { outcome_.left_out.push_back(why.message()); }

  Handle file_;
  Handle nodes_;
  ChunkPacker packer_{Packing::kPacked};
  NameMerge names_;
  std::set<RecordingKey> seen_;
  std::set<std::int32_t> ranks_;
  std::int32_t world_ = 0;
  std::size_t processes_ = 0;
  GatherOutcome outcome_;
};

base::Status Gathering::create(const std::filesystem::path& path) {
  auto file = create_trace(path);
  if (!file) return file.error();
  file_ = *std::move(file);
  auto nodes = create_group(file_, "nodes");
  if (!nodes) return nodes.error();
  nodes_ = *std::move(nodes);
  return base::Done{};
}

base::Status Gathering::add(const std::filesystem::path& input, const Recordings& recordings) {
  const auto reader = TraceReader::open(input);
  if (!reader) {
    leave_out(reader.error());
    return base::Done{};
  }
  for (std::size_t n = 0; n < reader->node_count(); ++n) {
    auto tables = reader->node(n);
    if (!tables) {
      leave_out(tables.error());
      continue;
    }
    if (std::string why = recordings.of_another_run(input, n); !why.empty()) {
      leave_out({base::Errc::kConflict, std::move(why), input.string(), 0, {}});
      continue;
    }
    const record::NodeInfo& info = tables->info;
    const auto key = recording_key(info);
    if (seen_.contains(key)) {
      leave_out({base::Errc::kConflict,
                 "node " + info.hostname + " was gathered already",
                 input.string(),
                 0,
                 {}});
      continue;
    }
    recordings.count_once(input, n, tables->sensors);
    const auto copied = add_node(*reader, n, *tables);
    if (!copied) return copied.error();
    if (*copied) {
      leave_out(**copied);
      continue;
    }
    seen_.insert(key);
    names_.add_meta(reader->run(), info);
    note_ranks(*tables);
    ++outcome_.nodes;
  }
  return base::Done{};
}

void Gathering::note_ranks(const record::NodeTables& tables) {
  processes_ += tables.processes.size();
  for (const record::ProcessRow& process : tables.processes) {
    world_ = std::max(world_, process.world_size);
    if (process.rank >= 0) ranks_.insert(process.rank);
  }
}

/// Processes that never learned their rank may be those that seem to be missing.
std::string Gathering::missing_ranks() const {
  if (world_ <= 0 || processes_ >= static_cast<std::size_t>(world_)) return {};
  std::string text;
  for (std::int32_t rank = 0; rank < world_; ++rank) {
    if (ranks_.contains(rank)) continue;
    const std::int32_t first = rank;
    while (rank + 1 < world_ && !ranks_.contains(rank + 1)) ++rank;
    text += (text.empty() ? "" : ",") + std::to_string(first);
    if (rank > first) text += "-" + std::to_string(rank);
  }
  return text.empty() ? text : text + " of " + std::to_string(world_);
}

base::Result<InputError> Gathering::add_node(const TraceReader& reader, std::size_t node,
                                             const record::NodeTables& tables) {
  auto blocks = reader.blocks(node);
  if (!blocks) return InputError(blocks.error());
  const std::string name = std::to_string(outcome_.nodes);
  const auto group = create_group(nodes_, name);
  if (!group) return group.error();
  NodeTableWriters writers;
  base::Status status = write_node_info(*group, tables.info);
  if (status)
    status = for_each_table(writers, [&](auto& table) {
      return table.create_if_present(*group, Packing::kPacked, tables.info);
    });
  if (!status) return status.error();

  auto copied = copy_blocks(*std::move(blocks), writers);
  if (!copied) return copied.error();
  if (*copied) {
    writers = {};
    if (auto removed = remove_group(nodes_, name); !removed) return removed.error();
    return copied;
  }
  // Names are merged only now that the node is sure to be part of the trace.
  const NameMerge::Keys keys = names_.add_names(reader.run());
  for (record::CellRow cell : tables.cells) {
    cell.phase = keys.phases[cell.phase];
    cell.function = keys.functions[cell.function];
    std::get<TableWriter<record::CellRow>>(writers).add(cell);
  }
  add_all(writers, tables.sensors);
  add_all(writers, tables.processes);
  add_all(writers, tables.lanes);
  add_all(writers, tables.counters);
  add_all(writers, tables.communicators);
  for (const record::HealthRow& row : tables.health) {
    // A truncated input must not pass for a whole one.
    if (!tables.complete && row.kind == record::HealthKind::kRecorderStopped) continue;
    std::get<TableWriter<record::HealthRow>>(writers).add(row);
  }
  status = for_each_table(writers, [this](auto& table) { return table.write(packer_); });
  if (!status) return status.error();
  return InputError();
}

base::Result<InputError> Gathering::copy_blocks(BlockReader blocks, NodeTableWriters& tables) {
  const auto write_whole_chunks = [this](auto& table) { return table.write_whole_chunks(packer_); };
  record::Block block;
  while (true) {
    const auto more = blocks.next(block, kTicksAtATime);
    if (!more) return InputError(more.error());
    if (!*more) return InputError();
    add_all(tables, block.ticks);
    add_all(tables, block.samples);
    add_all(tables, block.activity);
    add_all(tables, block.cpu);
    add_all(tables, block.counts);
    add_all(tables, block.gpu_use);
    add_all(tables, block.cpu_use);
    add_all(tables, block.events);
    add_all(tables, block.event_items);
    if (auto status = for_each_table(tables, write_whole_chunks); !status) return status.error();
  }
}

base::Status Gathering::finish() {
  outcome_.missing = missing_ranks();
  if (!outcome_.missing.empty()) names_.add_fact(record::kMissingRanks, outcome_.missing);
  if (!outcome_.left_out.empty()) {
    std::string all;
    for (const std::string& why : outcome_.left_out) all += (all.empty() ? "" : "; ") + why;
    names_.add_fact(record::kLeftOut, std::move(all));
  }
  const record::RunTables& run = names_.merged();
  base::Status status = write_table<record::MetaRow>(file_, run.meta, Packing::kPacked);
  if (status) status = write_table<record::PhaseRow>(file_, run.phases, Packing::kPacked);
  if (status) status = write_table<record::FunctionRow>(file_, run.functions, Packing::kPacked);
  if (status) status = write_health_kinds(file_, Packing::kPacked);
  if (!status) return status;
  nodes_.close();
  if (!file_.close()) return hdf5_error(base::Errc::kIo, "cannot write the trace", {});
  return base::Done{};
}

base::Result<GatherOutcome> write_gathered(std::span<const std::filesystem::path> inputs,
                                           const std::filesystem::path& temporary) {
  Gathering gathering;
  if (auto status = gathering.create(temporary); !status) return status.error();
  const Recordings recordings = Recordings::of(inputs);
  for (const auto& input : inputs)
    if (auto status = gathering.add(input, recordings); !status) return status.error();
  GatherOutcome& outcome = gathering.outcome();
  if (outcome.nodes == 0) {
    std::string why = "no input can be used";
    for (const std::string& reason : outcome.left_out) why += "; " + reason;
    return base::Error{base::Errc::kFormat, why, {}, 0, {}};
  }
  if (auto status = gathering.finish(); !status) return status.error();
  return std::move(outcome);
}

}  // namespace

std::vector<std::filesystem::path> node_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".h5") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

base::Result<GatherOutcome> gather(std::span<const std::filesystem::path> inputs,
                                   const std::filesystem::path& output, Existing existing) {
  std::error_code ignored;
  for (const auto& input : inputs)
    if (std::filesystem::equivalent(input, output, ignored))
      return base::Error{base::Errc::kUsage, "is an input and the output", output.string(), 0,
                         "choose another output"};
  if (existing == Existing::kRefuse && std::filesystem::exists(output, ignored))
    return exists_error(output);
  if (std::filesystem::is_directory(output, ignored))
    return base::Error{base::Errc::kUsage, "is a directory", output.string(), 0,
                       "name a file in it"};
  const TemporaryFile temporary(output);
  auto outcome = write_gathered(inputs, temporary.path());
  if (!outcome) {
    outcome.error().where = output.string();  // the temporary file means nothing to the user
    return outcome;
  }
  if (auto status = publish(temporary.path(), output, existing); !status) return status.error();
  return outcome;
}

base::Result<GatherOutcome> gather_folder(const std::filesystem::path& folder,
                                          const std::filesystem::path& output, Existing existing) {
  return gather(node_files(folder), output, existing);
}

}  // namespace joulepath::trace
