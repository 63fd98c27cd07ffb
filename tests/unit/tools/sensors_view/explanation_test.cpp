// What --explain says is there for every backend, fits a terminal, and offers nobody a way
// to open counters to everyone.
#include "tools/sensors_view/explanation.hpp"

#include <regex>
#include <sstream>

#include "made_sampler.hpp"
#include "tools/report/layout.hpp"
#include "tools/sensors_view/backend_readmes.hpp"
#include "tools/sensors_view/readme_text.hpp"

namespace joulepath::tools {
namespace {

std::string explained(std::string_view name, const sensors::Sampler& sampler) {
  const auto text = explain(name, sampler, sensors::all_backends());
  EXPECT_TRUE(text) << text.error().message();
  return text ? *text : std::string();
}

TEST(Explanation, EveryBackendHasItsReadme) {
  for (const sensors::Backend& backend : sensors::all_backends()) {
    const std::string_view readme = backend_readme(backend.name);
    for (const char* heading : {"Needs", "Privileges", "Update rate", "Known errors"})
      EXPECT_FALSE(readme_section(readme, heading).empty())
          << "sensors/" << backend.name << "/README.md: " << heading;
  }
  EXPECT_EQ(backend_readme("nonsense"), "");
}

TEST(Explanation, OfEveryBackendFitsATerminalAndOpensNothingToAll) {
  const auto sampler = made_sampler({});
  // chmod for others (a+r, o+r, 0444, 644), and a perf without limits (paranoid = -1). The
  // device files of NVIDIA's driver are everybody's by its own default.
  const std::regex careless(
      R"(chmod\s+([ugo]*[ao]\+[rwx]+|0?[0-7][0-7][1-7])\b(?!\s+/dev/nvidia)|paranoid\s*=\s*-1)");
  EXPECT_TRUE(std::regex_search("chmod 0444 x", careless));
  EXPECT_TRUE(std::regex_search("chmod a+r x", careless));
  EXPECT_TRUE(std::regex_search("sysctl kernel.perf_event_paranoid=-1", careless));
  EXPECT_FALSE(std::regex_search("chmod 0440 x", careless));
  EXPECT_FALSE(std::regex_search("chmod a+rw\n  /dev/nvidiactl", careless));
  for (const sensors::Backend& backend : sensors::all_backends()) {
    const std::string text = explained(backend.name, sampler);
    EXPECT_FALSE(std::regex_search(text, careless)) << text;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.size() <= 2) continue;
      const bool verbatim = backend_readme(backend.name).find(line.substr(2)) != std::string::npos;
      EXPECT_TRUE(verbatim || report::display_width(line) <= report::kWidth) << line;
    }
  }
}

TEST(Explanation, OfASensorSaysAllThatIsKnown) {
  auto signal = made_signal("made:x");
  signal.readable = false;
  signal.reason = "/x: Permission denied (errno 13)";
  signal.remedy = "chgrp joulepath /x && chmod 0440 /x";
  signal.source = "powercap";
  const auto sampler = made_sampler({{signal, nullptr}});
  const std::string text = explained("made:x", sampler);
  for (const char* part : {"covers: package 0", "readable: no", "reason: /x: Permission denied",
                           "    chgrp joulepath /x && chmod 0440 /x\n", "Privileges of powercap",
                           "Known errors of powercap"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(Explanation, OfADomainNamesTheSensorsHere) {
  const auto sampler = made_sampler({{made_signal("made:x"), nullptr}});
  const std::string text = explained("package", sampler);
  EXPECT_NE(text.find("made:x: added up to the node's total"), std::string::npos) << text;
  EXPECT_NE(explained("gpu", sampler).find("  none\n"), std::string::npos);
}

TEST(Explanation, OfNothingNamesWhatThereIs) {
  const auto sampler = made_sampler({{made_signal("made:x"), nullptr}});
  const auto text = explain("nonsense", sampler, sensors::all_backends());
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, base::Errc::kUsage);
  for (const char* part : {"nonsense", "powercap", "dram", "made:x"})
    EXPECT_NE(text.error().message().find(part), std::string::npos) << part;
}

}  // namespace
}  // namespace joulepath::tools
