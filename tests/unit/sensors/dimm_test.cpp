// The estimate of the memory: modules from the firmware's table and from EDAC, damaged and
// foreign tables, and the energy that it makes of them.
#include "sensors/dimm/dimm.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "sensors/dimm/modules.hpp"
#include "tests/unit/sensors/fake.hpp"
#include "tests/unit/support/child.hpp"

namespace joulepath::sensors::dimm {
namespace {

using record::Domain;
using record::Provenance;

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t kDdr4 = 0x1A, kDdr5 = 0x22, kPlainRam = 0x07;
constexpr const char* kTable = "sys/firmware/dmi/tables/DMI";

/// SMBIOS structure of this type: `body` follows the header, then two strings.
Bytes structure(std::uint8_t type, const Bytes& body) {
  Bytes bytes{type, static_cast<std::uint8_t>(body.size() + 4), 0x34, 0x12};
  bytes.insert(bytes.end(), body.begin(), body.end());
  for (const char c : std::string("DIMM_A1\0Vendor\0", 15))
    bytes.push_back(static_cast<std::uint8_t>(c));
  bytes.push_back(0);
  return bytes;
}

/// Type 17 of SMBIOS 2.8 (40 bytes): size at 0x0C, type at 0x12, extended size at 0x1C.
Bytes memory_device(std::uint16_t size, std::uint8_t type, std::uint32_t extended_mib = 0) {
  Bytes body(36, 0);
  body[0x0C - 4] = static_cast<std::uint8_t>(size);
  body[0x0D - 4] = static_cast<std::uint8_t>(size >> 8);
  body[0x12 - 4] = type;
  for (std::size_t byte = 0; byte < 4; ++byte)
    body[0x1C - 4 + byte] = static_cast<std::uint8_t>(extended_mib >> (8 * byte));
  return structure(17, body);
}

Bytes table_of(std::initializer_list<Bytes> structures) {
  Bytes table;
  for (const Bytes& one : structures) table.insert(table.end(), one.begin(), one.end());
  const Bytes end{127, 4, 0xff, 0xfe, 0, 0};
  table.insert(table.end(), end.begin(), end.end());
  return table;
}

const Bytes& server() {
  static const Bytes table =
      table_of({structure(1, Bytes(23, 1)), memory_device(0x7FFF, kDdr4, 65536),
                memory_device(0, 0x02),  // an empty socket
                memory_device(16384, kDdr5), structure(4, Bytes(44, 9))});
  return table;
}

std::string text_of(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST(SmbiosModules, AreThoseThatArePluggedIn) {
  const auto modules = modules_in(server());
  ASSERT_TRUE(modules);
  ASSERT_EQ(modules->size(), 2u);
  EXPECT_EQ((*modules)[0].size_mib, 65536u);
  EXPECT_EQ((*modules)[0].type, "DDR4");
  EXPECT_EQ((*modules)[1].size_mib, 16384u);
  EXPECT_EQ((*modules)[1].type, "DDR5");
}

TEST(SmbiosModules, SizesInEveryForm) {
  const auto size = [](const Bytes& device) {
    const auto modules = modules_in(table_of({device}));
    return modules->empty() ? 0 : modules->front().size_mib;
  };
  EXPECT_EQ(size(memory_device(0x8000 | 2048, kDdr4)), 2u) << "in KiB";
  EXPECT_EQ(size(memory_device(0x8000, kDdr4)), 0u);
  EXPECT_EQ(size(memory_device(0x8001, kDdr4)), 1u) << "something is there";
  EXPECT_EQ(size(memory_device(0xFFFF, kDdr4)), 1u) << "a size that is not known";
  EXPECT_EQ(size(memory_device(0x7FFF, kDdr4, 0x80020000u)), 0x20000u);
}

TEST(SmbiosModules, OtherKindsHaveNoType) {
  const auto modules = modules_in(table_of({memory_device(4096, kPlainRam)}));
  ASSERT_EQ(modules->size(), 1u);
  EXPECT_EQ(modules->front().type, "");
}

TEST(SmbiosModules, ATableCutOffAnywhereIsNone) {
  // Ends before the structure "end of table" is whole, which needs its four bytes.
  for (std::size_t size = 0; size + 2 < server().size(); ++size) {
    const Bytes cut(server().begin(), server().begin() + static_cast<std::ptrdiff_t>(size));
    // Of exactly its own size, so that a sanitizer sees any step beyond.
    EXPECT_FALSE(modules_in(std::vector<std::uint8_t>(cut))) << size;
  }
  EXPECT_TRUE(modules_in(server()));
}

TEST(SmbiosModules, DamagedTablesNeitherCrashNorInventMany) {
  std::mt19937 random(7);
  for (int round = 0; round < 50'000; ++round) {
    Bytes table = server();
    for (int hits = 1 + static_cast<int>(random() % 8); hits > 0; --hits)
      table[random() % table.size()] = static_cast<std::uint8_t>(random());
    if (round % 3 == 0) table.resize(random() % table.size());
    const auto modules = modules_in(table);
    EXPECT_LE(modules ? modules->size() : 0, 5u);
  }
}

TEST(EdacModules, DimmsAndRanks) {
  const Tree tree;
  const std::string mc = "sys/devices/system/edac/mc/mc0/";
  tree.write(mc + "dimm0/size", "32768\n");
  tree.write(mc + "dimm0/dimm_mem_type", "Registered-DDR4\n");
  tree.write(mc + "dimm1/size", "0\n");
  tree.write(mc + "dimm2/size", "garbage\n");
  tree.write(mc + "dimm3/size", "1024\n");
  tree.write(mc + "dimm3/dimm_mem_type", "Low-Power-DDR3-RAM\n");
  auto found = edac_modules(tree.at("sys"));
  EXPECT_FALSE(found.only_ranks);
  ASSERT_EQ(found.modules.size(), 2u);
  EXPECT_EQ(found.modules[0].type + found.modules[1].type, "DDR4");
  tree.write("sys/devices/system/edac/mc/mc1/rank0/size", "16384\n");
  EXPECT_TRUE(edac_modules(tree.at("sys")).only_ranks);
  EXPECT_TRUE(edac_modules(tree.at("none")).modules.empty());
}

TEST(Dimm, SaysThatItIsAnEstimateAndHowFarOff) {
  const FakeClock clock;
  const Tree tree;
  tree.write(kTable, text_of(server()));
  const Discovery found = kBackend.discover(tree.environment(clock));
  ASSERT_NE(found.source, nullptr) << found.absent;
  const auto signal = signal_of(found.source->signals(), "dimm:dram");
  EXPECT_EQ(signal.domain, Domain::kDram);
  EXPECT_EQ(signal.provenance, Provenance::kEstimated);
  EXPECT_DOUBLE_EQ(signal.relative_error, 0.6);
  EXPECT_EQ(signal.device, "2 memory modules");
  EXPECT_TRUE(signal.readable);
}

TEST(Dimm, FiveWattsForEachModule) {
  FakeClock clock;
  const Tree tree;
  tree.write(kTable, text_of(server()));
  const Discovery found = kBackend.discover(tree.environment(clock));
  FakeSink sink;
  found.source->sample(sink);
  clock.now_ns += 100'000 * kSecond - clock.tick_ns;  // more than a day
  found.source->sample(sink);
  ASSERT_EQ(sink.readings[0].size(), 2u);
  const auto energy_uj = sink.readings[0][1].raw - sink.readings[0][0].raw;
  EXPECT_EQ(energy_uj, 2u * 5u * 1'000'000u * std::uint64_t{100'000});
}

TEST(Dimm, EdacWhereThereIsNoTable) {
  const FakeClock clock;
  const Tree tree;
  const std::string mc = "sys/devices/system/edac/mc/mc0/";
  tree.write(mc + "dimm0/size", "32768\n");
  tree.write(mc + "dimm0/dimm_mem_type", "Registered-DDR5\n");
  const Discovery found = kBackend.discover(tree.environment(clock));
  ASSERT_NE(found.source, nullptr);
  EXPECT_EQ(found.source->signals()[0].device, "1 memory modules");
}

TEST(Dimm, NothingIsEstimatedFromWhatIsNotKnown) {
  const FakeClock clock;
  const Tree tree;
  EXPECT_NE(kBackend.discover(tree.environment(clock)).absent.find("no memory modules"),
            std::string::npos);
  tree.write(kTable, text_of(table_of({memory_device(4096, kPlainRam)})));
  const Discovery vm = kBackend.discover(tree.environment(clock));
  EXPECT_EQ(vm.source, nullptr);
  EXPECT_NE(vm.absent.find("no figure"), std::string::npos) << vm.absent;
  tree.write(kTable, text_of(server()).substr(0, 70));
  const Discovery damaged = kBackend.discover(tree.environment(clock));
  ASSERT_NE(damaged.source, nullptr);
  EXPECT_FALSE(damaged.source->signals()[0].readable);
  EXPECT_NE(damaged.source->signals()[0].reason.find("damaged"), std::string::npos);
  FakeSink sink;
  damaged.source->sample(sink);
  EXPECT_TRUE(sink.readings.empty());
}

TEST(Dimm, ATableForRootOnlyIsExplained) {
  const FakeClock clock;
  const Tree tree;
  tree.write(kTable, text_of(server()));
  tree.write("sys/devices/system/edac/mc/mc0/rank0/size", "16384\n");
  std::filesystem::permissions(tree.at(kTable), std::filesystem::perms::none);
  const int end = test::run_in_child([&] {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 10;
    const Discovery found = kBackend.discover(tree.environment(clock));
    if (found.source == nullptr) return 11;
    const auto signal = found.source->signals()[0];
    if (signal.readable || signal.provenance != Provenance::kAbsent) return 12;
    if (signal.reason.find("Permission denied; EDAC lists ranks") == std::string::npos) return 13;
    return signal.remedy.find("chmod 0440") != std::string::npos ? 0 : 14;
  });
  if (end == 10) GTEST_SKIP() << "root here may not become another user";
  EXPECT_EQ(end, 0);
}

}  // namespace
}  // namespace joulepath::sensors::dimm
