#include "core/trace/gather.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/bytes.hpp"
#include "core/base/file.hpp"
#include "core/trace/link_node.hpp"
#include "core/trace/name_merge.hpp"
#include "core/trace/node_taker.hpp"
#include "core/trace/packed_part.hpp"
#include "core/trace/recordings.hpp"
#include "core/trace/run_tables.hpp"
#include "core/trace/trace_file.hpp"

namespace joulepath::trace {
namespace {

// What the processes of a team share.
constexpr std::string_view kRecordings = "recordings";
constexpr std::string_view kPart = "part.h5";
constexpr std::string_view kPartList = "part";
/// Process 0 shares it with nobody.
constexpr std::string_view kTrace = "trace";

/// Removes the file unless it was moved to where it belongs.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path path) : path_(std::move(path)) {}
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

std::filesystem::path temporary_name(const std::filesystem::path& output) {
  return output.parent_path() /
         ("." + output.filename().string() + ".partial-" + std::to_string(::getpid()));
}

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

/// How a file in `folder` names another file.
std::string link_from(const std::filesystem::path& folder, const std::filesystem::path& file) {
  std::error_code error;
  const auto from = std::filesystem::canonical(folder.empty() ? "." : folder, error);
  const auto to = std::filesystem::canonical(file, error);
  return to.lexically_proximate(from).string();
}

std::vector<std::string> unaligned(std::span<const record::NodeClock> clocks,
                                   std::span<const std::string> hostnames) {
  constexpr std::size_t kMostNamed = 4;
  std::map<std::string, std::vector<std::string>> by_reason;
  for (std::size_t node = 0; node < clocks.size(); ++node)
    if (!clocks[node].unknown.empty()) by_reason[clocks[node].unknown].push_back(hostnames[node]);
  std::vector<std::string> lines;
  for (const auto& [reason, nodes] : by_reason) {
    std::string& line = lines.emplace_back("clock not aligned with other nodes': ");
    for (std::size_t n = 0; n < std::min(nodes.size(), kMostNamed); ++n)
      line += (n == 0 ? "" : ", ") + nodes[n];
    if (nodes.size() > kMostNamed)
      line += " and " + std::to_string(nodes.size() - kMostNamed) + " more";
    line += ": " + reason;
  }
  return lines;
}

class Gathering final : public NodeTaker {
 public:
  /// `folder`: the one of a master, to which its links are relative; none: it takes in all rows.
  explicit Gathering(std::optional<std::filesystem::path> folder) : folder_(std::move(folder)) {}
  base::Status create(const std::filesystem::path& path);
  /// What another process packed of the inputs that come next.
  base::Status join(const std::filesystem::path& part, std::vector<PackedNode> list);
  /// `align`: how the nodes' clocks are; null: nothing is said of them.
  base::Status finish(record::AlignClocks align);
  [[nodiscard]] GatherOutcome& outcome() { return outcome_; }

 private:
  base::Result<InputError> take(const InputNode& node) override;
  base::Result<InputError> write_node(const InputNode& node);
  void leave_out(std::string why) override { outcome_.left_out.push_back(std::move(why)); }
  base::Status join_node(const Handle& part_nodes, const std::string& number,
                         const PackedNode& node, const record::RunTables& run);
  void add_facts(const record::RunTables& run, const record::NodeInfo& info, const NodeRanks& ranks,
                 record::NodeMarks marks);
  base::Status write_clock(std::size_t node, const record::NodeClock& clock);

  template <class Row>
  base::Status replace_table(const std::string& node, std::span<const Row> rows) {
    const auto group = open_group(trace_.nodes, node);
    if (!group) return group.error();
    if (auto status = remove_group(*group, Table<Row>::kInfo.name); !status) return status;
    return write_table<Row>(*group, rows, Packing::kPacked);
  }

