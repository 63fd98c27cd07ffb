// joulepath report: a trace as text or JSON, whole or by one kind of row.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>

#include "tools/cli/command.hpp"
#include "tools/cli/together_options.hpp"
#include "tools/report/json_report.hpp"
#include "tools/report/text_report.hpp"
#include "tools/report/text_view.hpp"
#include "tools/summarize/summarize_file.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  std::string trace;
  std::optional<std::string> by;
  std::optional<std::string> sort;
  std::optional<std::string> top;
  bool json = false;
  TogetherOptions together;
};

base::Error usage(const std::string& option, const std::string& what, const std::string& text) {
  return {base::Errc::kUsage, fmt::format("'{}' {}", text, what), option, 0, {}};
}

template <class Value>
std::string choices(const std::vector<std::pair<std::string, Value>>& names,
                    const char* separator) {
  std::string text;
  for (const auto& [name, value] : names) text += (text.empty() ? "" : separator) + name;
  return text;
}

template <class Value>
base::Result<Value> chosen(const std::string& option, const std::string& text,
                           const std::vector<std::pair<std::string, Value>>& names) {
  const auto known = std::find_if(names.begin(), names.end(),
                                  [&](const auto& pair) { return pair.first == text; });
  if (known != names.end()) return known->second;
  return usage(option, "is none of " + choices(names, ", "), text);
}

base::Result<std::size_t> count_of(const std::string& text) {
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error == std::errc{} && end == text.data() + text.size() && count > 0) return count;
  return usage("--top", "is no number of rows: give 1 or more", text);
}

/// Nothing without --by: the whole page.
base::Result<std::optional<report::ViewOptions>> view_of(const Arguments& arguments) {
  if (!arguments.by) {
    const std::string needs = "needs --by " + choices(report::by_names(), "|");
    if (arguments.sort) return usage("--sort", needs, *arguments.sort);
    if (arguments.top) return usage("--top", needs, *arguments.top);
    return std::optional<report::ViewOptions>();
  }
  report::ViewOptions options;
  const auto by = chosen("--by", *arguments.by, report::by_names());
  if (!by) return by.error();
  options.by = *by;
  if (arguments.sort) {
    const auto sort = chosen("--sort", *arguments.sort, report::sort_names());
    if (!sort) return sort.error();
    options.sort = *sort;
    if (*sort == report::Sort::kCalls && !report::has_calls(*by))
      return usage("--sort",
                   fmt::format("is no order of --by {}: energy, time, name", *arguments.by),
                   *arguments.sort);
  }
  if (arguments.top) {
    const auto top = count_of(*arguments.top);
    if (!top) return top.error();
    options.top = *top;
  }
  return std::optional(options);
}

std::string shown(const analysis::Summary& summary, const std::optional<report::ViewOptions>& view,
                  bool json) {
  if (view) return json ? report::json_view(summary, *view) : report::text_view(summary, *view);
  return json ? report::json_report(summary) : report::text_report(summary);
}

base::Result<int> make_report(const Arguments& arguments) {
  const auto view = view_of(arguments);
  if (!view) return view.error();
  SharedWork work;
  std::error_code ignored;
  const fs::path trace = fs::absolute(arguments.trace, ignored);
  work.name = "report\n" + trace.string();
  // Who may read a trace may not always write beside it.
  work.folders = {trace.parent_path(), fs::temp_directory_path(ignored)};
  work.part = [&](base::Team& team) -> base::Result<std::function<int()>> {
    auto summary = summarize_file(arguments.trace, team);
    if (!summary) return summary.error();
    return std::function<int()>([&arguments, &view, summary = *std::move(summary)] {
      fmt::print("{}", shown(summary, *view, arguments.json));
      return 0;
    });
  };
  return work_together(arguments.together, work);
}

}  // namespace

void add_report_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("report", "show where the joules of a trace went");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("trace", arguments->trace, "trace, node file, or TRACE.parts folder")
      ->required();
  command->add_flag("--json", arguments->json, "all numbers, as JSON (docs/report.md)");
  command
      ->add_option("--by", arguments->by,
                   "one table: phase|rank|socket|thread|function|\n"
                   "class|wait|node")
      ->type_name("ROWS");
  command->add_option("--sort", arguments->sort, "its order: " + choices(report::sort_names(), "|"))
      ->type_name("ORDER");
  command->add_option("--top", arguments->top, "its first N rows, and the sum of the others")
      ->type_name("N");
  add_together_options(*command, arguments->together);
  command->callback(
      [&action, arguments] { action = [arguments] { return make_report(*arguments); }; });
}

}  // namespace joulepath::tools
