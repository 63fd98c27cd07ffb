// joulepath gather: joins the files of a run's nodes into one trace.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <system_error>

#include "core/analysis/mark_alignment.hpp"
#include "core/base/exit_code.hpp"
#include "core/trace/gather.hpp"
#include "tools/cli/command.hpp"
#include "tools/cli/together_options.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

struct GatherArguments {
  std::vector<std::string> inputs;
  std::string output;
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
  fmt::print("{}: {} node{}\n", output, gathered.nodes, gathered.nodes == 1 ? "" : "s");
  return gathered.whole() ? base::kExitOk : base::kExitPartial;
}

base::Result<int> gather(const GatherArguments& arguments) {
  const auto files = expanded(arguments.inputs);
  if (files.empty())
    return base::Error{
        base::Errc::kNotFound, "holds no node files (*.h5)", arguments.inputs.front(), 0, {}};
  // Beside the output: what is packed there is only renamed in the end.
  std::error_code ignored;
  const fs::path output = fs::absolute(arguments.output, ignored);
  SharedWork work;
  work.name = "gather\n" + output.string();
  for (const std::string& input : arguments.inputs) work.name += "\n" + input;
  work.folders = {output.parent_path()};
  work.part = [&](base::Team& team) -> base::Result<std::function<int()>> {
    auto gathered = trace::gather(files, arguments.output, trace::Existing::kRefuse, team,
                                  analysis::align_by_marks);
    if (!gathered) return gathered.error();
    return std::function<int()>(
        [&arguments, gathered = *std::move(gathered)] { return show(gathered, arguments.output); });
  };
  return work_together(arguments.together, work);
}

}  // namespace

void add_gather_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("gather", "join node files or TRACE.parts folders into one trace");
  auto arguments = std::make_shared<GatherArguments>();
  command->add_option("inputs", arguments->inputs, "node files or folders of them")->required();
  command->add_option("-o,--output", arguments->output, "trace to write")
      ->required()
      ->type_name("FILE");
  add_together_options(*command, arguments->together);
  command->callback([&action, arguments] { action = [arguments] { return gather(*arguments); }; });
}

}  // namespace joulepath::tools
