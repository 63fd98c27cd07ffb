// Settings: which source wins, and that whatever is wrong is named with its source.
#include "tools/settings/settings.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/support/temporary_folder.hpp"
#include "tools/settings/toml_file.hpp"

namespace joulepath::tools {
namespace {

using base::Errc;

constexpr std::int64_t kMs = 1'000'000;

SettingSources environment(const std::string& name, const std::string& value) {
  SettingSources sources;
  sources.environment[name] = value;
  return sources;
}
SettingSources command_line(const std::string& key, const std::string& value) {
  SettingSources sources;
  sources.command_line[key] = value;
  return sources;
}

/// The message holds every one of `parts`.
::testing::AssertionResult names(const base::Error& error,
                                 std::initializer_list<std::string> parts) {
  for (const std::string& part : parts)
    if (error.message().find(part) == std::string::npos)
      return ::testing::AssertionFailure() << "no \"" << part << "\" in " << error.message();
  return ::testing::AssertionSuccess();
}

TEST(Settings, Defaults) {
  const auto settings = load_settings({});
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->period_ns, 10 * kMs);
  EXPECT_EQ(settings->sysfs_root, "/sys");
  EXPECT_EQ(settings->proc_root, "/proc");
  EXPECT_EQ(settings->dev_root, "/dev");
  EXPECT_TRUE(settings->output.empty());
  EXPECT_TRUE(settings->sensors.empty());
}

TEST(Settings, CommandLineBeforeEnvironmentBeforeFileBeforeDefault) {
  const test::TemporaryFolder folder;
  SettingSources sources;
  EXPECT_EQ(load_settings(sources)->period_ns, 10 * kMs);
  sources.file = folder.write("joulepath.toml", "period = \"40ms\"\nsensors = \"powercap\"\n");
  EXPECT_EQ(load_settings(sources)->period_ns, 40 * kMs);
  sources.environment["JOULEPATH_PERIOD"] = "30ms";
  EXPECT_EQ(load_settings(sources)->period_ns, 30 * kMs);
  sources.command_line["period"] = "20ms";
  EXPECT_EQ(load_settings(sources)->period_ns, 20 * kMs);
  EXPECT_EQ(load_settings(sources)->sensors, "powercap");  // each setting by itself
}

TEST(Settings, UnknownNamesAreErrorsThatNameThem) {
  const auto on_line = load_settings(command_line("perod", "1ms"));
  ASSERT_FALSE(on_line);
  EXPECT_EQ(on_line.error().code, Errc::kUsage);
  EXPECT_TRUE(names(on_line.error(), {"perod", "period"}));
  const auto in_environment = load_settings(environment("JOULEPATH_PEROD", "1ms"));
  ASSERT_FALSE(in_environment);
  EXPECT_EQ(in_environment.error().code, Errc::kUsage);
  EXPECT_TRUE(names(in_environment.error(), {"JOULEPATH_PEROD", "JOULEPATH_PERIOD"}));
  const test::TemporaryFolder folder;
  SettingSources sources;
  sources.file = folder.write("x.toml", "# ours\nperod = \"1ms\"\n");
  const auto in_file = load_settings(sources);
  ASSERT_FALSE(in_file);
  EXPECT_EQ(in_file.error().code, Errc::kUsage);
  EXPECT_TRUE(names(in_file.error(), {"perod", "x.toml:2", "period"}));
}

TEST(Settings, ControlVariablesAreNoSettings) {
  for (const char* name : {"JOULEPATH_CONFIG", "JOULEPATH_DISABLE", "JOULEPATH_SESSION",
                           "JOULEPATH_SHM_DIR", "JOULEPATH_RECORDER"})
    EXPECT_TRUE(load_settings(environment(name, "anything"))) << name;
}

TEST(Settings, PeriodFromOneMillisecondToTenSeconds) {
  const std::pair<const char*, std::int64_t> good[] = {
      {"1ms", kMs},       {"10s", 10'000 * kMs}, {"1000us", kMs},       {"0.001s", kMs},
      {"2.5ms", 2500000}, {"0.0023s", 2300000},  {"1000000ns", 1000000}};
  for (const auto& [text, ns] : good) {
    const auto settings = load_settings(command_line("period", text));
    ASSERT_TRUE(settings) << text;
    EXPECT_EQ(settings->period_ns, ns) << text;
  }
  for (const char* text : {"0", "0ms", "10", "-1ms", "11s", "999us", "10.001s", "1min", "", "ms",
                           "1 ms", "1e99s", "nanms", "infs", "0x10ms", "1ms2s"}) {
    const auto settings = load_settings(environment("JOULEPATH_PERIOD", text));
    ASSERT_FALSE(settings) << text;
    EXPECT_EQ(settings.error().code, Errc::kUsage) << text;
    EXPECT_TRUE(names(settings.error(), {"JOULEPATH_PERIOD", std::string("\"") + text + "\""}));
  }
}

TEST(Settings, WattsAreAboveZero) {
  EXPECT_EQ(load_settings(command_line("estimate-max-w-per-cpu", "7.25"))->estimate_max_w_per_cpu,
            7.25);
  for (const char* text : {"0", "-1", "nan", "inf", "12W", "", "1e9"})
    EXPECT_FALSE(load_settings(command_line("estimate-min-w-per-cpu", text))) << text;
}

TEST(Settings, TheRecordersCpuTimeIsAPercentageOfACore) {
  EXPECT_EQ(load_settings({})->recorder_cpu_percent, 1);
  EXPECT_EQ(load_settings(command_line("recorder-cpu", "0.7%"))->recorder_cpu_percent, 0.7);
  EXPECT_EQ(load_settings(command_line("recorder-cpu", "20"))->recorder_cpu_percent, 20);
  for (const char* text : {"0", "0%", "-1%", "101%", "nan%", "%", "", "1 %", "1%%"})
    EXPECT_FALSE(load_settings(command_line("recorder-cpu", text))) << text;
}

TEST(Settings, AccessToTheBmc) {
  EXPECT_EQ(load_settings({})->ipmi_privilege, "user");
  EXPECT_EQ(load_settings(command_line("ipmi-privilege", "admin"))->ipmi_privilege, "admin");
  for (const char* text : {"", "root", "User"})
    EXPECT_FALSE(load_settings(command_line("ipmi-privilege", text))) << text;
  const auto settings = load_settings(environment("JOULEPATH_IPMI_PASSWORD_FILE", "bmc.password"));
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->ipmi_password_file, std::filesystem::current_path() / "bmc.password");
  EXPECT_FALSE(load_settings(environment("JOULEPATH_IPMI_PASSWORD", "secret")))
      << "no password in the environment";
}

TEST(Settings, EmptyNamesOfEventsAreErrors) {
  EXPECT_TRUE(load_settings(command_line("papi-events", " "))->papi_events.empty());
  EXPECT_EQ(load_settings(command_line("papi-events", "a"))->papi_events.size(), 1u);
  for (const char* text : {",", "a,,b", ",a"})
    EXPECT_FALSE(load_settings(command_line("papi-events", text))) << text;
}

TEST(Settings, PathsBecomeAbsolute) {
  const auto settings = load_settings(command_line("output", "trace.h5"));
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->output, std::filesystem::current_path() / "trace.h5");
  EXPECT_FALSE(load_settings(command_line("output", "")));
}

