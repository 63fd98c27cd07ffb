// joulepath export: a trace for the viewers that others have written: calls of event mode, power.
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
  constexpr const char* kViewer = "open it at https://ui.perfetto.dev";
  if (!timeline->events.recorded) {
    fmt::print("{}: power of {} node{}; {}\n", arguments.output, timeline->nodes.size(),
               timeline->nodes.size() == 1 ? "" : "s", kViewer);
    fmt::print(stderr, "joulepath: no calls: recorded without --events\n");
    return 0;
  }
  fmt::print("{}: {} calls, {} messages; {}\n", arguments.output,
             timeline->events.calls.calls.size(), timeline->messages.size(), kViewer);
  if (!timeline->events.causes_unknown.empty())
    fmt::print(stderr, "joulepath: no messages: {}\n", timeline->events.causes_unknown);
  return 0;
}

}  // namespace

void add_export_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("export", "a trace as a timeline for Perfetto: calls, power");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("trace", arguments->trace, "trace; calls need --events")->required();
  command->add_option("-o,--output", arguments->output, "timeline to write (JSON)")
      ->required()
      ->type_name("FILE");
  command->callback(
      [&action, arguments] { action = [arguments] { return export_trace(*arguments); }; });
}

}  // namespace joulepath::tools
