// joulepath report: a trace as text or JSON.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "tools/cli/command.hpp"
#include "tools/report/json_report.hpp"

#include "tools/report/text_report.hpp"
#include "tools/summarize/summarize_file.hpp"

namespace joulepath::tools {

void add_report_command(CLI::App& app, Action& action) {
  struct Arguments {
    std::string trace;
    bool json = false;
  };
  CLI::App* command = app.add_subcommand("report", "show where the joules of a trace went");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("trace", arguments->trace, "trace, node file, or TRACE.parts folder")
      ->required();
  command->add_flag("--json", arguments->json, "all numbers, as JSON (docs/report.md)");
  command->callback([&action, arguments] {
    action = [arguments]() -> base::Result<int> {
      const auto summary = summarize_file(arguments->trace);
      if (!summary) return summary.error();
      fmt::print("{}",
                 arguments->json ? report::json_report(*summary) : report::text_report(*summary));
      return 0;
    };
  });
}

}  // namespace joulepath::tools
