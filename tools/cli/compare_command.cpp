// joulepath compare: two traces, or several of each side, and where their joules differ.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/exit_code.hpp"
#include "tools/cli/command.hpp"
#include "tools/compare/json_comparison.hpp"
#include "tools/compare/text_comparison.hpp"
#include "tools/summarize/summarize_file.hpp"

namespace joulepath::tools {
namespace {

constexpr const char* kExamples = R"(examples:
  joulepath compare before.h5 after.h5
  joulepath compare --before a1.h5 a2.h5 a3.h5 --after b1.h5 b2.h5 b3.h5
                             how much runs differ among themselves counts too
  joulepath compare --fail-above 5 good.h5 new.h5
                             ends with 9 if energy surely rose by over 5 %)";

struct Arguments {
  std::vector<std::string> traces;
  std::vector<std::string> before;
  std::vector<std::string> after;
  std::size_t top = 10;
  std::optional<double> fail_above;
  bool json = false;
};

base::Error usage(const std::string& what) {
  return {base::Errc::kUsage, what, "compare", 0, {}};
}

base::Status sort_out(Arguments& arguments) {
  const bool sides = !arguments.before.empty() || !arguments.after.empty();
  if (sides && !arguments.traces.empty())
    return usage("give two traces, or --before and --after, not both");
  if (sides && (arguments.before.empty() || arguments.after.empty()))
    return usage("give both --before and --after");
  if (sides) return base::Done{};
  if (arguments.traces.size() != 2)
    return usage("give two traces, BEFORE and AFTER; of more runs with --before and --after");
  arguments.before = {arguments.traces.front()};
  arguments.after = {arguments.traces.back()};
  return base::Done{};
}

/// One after the other: only what is compared of a run is held beside the next.
base::Result<std::vector<compare::RunFigures>> figures_of(const std::vector<std::string>& traces) {
  std::vector<compare::RunFigures> runs;
  for (const std::string& trace : traces) {
    const auto summary = summarize_file(trace);
    if (!summary) return summary.error();
    runs.push_back(compare::run_figures(*summary, trace));
  }
  return runs;
}

int exit_code(const compare::Difference& energy, double fail_above) {
  if (!energy.relative) {
    fmt::print(stderr, "joulepath: --fail-above: whether energy rose cannot be told: {}\n",
               energy.reason.empty() ? "there was none before" : energy.reason);
    return base::kExitPartial;
  }
  return energy.relative->lo * 100.0 > fail_above ? base::kExitRose : base::kExitOk;
}

base::Result<int> make_comparison(Arguments arguments) {
  if (auto status = sort_out(arguments); !status) return status.error();
  auto before = figures_of(arguments.before);
  if (!before) return before.error();
  auto after = figures_of(arguments.after);
  if (!after) return after.error();
  const auto comparison = compare::compare(*std::move(before), *std::move(after));
  fmt::print("{}", arguments.json ? compare::json_comparison(comparison)
                                  : compare::text_comparison(comparison, arguments.top));
  if (!arguments.fail_above) return base::kExitOk;
  return exit_code(comparison.energy, *arguments.fail_above);
}

}  // namespace

void add_compare_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("compare", "where the joules of two traces differ");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("traces", arguments->traces, "BEFORE and AFTER, each as for report")
      ->type_name("TRACE");
  command->add_option("--before", arguments->before, "traces of several runs before")
      ->type_name("TRACE");
  command->add_option("--after", arguments->after, "and of several runs after")->type_name("TRACE");
  command->add_flag("--json", arguments->json, "all numbers, as JSON (docs/compare.md)");
  command->add_option("--top", arguments->top, "rows of phases and of functions (10)")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--fail-above", arguments->fail_above,
                   "end with 9 where energy surely rose by\nmore than so many per cent")
      ->type_name("PERCENT")
      ->check(CLI::NonNegativeNumber);
  command->footer(kExamples);
  command->callback(
      [&action, arguments] { action = [arguments] { return make_comparison(*arguments); }; });
}

}  // namespace joulepath::tools
