#include "tools/sensors_view/sensor_table.hpp"

#include <nlohmann/json.hpp>
#include <sstream>

#include "made_sampler.hpp"
#include "tools/report/layout.hpp"
#include "tools/sensors_view/sensor_json.hpp"

namespace joulepath::tools {
namespace {

using record::Domain;
using Outcome = MeasuredUpdates::Outcome;

record::Signal refused(std::string id, const std::string& path) {
  auto signal = made_signal(std::move(id), Domain::kDram);
  signal.readable = false;
  signal.provenance = record::Provenance::kAbsent;
  signal.reason = path + ": Permission denied (errno 13)";
  signal.remedy = "cd /sys/class/powercap && chgrp joulepath */energy_uj && chmod 0440 */energy_uj";
  return signal;
}

std::vector<MadeSensor> machine() {
  auto package = made_signal("made:package");
  package.update_period_ns = 1'000'000;
  auto psys = made_signal("made:psys", Domain::kPlatform, -1);
  auto card = made_signal("made:GPU-0f0e0d0c-0000-0000-0000-000000000001", Domain::kGpu, -1);
  card.pci = "0000:81:00.0";
  card.uuid = "GPU-0f0e0d0c-0000-0000-0000-000000000001";
  return {{package, nullptr},
          {psys, nullptr},
          {card, nullptr},
          {refused("made:m0", "/m0"), nullptr},
          {refused("made:m1", "/m1"), nullptr}};
}

std::vector<MeasuredUpdates> updates() {
  return {{Outcome::kPeriod, 1'020'000, 0, 0},
          {Outcome::kStill, 0, 0, 0},
          {Outcome::kFailed, 0, 0, EIO},
          {},
          {}};
}

TEST(SensorTable, SaysWhatIsReadAndWhatIsNotWithOneCommand) {
  const auto sampler = made_sampler(machine());
  const std::string text = sensor_table(sampler, 10'000'000, updates());
  EXPECT_EQ(text.find("made:package                     package 0        uJ         1.02 ms "
                      "measured"),
            text.find("made:package"))
      << text;
  for (const char* part : {"\nmade:GPU-0f0e0d0c-0000-0000-0000-000000000001\n", "gpu 0000:81:00.0",
                           "every reading failed: Input/output error", "stood still",
                           "/m0 and 1 more: Permission denied (errno 13)\n",
                           "    cd /sys/class/powercap && chgrp joulepath */energy_uj &&\n"
                           "      chmod 0440 */energy_uj\n",
                           "made: a note", "every 10 ms"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_EQ(text.find("chmod"), text.rfind("chmod")) << "one command: " << text;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    EXPECT_LE(report::display_width(line), report::kWidth) << line;
}

TEST(SensorTable, TellsStatedFromMeasured) {
  const auto sampler = made_sampler(machine());
  EXPECT_NE(sensor_table(sampler, 1, {}).find("~1 ms"), std::string::npos);
  EXPECT_NE(sensor_table(sampler, 1, {}).find("\n~: "), std::string::npos);
  EXPECT_EQ(sensor_table(sampler, 1, updates()).find("\n~: "), std::string::npos);
}

TEST(SensorTable, OfNothing) {
  EXPECT_EQ(sensor_table(made_sampler({}), 1, {}), "No sensor here.\n\nNotes\n  made: a note\n");
}

TEST(CommandLines, AreNeverCut) {
  const std::string path = "/sys/" + std::string(90, 'x');
  EXPECT_EQ(command_lines("cat " + path, 4), "    cat " + path + "\n");
  EXPECT_EQ(command_lines("a && b", 0), "a && b\n");
}

TEST(SensorJson, HasTheKeysThatOthersReadAndTheMeasuredPeriod) {
  const auto sampler = made_sampler(machine());
  const auto json = nlohmann::json::parse(sensor_json(sampler, updates()));
  for (const auto& sensor : json["sensors"])
    for (const char* key :
         {"id", "domain", "device", "socket", "pci", "uuid", "unit", "source", "provenance",
          "chosen", "excluded_by", "update_period_s", "readable", "reason", "remedy"})
      EXPECT_TRUE(sensor.contains(key)) << key;
  const auto& package = json["sensors"][0];
  EXPECT_EQ(package["update_period_s"], 0.00102);
  EXPECT_EQ(package["update_period_measured"], true);
  EXPECT_EQ(package["chosen"], true);
  EXPECT_TRUE(package["uuid"].is_null());
  EXPECT_EQ(json["sensors"][2]["uuid"], "GPU-0f0e0d0c-0000-0000-0000-000000000001");
  EXPECT_EQ(json["sensors"][3]["readable"], false);
  const auto stated = nlohmann::json::parse(sensor_json(sampler, {}));
  EXPECT_EQ(stated["sensors"][0]["update_period_s"], 0.001);
  EXPECT_TRUE(stated["sensors"][1]["update_period_s"].is_null());
}

}  // namespace
}  // namespace joulepath::tools
