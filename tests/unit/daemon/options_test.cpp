#include "tools/daemon/options.hpp"

#include <gtest/gtest.h>

#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::daemon {
namespace {

TEST(DaemonOptions, Defaults) {
  const auto options = load_options({}, {});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->rate_hz, 100);
  EXPECT_EQ(options->sensors, "rapl,cray,hwmon");
  EXPECT_EQ(options->run_folder, "/run/joulepath");
  EXPECT_TRUE(options->allow.empty());
}

TEST(DaemonOptions, CommandLineOverFile) {
  test::TemporaryFolder folder;
  folder.write("d.conf", "rate = 20\nsensors = \"cray\"\nallow = \"root,1000\"\n");
  const auto options = load_options({{"rate", "50"}}, folder.path() / "d.conf");
  ASSERT_TRUE(options) << options.error().message();
  EXPECT_EQ(options->rate_hz, 50);
  EXPECT_EQ(options->sensors, "cray");
  EXPECT_EQ(options->allow, (std::vector<uid_t>{0, 1000}));
}

TEST(DaemonOptions, WhatIsWrongIsNamed) {
  for (const auto& [key, text] : std::map<std::string, std::string>{
           {"rate", "0"}, {"allow", "no-such-user"}, {"allow ", ""}, {"speed", "1"}}) {
    const auto options = load_options({{key, text}}, {});
    ASSERT_FALSE(options) << key;
    EXPECT_EQ(options.error().code, base::Errc::kUsage);
    EXPECT_NE(options.error().message().find(key), std::string::npos);
  }
  for (const char* rate : {"1001", "-1", "nan", "inf", "1x", ""})
    EXPECT_FALSE(load_options({{"rate", rate}}, {})) << rate;
  EXPECT_EQ(load_options({}, "/no/such/file").error().code, base::Errc::kNotFound);
}

}  // namespace
}  // namespace joulepath::daemon