TEST(Settings, FileOfTheWrongShape) {
  const test::TemporaryFolder folder;
  const std::pair<const char*, const char*> bad[] = {{"sensors = \"all\"\nperiod = true\n", ":2"},
                                                     {"period = [1, 2]\n", ":1"},
                                                     {"\n\n[period]\nvalue = 1\n", ":3"},
                                                     {"period = \n", ":1"},
                                                     {"period\n", ":1"},
                                                     {"period = \"1ms\"\nperiod = \"2ms\"\n", ":2"},
                                                     {"period = 2024-01-01\n", ":1"}};
  for (const auto& [text, line] : bad) {
    SettingSources sources;
    sources.file = folder.write("bad.toml", text);
    const auto settings = load_settings(sources);
    ASSERT_FALSE(settings) << text;
    EXPECT_EQ(settings.error().code, Errc::kFormat) << text;
    EXPECT_TRUE(names(settings.error(), {"bad.toml" + std::string(line)})) << text;
  }
  SettingSources missing;
  missing.file = folder.path() / "none.toml";
  ASSERT_FALSE(load_settings(missing));
  EXPECT_EQ(load_settings(missing).error().code, Errc::kNotFound);
}

TEST(Settings, NumbersInTheFile) {
  const test::TemporaryFolder folder;
  SettingSources sources;
  sources.file = folder.write("x.toml", "estimate-w-per-gib = 2\nestimate-max-w-per-cpu = 6.5\n");
  const auto settings = load_settings(sources);
  ASSERT_TRUE(settings) << settings.error().message();
  EXPECT_EQ(settings->estimate_w_per_gib, 2);
  EXPECT_EQ(settings->estimate_max_w_per_cpu, 6.5);
  sources.file = folder.write("y.toml", "period = 10\n");
  const auto without_unit = load_settings(sources);
  ASSERT_FALSE(without_unit);
  EXPECT_TRUE(names(without_unit.error(), {"y.toml:1", "\"10\""}));
}

