#include "tools/cli/together_options.hpp"

#include <CLI/CLI.hpp>

namespace joulepath::tools {

void add_together_options(CLI::App& command, TogetherOptions& options) {
  constexpr int kMostJobs = 1024;
  constexpr int kLongestWait = 86400;
  auto* jobs = command.add_option("--jobs", options.jobs, "by N processes of this machine")
                   ->type_name("N")
                   ->check(CLI::Range(1, kMostJobs));
  command.add_flag("--alone", options.alone, "not with the others that mpirun or srun started")
      ->excludes(jobs);
  command
      .add_option("--wait", options.wait_s,
                  "for how many seconds such processes wait for\none another (120)")
      ->type_name("S")
      ->check(CLI::Range(1, kLongestWait));
}

}  // namespace joulepath::tools
