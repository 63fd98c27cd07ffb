// joulepath slurm: the steps of a Slurm job; and what the Slurm plug-in runs when a step ends.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

#include "tools/cli/command.hpp"
#include "tools/slurm/job_comment.hpp"
#include "tools/slurm/slurm_figures.hpp"
#include "tools/slurm/step_end.hpp"
#include "tools/slurm/step_sessions.hpp"

namespace joulepath::tools {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);

struct SlurmArguments {
  std::string job;
  std::string output;
  std::string settle;
  std::string end;
  std::string end_launchers;
  std::size_t nodes = 0;
  bool asked = false;
  bool comment = false;
};

base::Result<int> commented(const StepEnd& end) {
  base::Status done = write_comment(end.job(), end.output);
  if (!done) return done.error();
  return 0;
}

base::Result<int> run(const SlurmArguments& arguments) {
  StepEnd end;
  end.output = arguments.output;
  if (const char* told = std::getenv("JOULEPATH_OUTPUT"); end.output.empty() && told != nullptr)
    end.output = told;
  end.nodes = arguments.nodes;
  end.asked = arguments.asked;
  if (!arguments.settle.empty()) {
    settle_sessions(arguments.settle, kPatience);
    end.what = arguments.settle;
    // The last node of a step to come here sees the whole of it.
    const bool last = arguments.comment && is_whole(end);
    return last ? commented(end) : base::Result<int>(0);
  }
  if (!arguments.end.empty() || !arguments.end_launchers.empty()) {
    end.launchers = arguments.end.empty();
    end.what = end.launchers ? arguments.end_launchers : arguments.end;
    for (const std::string& line : lines_at_end(end)) fmt::print(stderr, "joulepath: {}\n", line);
    return arguments.comment ? commented(end) : base::Result<int>(0);
  }
  if (arguments.job.empty())
    return base::Error{base::Errc::kUsage, "needs the job's number", "joulepath slurm", 0, {}};
  auto table = job_table(arguments.job, end.output);
  if (!table) return table.error();
  fmt::print("{}", *table);
  return 0;
}

}  // namespace

void add_slurm_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("slurm", "the steps of a Slurm job, beside Slurm's own figures");
  auto arguments = std::make_shared<SlurmArguments>();
  command->add_option("job", arguments->job, "number of the job")->type_name("JOBID");
  command->add_option("-o,--output", arguments->output, "where its traces are (default: here)")
      ->type_name("PLACE");
  // Of the plug-in; docs/slurm.md.
  command->add_option("--settle", arguments->settle)->group("");
  command->add_option("--end", arguments->end)->group("");
  command->add_option("--end-launchers", arguments->end_launchers)->group("");
  command->add_option("--nodes", arguments->nodes)->group("");
  command->add_flag("--asked", arguments->asked)->group("");
  command->add_flag("--comment", arguments->comment)->group("");
  command->callback([&action, arguments] { action = [arguments] { return run(*arguments); }; });
}

}  // namespace joulepath::tools
