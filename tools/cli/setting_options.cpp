#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "core/base/exit_code.hpp"
#include "tools/cli/command.hpp"

namespace joulepath::tools {

void add_setting_options(CLI::App& command, SettingOptions& options,
                         const std::vector<std::string>& keys) {
  for (const SettingInfo& info : setting_infos()) {
    const std::string key(info.key);
    if (!keys.empty() && std::find(keys.begin(), keys.end(), key) == keys.end()) continue;
    if (info.value == "on") {
      command.add_flag_function(
          "--" + key, [&options, key](std::int64_t) { options.given[key] = "on"; },
          std::string(info.help));
      continue;
    }
    command
        .add_option_function<std::string>(
            (key == "output" ? "-o,--" : "--") + key,
            [&options, key](const std::string& text) { options.given[key] = text; },
            std::string(info.help))
        ->type_name(std::string(info.value));
  }
  command.add_option("--config", options.config, "TOML file with settings")->type_name("FILE");
}

base::Result<Settings> SettingOptions::load() const {
  return load_settings({given, joulepath_environment(), config_file(config)});
}

int fail(const base::Error& error) {
  fmt::print(stderr, "joulepath: error: {}\n", error.message());
  return base::exit_code(error.code);
}

}  // namespace joulepath::tools
