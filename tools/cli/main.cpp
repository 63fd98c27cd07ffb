// joulepath: the user's command. See docs/user-guide.md.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "core/base/exit_code.hpp"
#include "tools/cli/command.hpp"

namespace {

using namespace joulepath;

constexpr const char* kExamples = R"(examples:
  joulepath run -- mpirun -n 4 ./app         run, record, show the summary
  joulepath run -o lu.h5 -- srun ./lu        the same, naming the trace
  mpirun -x LD_PRELOAD=$(joulepath preload) -n 4 ./app
                                             record without joulepath run
  joulepath report lu.h5                     the report again
  joulepath report --json lu.h5              all its numbers
  joulepath compare lu.h5 new.h5             was energy saved, and where
  joulepath run --events -o lu.h5 -- srun ./lu
                                             each MPI call: who waited for whom
  joulepath export -o lu.json lu.h5          these as a timeline for Perfetto
  joulepath sensors                          what can be measured here

exit codes: 0 good, 1 a defect of Joulepath, 2 bad option or setting, 3 input
not found, 4 not a (whole) trace, 5 no permission, 6 cannot write or no shared
memory, 7 output in use, 8 partial, 9 energy rose (compare --fail-above).
`joulepath run` returns the program's own exit code, 127 when the program is
not found.)";

/// Where descriptions begin, so that help stays within 80 columns.
constexpr std::size_t kHelpColumn = 26;

/// Help and version end here as CLI11 prints them; anything else is a usage error.
int explain(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);
  fmt::print(stderr, "joulepath: error: {}; see joulepath --help\n", error.what());
  return base::kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Joulepath shows where the joules of an MPI program go.", "joulepath"};
  app.set_version_flag("--version", "joulepath " JOULEPATH_VERSION);
  app.require_subcommand(1);
  app.footer(kExamples);
  app.get_formatter()->column_width(kHelpColumn);
  tools::Action action;
  tools::add_run_command(app, action);
  tools::add_report_command(app, action);
  tools::add_compare_command(app, action);
  tools::add_export_command(app, action);
  tools::add_sensors_command(app, action);
  tools::add_preload_command(app, action);
  tools::add_gather_command(app, action);
  tools::add_slurm_command(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return explain(app, error);
  }
  try {
    const base::Result<int> code = action();
    return code ? *code : tools::fail(code.error());
  } catch (const std::exception& defect) {
    return tools::fail({base::Errc::kInternal, defect.what(), "internal error", 0, {}});
  }
}
