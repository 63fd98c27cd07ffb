// What a user can set, in one table: each setting has one key, which is also its
// command-line option (--key), environment variable (JOULEPATH_KEY) and line in the
// TOML file. Precedence: command line, environment, file, default.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace joulepath::tools {

struct Settings {
  std::string output;                   ///< trace to write; empty: a name is made
  std::int64_t period_ns = 10'000'000;  ///< between ticks, 1 ms to 10 s
  double recorder_cpu_percent = 1;      ///< of one core: CPU time that the recorder may use
  std::string sensors;                  ///< selection (sensors/sampler); empty: all
  std::filesystem::path sysfs_root = "/sys";
  std::filesystem::path proc_root = "/proc";
  std::filesystem::path dev_root = "/dev";
  std::filesystem::path topology;     ///< hwloc XML; empty: this machine
  double estimate_min_w_per_cpu = 0;  ///< 0: the model's own value
  double estimate_max_w_per_cpu = 0;
  double estimate_w_per_gib = 0;
  std::string ipmi_host;  ///< this node's BMC; empty: the device below dev_root, if any
  std::string ipmi_user;
  std::filesystem::path ipmi_password_file;
  std::string ipmi_privilege = "user";
  std::vector<std::string> papi_events;
  std::string counters = "auto";    ///< of threads: "auto", "none", or events of perf
  double static_power = 0;          ///< W of one package, whatever runs; 0: learned from the run
  std::string pcontrol = "pause";   ///< how MPI_Pcontrol is taken: "pause" or "ipm"
  std::string annotations = "all";  ///< "all", "none", or a list of openmp, nvtx, roctx, kokkos
  bool exclusive = false;           ///< nobody else's programs run on the node
  std::int64_t lane_period_ns = 0;  ///< between looks at the lanes; 0: at each reading
  std::string gather = "auto";      ///< several nodes' trace: "auto", "whole" or "master"
  bool events = false;              ///< record each MPI call
  std::string event_functions;      ///< only these, or all but !these; empty: all
  std::int64_t event_min_ns = 0;    ///< only calls that take so long
  std::string event_phases;         ///< only in these; empty: everywhere
};

/// Whether the program's annotations of that kind are followed.
bool follows(const Settings& settings, std::string_view annotation);

/// One setting as help and the manual show it.
struct SettingInfo {
  std::string_view key;    ///< "period"
  std::string_view value;  ///< "TIME"; "on": an option without a value
  std::string_view help;
};
const std::vector<SettingInfo>& setting_infos();

/// Where values come from, lowest precedence first applied by load().
struct SettingSources {
  std::map<std::string, std::string> command_line;  ///< key -> text
  std::map<std::string, std::string> environment;   ///< all JOULEPATH_* by full name
  std::filesystem::path file;                       ///< empty: no file
};

/// This process's JOULEPATH_* variables.
std::map<std::string, std::string> joulepath_environment();

/// The file to read: the one named (--config, else JOULEPATH_CONFIG), else the user's
/// $XDG_CONFIG_HOME/joulepath.toml (~/.config) when it is there, else none.
std::filesystem::path config_file(const std::string& named);

/// kUsage for an unknown key, a value that does not parse or lies outside its range;
/// kNotFound or kFormat for the file. The message names key, value and source.
base::Result<Settings> load_settings(const SettingSources& sources);

/// The settings as environment variables for a recorder on this or another node.
std::map<std::string, std::string> as_environment(const Settings& settings);

/// "10ms", "1s", "500us"; a number needs its unit.
base::Result<std::int64_t> parse_duration_ns(std::string_view text);

}  // namespace joulepath::tools
