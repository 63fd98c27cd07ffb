// One subcommand of `joulepath`: it adds its options to the parser, and runs.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "core/base/result.hpp"
#include "tools/settings/settings.hpp"

namespace CLI {
class App;
}

namespace joulepath::tools {

/// What a subcommand does once its line is parsed; the value is the exit code.
using Action = std::function<base::Result<int>()>;

/// Each adds its subcommand to `app` and sets `action` when the user chose it.
void add_run_command(CLI::App& app, Action& action);
void add_preload_command(CLI::App& app, Action& action);
void add_gather_command(CLI::App& app, Action& action);
void add_report_command(CLI::App& app, Action& action);
void add_compare_command(CLI::App& app, Action& action);
void add_export_command(CLI::App& app, Action& action);
void add_sensors_command(CLI::App& app, Action& action);
void add_slurm_command(CLI::App& app, Action& action);

/// Adds an option for each setting in `keys` ("all" when empty) and --config.
struct SettingOptions {
  std::map<std::string, std::string> given;
  std::string config;
  /// Command line, environment and file together.
  base::Result<Settings> load() const;
};
void add_setting_options(CLI::App& command, SettingOptions& options,
                         const std::vector<std::string>& keys = {});

/// "joulepath: error: ..." on standard error, whatever the subcommand.
int fail(const base::Error& error);

}  // namespace joulepath::tools
