// joulepath run: records a command, gathers its trace, and shows the summary.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>

#include "tools/cli/command.hpp"
#include "tools/launch/find_program.hpp"
#include "tools/launch/launcher.hpp"
#include "tools/launch/recorder_process.hpp"
#include "tools/launch/run_program.hpp"
#include "tools/recorder/other_nodes.hpp"
#include "tools/recorder/output_place.hpp"
#include "tools/recorder/trace_form.hpp"
#include "tools/report/text_report.hpp"
#include "tools/summarize/summarize_file.hpp"

namespace joulepath::tools {
namespace {

namespace fs = std::filesystem;

constexpr int kProgramNotFound = 127;  // as shells have it

struct RunArguments {
  SettingOptions settings;
  bool quiet = false;
  std::vector<std::string> command;
};

std::string as_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    const bool plain = !word.empty() && word.find_first_of(" \t\n\"'\\$") == std::string::npos;
    line += plain ? word : fmt::format("'{}'", word);
  }
  return line;
}

std::string default_name() {
  const std::time_t now = std::time(nullptr);
  return fmt::format("joulepath-{:%Y%m%d-%H%M%S}-{}.h5", fmt::localtime(now), ::getpid());
}

void warn(const std::string& text) {
  fmt::print(stderr, "joulepath: {}\n", text);
}

/// Everything after the program's end: nothing here changes what it returned.
void finish(RecorderProcess& recorder, const OutputPlace& place, const std::string& form,
            bool quiet) {
  if (const auto stopped = recorder.stop(); !stopped) warn(stopped.error().message());
  // Recorders of other nodes end a moment after their ranks.
  wait_for_writers(place.parts, {});
  const auto notes = gather_parts(place, trace::gather_folder, trace_form(form, place.parts));
  if (!notes) {
    warn(fmt::format("no trace: {}; what was written is in {}", notes.error().message(),
                     place.parts.string()));
    return;
  }
  for (const std::string& note : *notes) warn(note);
  if (!quiet) {
    const auto summary = summarize_file(place.trace);
    if (!summary) {
      warn(summary.error().message());
    } else {
      fmt::print(stderr, "{}", report::text_report(*summary));
    }
  }
  warn(fmt::format("trace: {}", place.trace.string()));
}

/// NVTX and Kokkos load the library that a variable names. Left alone where the user has named
/// one, also as an option of the program: Kokkos stops where the two differ. Not
/// KOKKOS_PROFILE_LIBRARY, of which newer Kokkos says that it is deprecated.
void name_tool_library(const Settings& settings, const std::vector<std::string>& command,
                       std::map<std::string, std::string>& variables) {
  const std::string library = beside_us(JOULEPATH_LIBRARY_FROM_BIN).string();
  const auto is_set = [](const char* name) { return std::getenv(name) != nullptr; };
  if (follows(settings, "nvtx") && !is_set("NVTX_INJECTION64_PATH"))
    variables["NVTX_INJECTION64_PATH"] = library;
  const bool option = std::any_of(command.begin(), command.end(), [](const std::string& word) {
    return word.starts_with("--kokkos-tools");
  });
  if (follows(settings, "kokkos") && !option && !is_set("KOKKOS_TOOLS_LIBS") &&
      !is_set("KOKKOS_PROFILE_LIBRARY"))
    variables["KOKKOS_TOOLS_LIBS"] = library;
}

base::Result<int> run(const RunArguments& arguments) {
  auto settings = arguments.settings.load();
  if (!settings) return settings.error();
  if (!find_program(arguments.command.front())) {
    fail({base::Errc::kNotFound, "no such program", arguments.command.front(), 0, {}});
    return kProgramNotFound;
  }
  settings->output = trace_in(
      settings->output.empty() ? fs::current_path() : fs::path(settings->output), default_name());
  const OutputPlace place = output_place(settings->output);
  if (auto claimed = claim(place, {run_session_key(), Gatherer::kLauncher}); !claimed)
    return claimed.error();

  const Launcher launcher = identify_launcher(arguments.command.front());
  auto recorder = RecorderProcess::start(*settings, place.parts, as_line(arguments.command));
  if (!recorder) {
    std::error_code ignored;
    fs::remove_all(place.parts, ignored);  // nothing was recorded
    return recorder.error();
  }
  auto variables = as_environment(*settings);
  variables["JOULEPATH_SESSION"] = recorder->session_key();
  variables["LD_PRELOAD"] =
      preload_value(beside_us(JOULEPATH_LIBRARY_FROM_BIN).string(), std::getenv("LD_PRELOAD"));
  name_tool_library(*settings, arguments.command, variables);
  const auto command = with_variables(arguments.command, launcher, variables);
  const auto end = run_program(
      command, own_environment(launcher) ? variables : std::map<std::string, std::string>());
  finish(*recorder, place, settings->gather, arguments.quiet);
  if (!end) return end.error();
  end_like(*end);
}

}  // namespace

void add_run_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("run", "run a command and record it");
  auto arguments = std::make_shared<RunArguments>();
  add_setting_options(*command, arguments->settings);
  command->add_flag("-q,--quiet", arguments->quiet, "do not show the summary at the end");
  command->add_option("command", arguments->command, "-- and the command as you would type it")
      ->required();
  command->positionals_at_end();
  command->callback([&action, arguments] { action = [arguments] { return run(*arguments); }; });
}

}  // namespace joulepath::tools
