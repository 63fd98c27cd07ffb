// joulepath sensors: what can be measured on this machine, and why not the rest.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "sensors/sampler/sampler.hpp"
#include "tools/capture/capture.hpp"
#include "tools/cli/command.hpp"
#include "tools/recorder/sensor_passes.hpp"
#include "tools/sensors_view/explanation.hpp"
#include "tools/sensors_view/sensor_json.hpp"
#include "tools/sensors_view/sensor_table.hpp"
#include "tools/sensors_view/update_periods.hpp"
#include "tools/settings/sensor_environment.hpp"

namespace joulepath::tools {
namespace {

struct SensorArguments {
  SettingOptions settings;
  bool json = false;
  bool no_measure = false;
  std::string explain;
  std::string capture;
};

base::Result<int> capture(const Settings& settings, const std::string& folder) {
  const auto captured = capture_machine(settings.sysfs_root, settings.proc_root, folder);
  if (!captured) return captured.error();
  fmt::print("{}: {} files", folder, captured->files);
  if (captured->refused != 0)
    fmt::print(", {} of them could not be read (refused.txt)", captured->refused);
  fmt::print("\nNames and serial numbers were taken out; look through it before you share it.\n");
  return 0;
}

base::Result<int> show_sensors(const SensorArguments& arguments) {
  const auto settings = arguments.settings.load();
  if (!settings) return settings.error();
  if (!arguments.capture.empty()) return capture(*settings, arguments.capture);
  SystemPassClock clock;
  auto sampler = sensors::Sampler::open(sensor_environment(*settings, clock), settings->sensors);
  if (!sampler) return sampler.error();
  if (!arguments.explain.empty()) {
    const auto text = explain(arguments.explain, *sampler, sensors::all_backends());
    if (!text) return text.error();
    fmt::print("{}", *text);
    return 0;
  }
  std::vector<MeasuredUpdates> updates;
  if (!arguments.no_measure) updates = measure_updates(*sampler, clock);
  fmt::print("{}", arguments.json ? sensor_json(*sampler, updates)
                                  : sensor_table(*sampler, settings->period_ns, updates));
  return 0;
}

}  // namespace

void add_sensors_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("sensors", "show what can be measured here, and why not the rest");
  auto arguments = std::make_shared<SensorArguments>();
  command->add_flag("--json", arguments->json, "the same as JSON");
  command->add_flag("--no-measure", arguments->no_measure,
                    "do not watch for a second how often they update");
  command->add_option("--explain", arguments->explain, "more of a backend, domain or sensor")
      ->type_name("NAME");
  command->add_option("--capture", arguments->capture, "write sensor files, without names, to DIR")
      ->type_name("DIR");
  add_setting_options(
      *command, arguments->settings,
      {"sensors", "period", "sysfs-root", "proc-root", "dev-root", "estimate-min-w-per-cpu",
       "estimate-max-w-per-cpu", "estimate-w-per-gib", "ipmi-host", "ipmi-user",
       "ipmi-password-file", "ipmi-privilege", "papi-events"});
  command->callback(
      [&action, arguments] { action = [arguments] { return show_sensors(*arguments); }; });
}

}  // namespace joulepath::tools
