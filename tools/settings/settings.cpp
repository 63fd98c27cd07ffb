#include "tools/settings/settings.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <optional>

#include "core/base/file.hpp"
#include "core/base/split.hpp"
#include "tools/settings/toml_file.hpp"

extern char** environ;

namespace joulepath::tools {
namespace {

using base::Done;
using base::Errc;
using base::Error;
using base::Status;

struct Setting {
  SettingInfo info;
  Status (*set)(Settings&, std::string_view);
  std::string (*get)(const Settings&);  ///< empty: as by default
};

Error bad_value(std::string_view expected) {
  return {Errc::kUsage, fmt::format("expected {}", expected), {}, 0, {}};
}

std::optional<double> parse_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(number)) return std::nullopt;  // "nan" and "inf" are numbers to from_chars
  return number;
}

template <auto kMember>
Status set_text(Settings& settings, std::string_view text) {
  settings.*kMember = std::string(text);
  return Done{};
}
template <auto kMember>
std::string get_text(const Settings& settings) {
  return settings.*kMember;
}

template <auto kMember>
Status set_path(Settings& settings, std::string_view text) {
  if (text.empty()) return bad_value("a path");
  // The recorder may run in another directory than the command that was typed.
  settings.*kMember = std::filesystem::absolute(std::string(text));
  return Done{};
}
template <auto kMember>
std::string get_path(const Settings& settings) {
  return (settings.*kMember).string();
}

template <auto kMember>
Status set_watts(Settings& settings, std::string_view text) {
  const auto watts = parse_number(text);
  if (!watts || *watts <= 0 || *watts > 1e6) return bad_value("watts above 0");
  settings.*kMember = *watts;
  return Done{};
}
template <auto kMember>
std::string get_watts(const Settings& settings) {
  return settings.*kMember > 0 ? fmt::format("{}", settings.*kMember) : std::string();
}

