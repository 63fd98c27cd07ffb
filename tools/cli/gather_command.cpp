// joulepath gather: joins the files of a run's nodes into one trace, or makes a master whole.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <set>
#include <system_error>

#include "core/analysis/mark_alignment.hpp"
#include "core/base/exit_code.hpp"
#include "core/base/file.hpp"
#include "core/trace/gather.hpp"
#include "core/trace/recording_key.hpp"
#include "core/trace/trace_reader.hpp"
#include "tools/cli/command.hpp"
#include "tools/cli/together_options.hpp"
#include "tools/recorder/output_place.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

struct GatherArguments {
  std::vector<std::string> inputs;
  std::string output;  ///< empty: the input, a master, becomes a whole trace itself
  bool master = false;
  TogetherOptions together;
};

/// Folders stand for the node files in them.
std::vector<fs::path> expanded(const std::vector<std::string>& inputs) {
  std::vector<fs::path> files;
  for (const std::string& input : inputs) {
    std::error_code error;
    if (!fs::is_directory(input, error)) {
      files.emplace_back(input);
      continue;
    }
    for (fs::path& file : trace::node_files(input)) files.push_back(std::move(file));
  }
  return files;
}

int show(const trace::GatherOutcome& gathered, const std::string& output) {
  for (const std::string& reason : gathered.left_out)
    fmt::print(stderr, "joulepath: left out: {}\n", reason);
  if (!gathered.missing.empty())
    fmt::print(stderr, "joulepath: in none of them: ranks {}\n", gathered.missing);
  for (const std::string& line : gathered.clocks_unknown)
    fmt::print(stderr, "joulepath: {}\n", line);
  fmt::print("{}: {} node{}\n", output, gathered.nodes, gathered.nodes == 1 ? "" : "s");
  return gathered.whole() ? base::kExitOk : base::kExitPartial;
}

/// All that `files` hold is in the trace, to the end of each recording.
bool holds_all_of(const fs::path& trace, const std::vector<fs::path>& files) {
  std::set<trace::RecordingKey> held;
  const auto whole = trace::TraceReader::open(trace);
  for (std::size_t n = 0; whole && n < whole->node_count(); ++n) {
    const auto node = whole->node(n);
    if (!node || !node->complete) return false;
    held.insert(trace::recording_key(node->info));
  }
  return std::all_of(files.begin(), files.end(), [&](const fs::path& file) {
    const auto reader = trace::TraceReader::open(file);
    for (std::size_t n = 0; reader && n < reader->node_count(); ++n)
      if (const auto info = reader->info(n); !info || !held.contains(trace::recording_key(*info)))
        return false;
    return reader.ok();
  });
}

using Gathered = base::Result<trace::GatherOutcome>;

/// Of a master and its folder one file in the master's place.
Gathered make_whole(const std::string& trace, base::Team& team) {
  const auto reader = trace::TraceReader::open(trace);
  if (!reader) return reader.error();
  if (!reader->is_master())
    return base::Error{base::Errc::kUsage, "is whole already: there is nothing to gather", trace, 0,
                       "name the --output of what is to be made"};
  const OutputPlace place = output_place(trace);
  fs::path whole = place.trace;
  whole += ".whole";
  const std::vector<fs::path> inputs{place.trace};
  auto gathered =
      trace::gather(inputs, whole, trace::Existing::kRefuse, team, analysis::align_by_marks);
  if (!gathered || !team.leads()) return gathered;
  std::error_code error;
  if (!gathered->left_out.empty()) {
    fs::remove(whole, error);
    return base::Error{base::Errc::kFormat,
                       "is left as it is, as some of it is missing: " + gathered->left_out[0],
                       trace, 0, "gather what is there with --output NEW.h5"};
  }
  fs::rename(whole, place.trace, error);
  if (error) return base::system_error("cannot be replaced", trace, error.value());
  if (!mark_of(place.parts)) return gathered;
  if (holds_all_of(place.trace, trace::node_files(place.parts))) {
    remove_parts(place.parts);
  } else {
    fmt::print(stderr, "joulepath: kept, as the trace may not have all of it: {}\n",
               place.parts.string());
  }
  return gathered;
}

Gathered make(const GatherArguments& arguments, const std::vector<fs::path>& files,
              base::Team& team) {
  if (arguments.output.empty()) return make_whole(arguments.inputs.front(), team);
  constexpr auto kExisting = trace::Existing::kRefuse;
  if (!arguments.master)
    return trace::gather(files, arguments.output, kExisting, team, analysis::align_by_marks);
  if (!team.leads()) return trace::GatherOutcome{};
  return trace::link_nodes(files, arguments.output, kExisting, analysis::align_by_marks);
}

base::Result<int> gather(const GatherArguments& arguments) {
  const bool in_place = arguments.output.empty();
  std::error_code ignored;
  if (in_place && (arguments.master || arguments.inputs.size() != 1 ||
                   fs::is_directory(arguments.inputs.front(), ignored)))
    return base::Error{base::Errc::kUsage, "is needed", "--output", 0,
                       "only a master is made whole without"};
  const auto files = expanded(arguments.inputs);
  if (files.empty())
    return base::Error{
        base::Errc::kNotFound, "holds no node files (*.h5)", arguments.inputs.front(), 0, {}};
  const std::string& made = in_place ? arguments.inputs.front() : arguments.output;
  // Beside the output: what is packed there is only renamed in the end.
  const fs::path output = fs::absolute(made, ignored);
  SharedWork work;
  work.name = "gather\n" + output.string();
  for (const std::string& input : arguments.inputs) work.name += "\n" + input;
  work.folders = {output.parent_path()};
  work.part = [&](base::Team& team) -> base::Result<std::function<int()>> {
    auto gathered = make(arguments, files, team);
    if (!gathered) return gathered.error();
    return std::function<int()>(
        [&made, gathered = *std::move(gathered)] { return show(gathered, made); });
  };
  return work_together(arguments.together, work);
}

}  // namespace

void add_gather_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("gather", "join node files or TRACE.parts folders into one trace");
  auto arguments = std::make_shared<GatherArguments>();
  command->add_option("inputs", arguments->inputs, "node files or folders of them")->required();
  command->add_option("-o,--output", arguments->output, "trace to write (not of a master: itself)")
      ->type_name("FILE");
  command->add_flag("--master", arguments->master, "link to the node files, do not copy them");
  add_together_options(*command, arguments->together);
  command->callback([&action, arguments] { action = [arguments] { return gather(*arguments); }; });
}

}  // namespace joulepath::tools