  std::optional<std::filesystem::path> folder_;
  NewTrace trace_;
  NameMerge names_;
  NodeRanks ranks_;
  std::vector<record::NodeMarks> marks_;
  std::vector<std::string> hostnames_;
  GatherOutcome outcome_;
};

base::Status Gathering::create(const std::filesystem::path& path) {
  auto made = create_trace_of_nodes(path);
  if (!made) return made.error();
  trace_ = *std::move(made);
  return base::Done{};
}

base::Result<InputError> Gathering::write_node(const InputNode& node) {
  const std::string name = std::to_string(outcome_.nodes);
  const auto names = [&] { return names_.add_names(node.reader.run()); };
  // HDF5 opens no file that is marked as being written, by a link.
  if (!folder_ || node.reader.is_master() || node.reader.live() || !node.tables.complete)
    return pack_node(trace_.nodes, name, node.reader, node.number, node.tables, names);
  const LinkTarget target{link_from(*folder_, node.input), "/nodes/" + std::to_string(node.number)};
  if (auto status = link_node(trace_.nodes, name, target, node.tables, names()); !status)
    return status.error();
  ++outcome_.linked;
  return InputError();
}

base::Result<InputError> Gathering::take(const InputNode& node) {
  auto written = write_node(node);
  if (written && !*written)
    add_facts(node.reader.run(), node.tables.info, ranks_of(node.tables.processes),
              record::marks_of(node.tables));
  return written;
}

void Gathering::add_facts(const record::RunTables& run, const record::NodeInfo& info,
                          const NodeRanks& ranks, record::NodeMarks marks) {
  names_.add_meta(run, info);
  ranks_.add(ranks);
  marks_.push_back(std::move(marks));
  hostnames_.push_back(info.hostname);
  ++outcome_.nodes;
}

base::Status Gathering::join(const std::filesystem::path& part, std::vector<PackedNode> list) {
  const auto opened = open_trace(part);
  if (!opened) return opened.error();
  const auto nodes = open_group(opened->file, "nodes");
  if (!nodes) return nodes.error();
  record::RunTables run;
  std::size_t number = 0;
  for (PackedNode& node : list) {
    if (!node.left_out.empty()) {
      leave_out(std::move(node.left_out));
      continue;
    }
    const std::string name = std::to_string(number++);
    run.meta = std::move(node.meta);
    if (node.phases) run.phases = *std::move(node.phases);
    if (node.functions) run.functions = *std::move(node.functions);
    if (!is_new(node.key, node.info.hostname, node.input)) continue;
    if (auto status = join_node(*nodes, name, node, run); !status) return status;
    have_taken(node.key);
  }
  return base::Done{};
}

base::Status Gathering::join_node(const Handle& part_nodes, const std::string& number,
                                  const PackedNode& node, const record::RunTables& run) {
  const std::string name = std::to_string(outcome_.nodes);
  if (auto status = copy_group(part_nodes, number, trace_.nodes, name); !status) return status;
  const auto cells = with_keys(node.cells, names_.add_names(run));
  const bool other_keys = !std::equal(
      cells.begin(), cells.end(), node.cells.begin(),
      [](const auto& a, const auto& b) { return a.phase == b.phase && a.function == b.function; });
  if (other_keys) {
    if (auto status = replace_table<record::CellRow>(name, cells); !status) return status;
  }
  add_facts(run, node.info, node.ranks, node.marks);
  return base::Done{};
}

base::Status Gathering::write_clock(std::size_t node, const record::NodeClock& clock) {
  const std::string number = std::to_string(node);
  if (!clock.unknown.empty())
    names_.add_fact(std::string(record::kClockUnknown) + number, clock.unknown);
  return clock.rows.empty() ? base::Status(base::Done{})
                            : replace_table<record::ClockRow>(number, clock.rows);
}

base::Status Gathering::finish(record::AlignClocks align) {
  if (align != nullptr) {
    const std::vector<record::NodeClock> clocks = align(marks_);
    for (std::size_t node = 0; node < clocks.size(); ++node)
      if (auto status = write_clock(node, clocks[node]); !status) return status;
    outcome_.clocks_unknown = unaligned(clocks, hostnames_);
  }
  outcome_.missing = missing_ranks(ranks_);
  if (!outcome_.missing.empty()) names_.add_fact(record::kMissingRanks, outcome_.missing);
  if (!outcome_.left_out.empty()) {
    std::string all;
    for (const std::string& why : outcome_.left_out) all += (all.empty() ? "" : "; ") + why;
    names_.add_fact(record::kLeftOut, std::move(all));
  }
  const record::RunTables& run = names_.merged();
  base::Status status = write_table<record::MetaRow>(trace_.file, run.meta, Packing::kPacked);
  if (status) status = write_table<record::PhaseRow>(trace_.file, run.phases, Packing::kPacked);
  if (status)
    status = write_table<record::FunctionRow>(trace_.file, run.functions, Packing::kPacked);
  if (status) status = write_health_kinds(trace_.file, Packing::kPacked);
  if (!status) return status;
  trace_.nodes.close();
  if (!trace_.file.close()) return hdf5_error(base::Errc::kIo, "cannot write the trace", {});
  return base::Done{};
}

using Inputs = std::span<const std::filesystem::path>;

Inputs own_part(Inputs inputs, const base::Team& team) {
  const base::Range range = base::part_of(inputs.size(), team.rank(), team.size());
  return inputs.subspan(range.begin, range.end - range.begin);
}

base::Error not_understood(const std::filesystem::path& file) {
  return {base::Errc::kInternal, "was written by another process and cannot be read", file.string(),
          0, "do all processes run the same joulepath?"};
}

/// Of all inputs: each process reads its own.
base::Result<Recordings> all_recordings(Inputs inputs, base::Team& team) {
  auto own = read_recordings(own_part(inputs, team));
  if (team.alone()) return Recordings(std::move(own));
  if (auto status = share_bytes(team, kRecordings, base::to_bytes(own)); !status)
    return status.error();
  std::vector<Recording> all;
  for (int rank = 0; rank < team.size(); ++rank) {
    const auto shared = shared_bytes(team, rank, kRecordings);
    if (!shared) return shared.error();
    auto part = base::from_bytes<std::vector<Recording>>(*shared);
    if (!part) return not_understood(std::to_string(rank));
    std::move(part->begin(), part->end(), std::back_inserter(all));
  }
  return Recordings(std::move(all));
}

base::Status pack_for_leader(Inputs inputs, base::Team& team) {
  const auto recordings = all_recordings(inputs, team);
  if (!recordings) return recordings.error();
  const auto list = pack_part(own_part(inputs, team), *recordings, team.draft(kPart));
  if (!list) return list.error();
  if (auto status = team.share(kPart); !status) return status;
  return share_bytes(team, kPartList, to_bytes(*list));
}

base::Status join_parts(Gathering& gathering, base::Team& team) {
  for (int rank = 1; rank < team.size(); ++rank) {
    const auto part = team.shared(rank, kPart);
    if (!part) return part.error();
    const auto bytes = shared_bytes(team, rank, kPartList);
    if (!bytes) return bytes.error();
    auto list = packed_nodes(*bytes);
    if (!list) return not_understood(*part);
    if (auto status = gathering.join(*part, *std::move(list)); !status) return status;
    std::error_code ignored;
    std::filesystem::remove(*part, ignored);  // so that all of it is there twice at most
  }
  return base::Done{};
}

base::Result<GatherOutcome> write_gathered(Inputs inputs, Gathering& gathering,
                                           const std::filesystem::path& temporary, base::Team& team,
                                           record::AlignClocks align) {
  if (auto status = gathering.create(temporary); !status) return status.error();
  const auto recordings = all_recordings(inputs, team);
  if (!recordings) return recordings.error();
  if (auto status = gathering.take_all(own_part(inputs, team), *recordings); !status)
    return status.error();
  if (auto status = join_parts(gathering, team); !status) return status.error();
  GatherOutcome& outcome = gathering.outcome();
  if (outcome.nodes == 0) {
    std::string why = "no input can be used";
    for (const std::string& reason : outcome.left_out) why += "; " + reason;
    return base::Error{base::Errc::kFormat, why, {}, 0, {}};
  }
  if (auto status = gathering.finish(align); !status) return status.error();
  return std::move(outcome);
}

/// By process 0.
base::Result<GatherOutcome> write_in_place(Inputs inputs, const std::filesystem::path& output,
                                           Existing existing, Gathering& gathering,
                                           base::Team& team, record::AlignClocks align) {
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
  // What a team has is gone when it is, also by a signal.
  const TemporaryFile temporary(team.alone() ? temporary_name(output) : team.draft(kTrace));
  auto outcome = write_gathered(inputs, gathering, temporary.path(), team, align);
  if (!outcome) {
    std::string& where = outcome.error().where;
    // The temporary file means nothing to the user.
    if (where.empty() || where.starts_with(temporary.path().string())) where = output.string();
    return outcome;
  }
  if (auto status = publish(temporary.path(), output, existing); !status) return status.error();
  return outcome;
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
                                   const std::filesystem::path& output, Existing existing,
                                   base::Team& team, record::AlignClocks align) {
  if (!team.leads()) {
    if (auto status = pack_for_leader(inputs, team); !status) return status.error();
    return GatherOutcome{};
  }
  Gathering gathering(std::nullopt);
  return write_in_place(inputs, output, existing, gathering, team, align);
}

base::Result<GatherOutcome> link_nodes(std::span<const std::filesystem::path> inputs,
                                       const std::filesystem::path& output, Existing existing,
                                       record::AlignClocks align) {
  base::Alone alone;
  Gathering gathering(output.parent_path());
  return write_in_place(inputs, output, existing, gathering, alone, align);
}

base::Result<GatherOutcome> gather_folder(const std::filesystem::path& folder,
                                          const std::filesystem::path& output, Existing existing,
                                          Form form, record::AlignClocks align) {
  const auto inputs = node_files(folder);
  return form == Form::kMaster ? link_nodes(inputs, output, existing, align)
                               : gather(inputs, output, existing, align);
}

base::Result<GatherOutcome> gather(std::span<const std::filesystem::path> inputs,
                                   const std::filesystem::path& output, Existing existing,
                                   record::AlignClocks align) {
  base::Alone alone;
  return gather(inputs, output, existing, alone, align);
}

}  // namespace joulepath::trace