Status set_period(Settings& settings, std::string_view text) {
  const auto period = parse_duration_ns(text);
  if (!period) return period.error();
  if (*period < 1'000'000 || *period > 10'000'000'000) return bad_value("1ms to 10s");
  settings.period_ns = *period;
  return Done{};
}
std::string get_period(const Settings& settings) {
  return fmt::format("{}ns", settings.period_ns);
}

Status set_recorder_cpu(Settings& settings, std::string_view text) {
  const auto percent = parse_number(text.substr(0, text.size() - (text.ends_with('%') ? 1 : 0)));
  if (!percent || *percent <= 0 || *percent > 100)
    return bad_value("a percentage of one core above 0, like 1%");
  settings.recorder_cpu_percent = *percent;
  return Done{};
}
std::string get_recorder_cpu(const Settings& settings) {
  return fmt::format("{}%", settings.recorder_cpu_percent);
}

template <auto kMember>
Status set_switch(Settings& settings, std::string_view text) {
  if (text != "on" && text != "off") return bad_value("on or off");
  settings.*kMember = text == "on";
  return Done{};
}
template <auto kMember>
std::string get_switch(const Settings& settings) {
  return settings.*kMember ? "on" : std::string();
}
Status set_lane_period(Settings& settings, std::string_view text) {
  const auto period = parse_duration_ns(text);
  if (!period) return period.error();
  if (*period > 10'000'000'000) return bad_value("0s to 10s");
  settings.lane_period_ns = *period;
  return Done{};
}
std::string get_lane_period(const Settings& settings) {
  return settings.lane_period_ns > 0 ? fmt::format("{}ns", settings.lane_period_ns) : std::string();
}
Status set_event_min(Settings& settings, std::string_view text) {
  const auto least = parse_duration_ns(text);
  if (!least) return least.error();
  settings.event_min_ns = *least;
  return Done{};
}
std::string get_event_min(const Settings& settings) {
  return settings.event_min_ns > 0 ? fmt::format("{}ns", settings.event_min_ns) : std::string();
}

Status set_pcontrol(Settings& settings, std::string_view text) {
  if (text != "ipm" && text != "pause") return bad_value("pause or ipm");
  settings.pcontrol = text;
  return Done{};
}

Status set_gather(Settings& settings, std::string_view text) {
  if (text != "auto" && text != "whole" && text != "master")
    return bad_value("auto, whole or master");
  settings.gather = text;
  return Done{};
}

std::string get_gather(const Settings& settings) {
  return settings.gather == Settings().gather ? std::string() : settings.gather;
}

Status set_annotations(Settings& settings, std::string_view text) {
  constexpr std::string_view kKnown[] = {"openmp", "nvtx", "roctx", "kokkos"};
  const auto is_known = [&](std::string_view word) {
    return std::find(std::begin(kKnown), std::end(kKnown), word) != std::end(kKnown);
  };
  const auto words = base::split(text, ',');
  const bool list = !words.empty() && std::all_of(words.begin(), words.end(), is_known);
  if (!list && text != "all" && text != "none")
    return bad_value("all, none, or of openmp, nvtx, roctx and kokkos, with commas between");
  settings.annotations = text;
  return Done{};
}

Status set_ipmi_privilege(Settings& settings, std::string_view text) {
  if (text != "user" && text != "operator" && text != "admin")
    return bad_value("user, operator or admin");
  settings.ipmi_privilege = text;
  return Done{};
}

Status set_papi_events(Settings& settings, std::string_view text) {
  settings.papi_events.clear();
  while (!base::trimmed(text).empty()) {
    const auto comma = text.find(',');
    const std::string_view event = base::trimmed(text.substr(0, comma));
    if (event.empty()) return bad_value("names of events, with one comma between them");
    settings.papi_events.emplace_back(event);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return Done{};
}
std::string get_papi_events(const Settings& settings) {
  return fmt::format("{}", fmt::join(settings.papi_events, ","));
}

std::string get_counters(const Settings& settings) {
  return settings.counters == Settings().counters ? std::string() : settings.counters;
}

const std::vector<Setting>& table() {
  static const std::vector<Setting> settings{
      {{"output", "FILE", "trace to write (default: joulepath-<time>-<pid>.h5)"},
       set_path<&Settings::output>,
       get_text<&Settings::output>},
      {{"period", "TIME", "time between samples, 1ms to 10s (default 10ms)"},
       set_period,
       get_period},
      {{"lane-period", "TIME", "coarse: time between looks at what ranks do, to 10s"},
       set_lane_period,
       get_lane_period},
      {{"exclusive", "on", "no energy to other programs: the node is the job's"},
       set_switch<&Settings::exclusive>,
       get_switch<&Settings::exclusive>},
      {{"recorder-cpu", "PERCENT", "recorder's CPU time, of one core (default 1%)"},
       set_recorder_cpu,
       get_recorder_cpu},
      {{"sensors", "LIST", "backends (rapl), domains, devices; !NAME leaves out"},
       set_text<&Settings::sensors>,
       get_text<&Settings::sensors>},
      {{"sysfs-root", "DIR", "read sensors below DIR instead of /sys"},
       set_path<&Settings::sysfs_root>,
       get_path<&Settings::sysfs_root>},
      {{"proc-root", "DIR", "read CPU and memory use below DIR instead of /proc"},
       set_path<&Settings::proc_root>,
       get_path<&Settings::proc_root>},
      {{"dev-root", "DIR", "read device files below DIR instead of /dev"},
       set_path<&Settings::dev_root>,
       get_path<&Settings::dev_root>},
      {{"topology", "XML", "hwloc topology to use instead of this machine's"},
       set_path<&Settings::topology>,
       get_path<&Settings::topology>},
      {{"estimate-min-w-per-cpu", "W", "estimate: an idle CPU's power"},
       set_watts<&Settings::estimate_min_w_per_cpu>,
       get_watts<&Settings::estimate_min_w_per_cpu>},
      {{"estimate-max-w-per-cpu", "W", "estimate: a busy CPU's power"},
       set_watts<&Settings::estimate_max_w_per_cpu>,
       get_watts<&Settings::estimate_max_w_per_cpu>},
      {{"estimate-w-per-gib", "W", "estimate: power of a GiB of memory in use"},
       set_watts<&Settings::estimate_w_per_gib>,
       get_watts<&Settings::estimate_w_per_gib>},
      {{"ipmi-host", "HOST", "node's BMC, instead of its device; %h: the node's name"},
       set_text<&Settings::ipmi_host>,
       get_text<&Settings::ipmi_host>},
      {{"ipmi-user", "NAME", "BMC user for ipmi-host"},
       set_text<&Settings::ipmi_user>,
       get_text<&Settings::ipmi_user>},
      {{"ipmi-password-file", "FILE", "file with that user's password, mode 600"},
       set_path<&Settings::ipmi_password_file>,
       get_path<&Settings::ipmi_password_file>},
      {{"ipmi-privilege", "LEVEL", "user (default), operator or admin"},
       set_ipmi_privilege,
       get_text<&Settings::ipmi_privilege>},
      {{"counters", "LIST", "counted in threads: auto, none, or perf event names"},
       set_text<&Settings::counters>,
       get_counters},
      {{"papi-events", "LIST", "energy events of PAPI to read, by their PAPI names"},
       set_papi_events,
       get_papi_events},
      {{"static-power", "W", "power of a package at rest (default: learned)"},
       set_watts<&Settings::static_power>,
       get_watts<&Settings::static_power>},
      {{"pcontrol", "WAY", "MPI_Pcontrol: pause (default) or ipm (labels)"},
       set_pcontrol,
       get_text<&Settings::pcontrol>},
      {{"events", "on", "each MPI call, for a timeline and the causes of waits"},
       set_switch<&Settings::events>,
       get_switch<&Settings::events>},
      {{"event-functions", "LIST", "events of these functions; !NAME: all but this"},
       set_text<&Settings::event_functions>,
       get_text<&Settings::event_functions>},
      {{"event-min", "TIME", "events of calls that take at least this, like 10us"},
       set_event_min,
       get_event_min},
      {{"event-phases", "LIST", "events in these phases only"},
       set_text<&Settings::event_phases>,
       get_text<&Settings::event_phases>},
      {{"annotations", "LIST", "of openmp,nvtx,roctx,kokkos; all (default), none"},
       set_annotations,
       get_text<&Settings::annotations>},
      {{"gather", "WAY", "trace of several nodes: auto (default), whole, master"},
       set_gather,
       get_gather},
  };
  return settings;
}

std::string variable_name(std::string_view key) {
  std::string name = "JOULEPATH_";
  for (const char c : key) name += c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return name;
}

/// Variables that are no settings but have a meaning of their own (docs/user-guide.md).
bool is_control_variable(std::string_view name) {
  constexpr std::string_view kNames[] = {"JOULEPATH_CONFIG",   "JOULEPATH_DISABLE",
                                         "JOULEPATH_RECORDER", "JOULEPATH_RUN_COMMAND",
                                         "JOULEPATH_SESSION",  "JOULEPATH_SHM_DIR"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

std::string known_keys(std::string (*spell)(std::string_view)) {
  std::string names;
  for (const Setting& setting : table()) {
    if (!names.empty()) names += ", ";
    names += spell(setting.info.key);
  }
  return names;
}

Status apply(Settings& settings, std::string_view key, std::string_view text,
             const std::string& source) {
  for (const Setting& setting : table()) {
    if (setting.info.key != key) continue;
    const Status set = setting.set(settings, text);
    if (set) return Done{};
    return Error{
        Errc::kUsage, fmt::format("bad {} \"{}\": {}", key, text, set.error().what), source, 0, {}};
  }
  return Error{Errc::kUsage, fmt::format("unknown setting \"{}\"", key), source, 0,
               "known are " + known_keys([](std::string_view name) { return std::string(name); })};
}

Status apply_environment(Settings& settings, const std::map<std::string, std::string>& variables) {
  for (const auto& variable : variables) {
    const std::string& name = variable.first;  // no structured binding: a lambda needs it
    if (is_control_variable(name)) continue;
    const auto found = std::find_if(table().begin(), table().end(), [&](const Setting& setting) {
      return variable_name(setting.info.key) == name;
    });
    if (found == table().end())
      return Error{Errc::kUsage, "unknown environment variable", name, 0,
                   "known are " + known_keys(variable_name)};
    if (Status done = apply(settings, found->info.key, variable.second, name); !done) return done;
  }
  return Done{};
}

}  // namespace

base::Result<std::int64_t> parse_duration_ns(std::string_view text) {
  struct Unit {
    std::string_view name;
    double ns;
  };
  // Longest names first: "ms" ends in "s".
  constexpr Unit kUnits[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"min", 6e10}, {"s", 1e9}};
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    const auto number = parse_number(text.substr(0, text.size() - unit.name.size()));
    if (!number || *number < 0 || *number * unit.ns > 9e18) break;
    return std::llround(*number * unit.ns);
  }
  return bad_value("a time with its unit, like 10ms, 500us or 1s");
}

const std::vector<SettingInfo>& setting_infos() {
  static const std::vector<SettingInfo> infos = [] {
    std::vector<SettingInfo> all;
    for (const Setting& setting : table()) all.push_back(setting.info);
    return all;
  }();
  return infos;
}

std::map<std::string, std::string> joulepath_environment() {
  std::map<std::string, std::string> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const auto equals = text.find('=');
    if (!text.starts_with("JOULEPATH_") || equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

std::filesystem::path config_file(const std::string& named) {
  if (!named.empty()) return named;
  if (const char* variable = std::getenv("JOULEPATH_CONFIG");
      variable != nullptr && *variable != '\0')
    return variable;
  std::filesystem::path folder;
  if (const char* xdg = std::getenv("XDG_CONFIG_HOME"); xdg != nullptr && *xdg != '\0') {
    folder = xdg;
  } else if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    folder = std::filesystem::path(home) / ".config";
  }
  if (folder.empty()) return {};
  std::error_code ignored;
  const auto file = folder / "joulepath.toml";
  return std::filesystem::exists(file, ignored) ? file : std::filesystem::path();
}

base::Result<Settings> load_settings(const SettingSources& sources) {
  Settings settings;
  if (!sources.file.empty()) {
    const auto pairs = read_toml_pairs(sources.file);
    if (!pairs) return pairs.error();
    for (const auto& [key, entry] : *pairs) {
      const std::string where = fmt::format("{}:{}", sources.file.string(), entry.line);
      if (Status done = apply(settings, key, entry.text, where); !done) return done.error();
    }
  }
  if (Status done = apply_environment(settings, sources.environment); !done) return done.error();
  for (const auto& [key, text] : sources.command_line)
    if (Status done = apply(settings, key, text, "--" + key); !done) return done.error();
  if (settings.events && settings.lane_period_ns > 0)
    return Error{Errc::kUsage,
                 "events need a look at each reading, but lane-period is set",
                 {},
                 0,
                 "leave one of both out"};
  return settings;
}

std::map<std::string, std::string> as_environment(const Settings& settings) {
  std::map<std::string, std::string> variables;
  for (const Setting& setting : table())
    if (std::string text = setting.get(settings); !text.empty())
      variables.emplace(variable_name(setting.info.key), std::move(text));
  return variables;
}

bool follows(const Settings& settings, std::string_view annotation) {
  if (settings.annotations == "all") return true;
  const auto words = base::split(settings.annotations, ',');
  return std::find(words.begin(), words.end(), annotation) != words.end();
}

}  // namespace joulepath::tools
