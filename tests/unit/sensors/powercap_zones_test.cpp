// Names, numbers, nesting and ranges of RAPL zones.
#include "sensors/powercap/zones.hpp"

#include <gtest/gtest.h>

#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors::powercap {
namespace {

using record::Domain;

TEST(PowercapModulus, IsTheRangeAndOneCount) {
  EXPECT_EQ(modulus_of(262143328850), 262143328911u);          // 2^-14 J: 61 uJ
  EXPECT_EQ(modulus_of(65712999613), 65712999628u);            // DRAM at 15.3 uJ
  EXPECT_EQ(modulus_of(4294967295000000), 4294967296000000u);  // psys of 1 J
  EXPECT_EQ(modulus_of(131425999227), 131425999258u);          // 30.6 uJ: to the nearest
  EXPECT_EQ(modulus_of(1000), 1001u);                          // never less than one uJ
  EXPECT_EQ(modulus_of(0), 0u);
  EXPECT_EQ(modulus_of(~0ull), 0u);
}

TEST(PowercapZoneNumbers, AreHexadecimal) {
  EXPECT_EQ(zone_numbers("intel-rapl:0"), (std::vector<std::uint32_t>{0}));
  EXPECT_EQ(zone_numbers("intel-rapl:a:1f"), (std::vector<std::uint32_t>{10, 31}));
  EXPECT_EQ(zone_numbers("intel-rapl-mmio:0"), (std::vector<std::uint32_t>{0}));
  for (const char* other : {"intel-rapl", "intel-rapl:", "intel-rapl:0:", "intel-rapl:g",
                            "intel-rapl::0", "intel-raplx:0", "intel-rapl-:0", "dtpm:0", "", ":0"})
    EXPECT_FALSE(zone_numbers(other)) << other;
}

TEST(PowercapZoneName, TellsDomainAndSocket) {
  const auto is = [](std::string_view name, Domain domain, int socket) {
    const ZoneName parsed = parse_name(name);
    EXPECT_EQ(parsed.domain, domain) << name;
    EXPECT_EQ(parsed.socket, socket) << name;
  };
  is("package-0", Domain::kPackage, 0);
  is("package-12", Domain::kPackage, 12);
  is("package-1-die-3", Domain::kPackage, 1);
  is("core", Domain::kCore, -1);
  is("uncore", Domain::kUncore, -1);
  is("dram", Domain::kDram, -1);
  is("psys", Domain::kPlatform, -1);
  is("psys-1", Domain::kPlatform, -1);
  for (const char* odd : {"", "package", "package-", "package-x", "package-1-die-", "package-1x",
                          "package-1-die-2x", "package--1", "gpu", "dram2"})
    is(odd, Domain::kOther, -1);
}

std::vector<std::string> entries(const std::vector<Zone>& zones) {
  std::vector<std::string> names;
  for (const Zone& zone : zones) names.push_back(zone.entry + "=" + zone.name);
  return names;
}

TEST(PowercapZones, EachOnceThoughSysfsShowsThemTwice) {
  const FakeClock clock;
  const auto zones = find_zones(node("server-2s", clock).sysfs_root / "class/powercap");
  ASSERT_TRUE(zones);
  EXPECT_EQ(entries(*zones),
            (std::vector<std::string>{"intel-rapl:0=package-1", "intel-rapl:0:0=dram",
                                      "intel-rapl:1=package-0", "intel-rapl:1:0=dram"}));
  EXPECT_EQ((*zones)[1].parent, "intel-rapl:0");
  EXPECT_EQ((*zones)[2].parent, "");
}

TEST(PowercapZones, InTheOrderOfTheirNumbersNotOfTheirLetters) {
  const Tree tree;
  for (const char* entry : {"intel-rapl-mmio:0", "intel-rapl:10", "intel-rapl:a", "intel-rapl:9"})
    tree.zone(entry, "package-0", "1\n");
  const auto zones = find_zones(tree.at("sys/class/powercap"));
  ASSERT_TRUE(zones);
  EXPECT_EQ(entries(*zones),
            (std::vector<std::string>{"intel-rapl:9=package-0", "intel-rapl:a=package-0",
                                      "intel-rapl:10=package-0", "intel-rapl-mmio:0=package-0"}));
}

TEST(PowercapZones, FindsWhatIsOnlyNested) {
  const Tree tree;
  tree.write("sys/class/powercap/intel-rapl/intel-rapl:0/name", "package-0\n");
  tree.write("sys/class/powercap/intel-rapl/intel-rapl:0/intel-rapl:0:2/name", "dram\n");
  const auto zones = find_zones(tree.at("sys/class/powercap"));
  ASSERT_TRUE(zones);
  EXPECT_EQ(entries(*zones),
            (std::vector<std::string>{"intel-rapl:0=package-0", "intel-rapl:0:2=dram"}));
}

TEST(PowercapZones, LinksInCirclesEnd) {
  const Tree tree;
  tree.zone("intel-rapl:0", "package-0", "1\n");
  tree.link("sys/class/powercap/intel-rapl:0/intel-rapl:0:0", "../intel-rapl:0");
  tree.link("sys/class/powercap/intel-rapl:0/device", "..");
  const auto zones = find_zones(tree.at("sys/class/powercap"));
  ASSERT_TRUE(zones);
  EXPECT_EQ(zones->size(), 2u);
}

TEST(PowercapZones, NoFolderIsNotFound) {
  const Tree tree;
  const auto zones = find_zones(tree.at("sys/class/powercap"));
  ASSERT_FALSE(zones);
  EXPECT_EQ(zones.error().code, base::Errc::kNotFound);
}

}  // namespace
}  // namespace joulepath::sensors::powercap
