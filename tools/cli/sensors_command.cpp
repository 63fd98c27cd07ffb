// joulepath sensors: what can be measured on this machine, and why not the rest.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/base/clock.hpp"
#include "sensors/sampler/sampler.hpp"
#include "tools/cli/command.hpp"
#include "tools/settings/sensor_environment.hpp"

namespace joulepath::tools {
namespace {

using nlohmann::ordered_json;

struct SensorArguments {
  SettingOptions settings;
  bool json = false;
};

ordered_json text_or_null(const std::string& text) {
  return text.empty() ? ordered_json() : ordered_json(text);
}

ordered_json as_json(const record::Signal& signal) {
  return {
      {"id", signal.id},
      {"domain", to_string(signal.domain)},
      {"device", signal.device},
      {"socket", signal.socket >= 0 ? ordered_json(signal.socket) : ordered_json()},
      {"pci", text_or_null(signal.pci)},
      {"unit", signal.unit},
      {"source", signal.source},
      {"provenance", to_string(signal.provenance)},
      {"chosen", signal.counted},
      {"contained_in", text_or_null(signal.contained_in)},
      {"excluded_by", text_or_null(signal.excluded_by)},
      {"update_period_s", signal.update_period_ns > 0
                              ? ordered_json(static_cast<double>(signal.update_period_ns) * 1e-9)
                              : ordered_json()},
      {"readable", signal.readable},
      {"reason", text_or_null(signal.reason)},
      {"remedy", text_or_null(signal.remedy)}};
}

std::string_view use_of(const record::Signal& signal) {
  if (!signal.readable) return "unreadable";
  if (signal.counted) return "counted";
  if (!signal.contained_in.empty()) return "part";
  return "not counted";
}

void print_table(const sensors::Sampler& sampler) {
  fmt::print("{:<31} {:<8} {:>6}  {:<9} {:<11} {}\n", "SENSOR", "DOMAIN", "SOCKET", "SOURCE", "USE",
             "FIGURE");
  for (const record::SensorRow& row : sampler.sensors()) {
    const record::Signal& signal = row.signal;
    fmt::print("{:<31} {:<8} {:>6}  {:<9} {:<11} {}\n", signal.id, to_string(signal.domain),
               signal.socket >= 0 ? fmt::format("{}", signal.socket) : "-", signal.source,
               use_of(signal), to_string(signal.provenance));
    if (!signal.reason.empty()) fmt::print("    {}\n", signal.reason);
    if (!signal.remedy.empty()) fmt::print("    an administrator can: {}\n", signal.remedy);
  }
  for (const sensors::BackendNote& note : sampler.notes())
    fmt::print("{}: {}\n", note.backend, note.text);
}

base::Result<int> show_sensors(const SensorArguments& arguments) {
  const auto settings = arguments.settings.load();
  if (!settings) return settings.error();
  const base::SystemClock clock;
  const auto sampler =
      sensors::Sampler::open(sensor_environment(*settings, clock), settings->sensors);
  if (!sampler) return sampler.error();
  if (!arguments.json) {
    print_table(*sampler);
    return 0;
  }
  ordered_json all = ordered_json::array();
  for (const record::SensorRow& row : sampler->sensors()) all.push_back(as_json(row.signal));
  ordered_json notes = ordered_json::array();
  for (const sensors::BackendNote& note : sampler->notes())
    notes.push_back({{"backend", note.backend}, {"note", note.text}});
  fmt::print("{}\n",
             ordered_json{{"schema_version", 1}, {"sensors", all}, {"notes", notes}}.dump(2));
  return 0;
}

}  // namespace

void add_sensors_command(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("sensors", "show what can be measured here, and why not the rest");
  auto arguments = std::make_shared<SensorArguments>();
  command->add_flag("--json", arguments->json, "the same as JSON");
  add_setting_options(*command, arguments->settings,
                      {"sensors", "sysfs-root", "proc-root", "dev-root", "estimate-min-w-per-cpu",
                       "estimate-max-w-per-cpu", "estimate-w-per-gib", "ipmi-host", "ipmi-user",
                       "ipmi-password-file", "ipmi-privilege", "papi-events"});
  command->callback(
      [&action, arguments] { action = [arguments] { return show_sensors(*arguments); }; });
}

}  // namespace joulepath::tools