TEST(Settings, ALanePeriodAndEventsExcludeEachOther) {
  SettingSources sources = command_line("lane-period", "1.5s");
  EXPECT_EQ(load_settings(sources)->lane_period_ns, 1'500'000'000);
  EXPECT_EQ(as_environment(*load_settings(sources))["JOULEPATH_LANE_PERIOD"], "1500000000ns");
  sources.command_line["events"] = "on";
  const auto both = load_settings(sources);
  ASSERT_FALSE(both);
  EXPECT_TRUE(names(both.error(), {"events", "lane-period"}));
  EXPECT_FALSE(load_settings(command_line("lane-period", "11s")));
  EXPECT_FALSE(load_settings(command_line("lane-period", "1")));
}

TEST(Settings, ReachTheRecorderThroughItsEnvironment) {
  SettingSources sources;
  sources.command_line = {
      {"output", "/data/my trace.h5"},
      {"period", "2.5ms"},
      {"lane-period", "0s"},
      {"exclusive", "on"},
      {"recorder-cpu", "0.7%"},
      {"sensors", "powercap,!psys"},
      {"sysfs-root", "/x/sys"},
      {"proc-root", "/x/proc"},
      {"dev-root", "/x/dev"},
      {"topology", "/x/t.xml"},
      {"estimate-min-w-per-cpu", "0.1"},
      {"estimate-max-w-per-cpu", "3.3333333333333335"},
      {"estimate-w-per-gib", "0.375"},
      {"ipmi-host", "%h-bmc:623"},
      {"ipmi-user", "watcher"},
      {"ipmi-password-file", "/x/password"},
      {"ipmi-privilege", "operator"},
      {"papi-events", " rapl::RAPL_ENERGY_PKG:cpu=0 , cray_pm:::PM_ENERGY:NODE"},
      {"counters", "instructions,flop=cpu/event=0xc7,umask=1/*4"},
      {"static-power", "41.5"},
      {"pcontrol", "ipm"},
      {"events", "on"},
      {"event-functions", "MPI_Send,MPI_Recv"},
      {"event-min", "10us"},
      {"event-phases", "solve,io/write"},
      {"annotations", "nvtx,kokkos"},
      {"gather", "master"}};
  EXPECT_EQ(sources.command_line.size(), setting_infos().size()) << "a setting is missing here";
  const auto settings = load_settings(sources);
  ASSERT_TRUE(settings) << settings.error().message();
  SettingSources there;
  there.environment = as_environment(*settings);
  const auto arrived = load_settings(there);
  ASSERT_TRUE(arrived) << arrived.error().message();
  EXPECT_EQ(as_environment(*arrived), there.environment);
  EXPECT_EQ(arrived->output, "/data/my trace.h5");
  EXPECT_EQ(arrived->period_ns, 2'500'000);
  EXPECT_EQ(arrived->recorder_cpu_percent, 0.7);
  EXPECT_EQ(arrived->sensors, "powercap,!psys");
  EXPECT_EQ(arrived->sysfs_root, "/x/sys");
  EXPECT_EQ(arrived->proc_root, "/x/proc");
  EXPECT_EQ(arrived->dev_root, "/x/dev");
  EXPECT_EQ(arrived->topology, "/x/t.xml");
  EXPECT_EQ(arrived->estimate_min_w_per_cpu, 0.1);
  EXPECT_EQ(arrived->estimate_max_w_per_cpu, 3.3333333333333335);
  EXPECT_EQ(arrived->estimate_w_per_gib, 0.375);
  EXPECT_EQ(arrived->ipmi_host, "%h-bmc:623");
  EXPECT_EQ(arrived->ipmi_user, "watcher");
  EXPECT_EQ(arrived->ipmi_password_file, "/x/password");
  EXPECT_EQ(arrived->ipmi_privilege, "operator");
  EXPECT_EQ(arrived->papi_events,
            (std::vector<std::string>{"rapl::RAPL_ENERGY_PKG:cpu=0", "cray_pm:::PM_ENERGY:NODE"}));
  EXPECT_EQ(arrived->counters, "instructions,flop=cpu/event=0xc7,umask=1/*4");
  EXPECT_EQ(arrived->pcontrol, "ipm");
  EXPECT_TRUE(arrived->events);
  EXPECT_EQ(arrived->event_functions, "MPI_Send,MPI_Recv");
  EXPECT_EQ(arrived->event_min_ns, 10'000);
  EXPECT_EQ(arrived->event_phases, "solve,io/write");
  EXPECT_EQ(arrived->annotations, "nvtx,kokkos");
  EXPECT_EQ(arrived->gather, "master");
}

TEST(Settings, GatherIsOneOfThreeWays) {
  const auto with = [](const char* way) {
    SettingSources sources;
    sources.command_line = {{"gather", way}};
    return load_settings(sources);
  };
  EXPECT_EQ(load_settings({})->gather, "auto");
  EXPECT_FALSE(as_environment(*with("auto")).contains("JOULEPATH_GATHER"));
  EXPECT_EQ(as_environment(*with("whole"))["JOULEPATH_GATHER"], "whole");
  const auto bad = with("links");
  ASSERT_FALSE(bad);
  EXPECT_TRUE(names(bad.error(), {"gather", "links", "auto, whole or master"}));
}

TEST(Settings, AnnotationsAreAListOfKnownOnes) {
  const auto with = [](const char* list) {
    SettingSources sources;
    sources.command_line = {{"annotations", list}};
    return load_settings(sources);
  };
  EXPECT_TRUE(follows(*load_settings({}), "openmp"));
  EXPECT_TRUE(follows(*with("all"), "kokkos"));
  EXPECT_FALSE(follows(*with("none"), "nvtx"));
  EXPECT_TRUE(follows(*with("nvtx,roctx"), "roctx"));
  EXPECT_FALSE(follows(*with("nvtx,roctx"), "kokkos"));
  for (const char* bad : {"", "nvtx kokkos", "cuda", "all,nvtx"}) {
    const auto refused = with(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, base::Errc::kUsage) << bad;
  }
}

TEST(Settings, PcontrolIsOneOfTwoWays) {
  EXPECT_EQ(load_settings({})->pcontrol, "pause");
  SettingSources sources;
  sources.environment = {{"JOULEPATH_PCONTROL", "ipm"}};
  sources.command_line = {{"pcontrol", "pause"}};
  const auto settings = load_settings(sources);
  ASSERT_TRUE(settings);
  // Said, though it is the default: the program's environment may still say ipm.
  EXPECT_EQ(as_environment(*settings).at("JOULEPATH_PCONTROL"), "pause");
  sources.command_line = {{"pcontrol", "IPM"}};
  EXPECT_FALSE(load_settings(sources));
}

TEST(Settings, ConfigFileThatIsNamedComesFirst) {
  const test::TemporaryFolder folder;
  ::setenv("XDG_CONFIG_HOME", folder.path().c_str(), 1);
  ::unsetenv("JOULEPATH_CONFIG");
  EXPECT_EQ(config_file(""), "");
  const auto own = folder.write("joulepath.toml", "");
  EXPECT_EQ(config_file(""), own);
  ::setenv("JOULEPATH_CONFIG", "/else/where.toml", 1);
  EXPECT_EQ(config_file(""), "/else/where.toml");
  EXPECT_EQ(config_file("named.toml"), "named.toml");
  ::unsetenv("JOULEPATH_CONFIG");
  ::unsetenv("XDG_CONFIG_HOME");
}

}  // namespace
}  // namespace joulepath::tools
