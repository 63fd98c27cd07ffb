// joulepath export: a trace of event mode for the viewers that others have written.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/cli/command.hpp"
#include "tools/export/perfetto.hpp"

namespace joulepath::tools {
namespace {

struct Arguments {
  std::string trace;
  std::string output;
};

base::Result<int> export_trace(const Arguments& arguments) {
  const auto timeline = read_timeline(arguments.trace);
  if (!timeline) return timeline.error();
  if (auto written = write_perfetto(*timeline, arguments.output); !written) return written.error();
  fmt::print("{}: {} calls, {} messages; open it at https://ui.perfetto.dev\n", arguments.output,
             timeline->events.calls.calls.size(), timeline->messages.size());
  if (!timeline->events.causes_unknown.empty())
    fmt::print(stderr, "joulepath: no messages: {}\n", timeline->events.causes_unknown);
  return 0;
}

}  // namespace

void add_export_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("export", "a trace with events as a timeline for Perfetto");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("trace", arguments->trace, "trace recorded with --events")->required();
  command->add_option("-o,--output", arguments->output, "timeline to write (JSON)")
      ->required()
      ->type_name("FILE");
  command->callback(
      [&action, arguments] { action = [arguments] { return export_trace(*arguments); }; });
}

}  // namespace joulepath::tools
