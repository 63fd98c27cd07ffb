// Level Zero as a table of functions that answer what the test says.
#include "sensors/levelzero/levelzero.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "core/record/counter.hpp"
#include "sensors/sampler/choice.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors::levelzero {
namespace {

struct FakeDomain {
  std::uint32_t level = kUnknownDomain;
  int tile = -1;
  std::uint64_t energy_uj = 1000;
  std::uint64_t at_us = 5'000'000;
  std::uint32_t code = kSuccess;
};
struct FakeGpu {
  std::uint32_t bus = 0x4d;
  std::vector<FakeDomain> domains{1};
  int card = -1;  ///< which zesDeviceGetCardPowerDomain gives
  std::uint32_t type = kGpuType;
  bool knows_levels = true;
};
struct FakeDriver {
  std::vector<FakeGpu> gpus;
  std::uint32_t init_code = kSuccess;
  std::string sysman;  ///< ZES_ENABLE_SYSMAN during zeInit
  int inits = 0;
  int sysman_inits = 0;
  std::uint32_t sysman_code = kSuccess;
};
FakeDriver driver;  // functions of C have no other way to their state

FakeGpu& gpu_of(Device device) {
  return *static_cast<FakeGpu*>(device);
}
FakeDomain& domain_of(Power power) {
  return *static_cast<FakeDomain*>(power);
}

std::uint32_t drivers(std::uint32_t* count, Driver* out) {
  if (out != nullptr) out[0] = &driver;
  *count = 1;
  return kSuccess;
}
std::uint32_t devices(Driver, std::uint32_t* count, Device* out) {
  if (out != nullptr)
    for (std::size_t at = 0; at < driver.gpus.size(); ++at) out[at] = &driver.gpus[at];
  *count = static_cast<std::uint32_t>(driver.gpus.size());
  return kSuccess;
}

Library library() {
  Library table;
  table.core_init = [](std::uint32_t) {
    ++driver.inits;
    const char* sysman = std::getenv("ZES_ENABLE_SYSMAN");
    driver.sysman = sysman != nullptr ? sysman : "";
    return driver.init_code;
  };
  table.core_drivers = drivers;
  table.core_devices = devices;
  table.properties = [](Device device, DeviceProperties* properties) -> std::uint32_t {
    properties->core.type = gpu_of(device).type;
    std::strcpy(properties->core.name, "Intel Max 1550");
    properties->core.uuid[0] = 0x86;
    properties->core.uuid[15] = 0x01;
    return kSuccess;
  };
  table.pci = [](Device device, PciProperties* pci) -> std::uint32_t {
    pci->bus = gpu_of(device).bus;
    return kSuccess;
  };
  table.power_domains = [](Device device, std::uint32_t* count, Power* out) -> std::uint32_t {
    auto& domains = gpu_of(device).domains;
    if (out != nullptr)
      for (std::size_t at = 0; at < domains.size(); ++at) out[at] = &domains[at];
    *count = static_cast<std::uint32_t>(domains.size());
    return kSuccess;
  };
  table.card_power_domain = [](Device device, Power* out) -> std::uint32_t {
    FakeGpu& gpu = gpu_of(device);
    if (gpu.card < 0) return kUnsupportedFeature;
    *out = &gpu.domains[static_cast<std::size_t>(gpu.card)];
    return kSuccess;
  };
  table.power_properties = [](Power power, PowerProperties* properties) -> std::uint32_t {
    const FakeDomain& domain = domain_of(power);
    properties->on_subdevice = domain.tile >= 0 ? 1 : 0;
    properties->subdevice_id = domain.tile >= 0 ? static_cast<std::uint32_t>(domain.tile) : 0;
    if (properties->next != nullptr && driver.gpus[0].knows_levels)
      static_cast<PowerExtProperties*>(properties->next)->domain = domain.level;
    return kSuccess;
  };
  table.energy = [](Power power, EnergyCounter* counter) -> std::uint32_t {
    *counter = {domain_of(power).energy_uj, domain_of(power).at_us};
    return domain_of(power).code;
  };
  return table;
}

class LevelZero : public ::testing::Test {
 protected:
  void SetUp() override {
    ::unsetenv("ZE_AFFINITY_MASK");
    ::unsetenv("ZES_ENABLE_SYSMAN");
    driver = {};
    driver.gpus.emplace_back();
  }
  void TearDown() override { ::unsetenv("ZE_AFFINITY_MASK"); }
  Discovery find() { return discover_with(library(), clock, BackgroundSource::Rounds::kByHand); }
  /// "id<container ", or "id " for what is in nothing; "id? " for what has no known scope.
  std::string tree(const Discovery& found) {
    std::string text;
    if (found.source == nullptr) return found.absent;
    for (const record::Signal& signal : found.source->signals()) {
      text += signal.id.substr(signal.id.find("4d:00.0"));
      if (signal.domain == record::Domain::kOther) text += "?";
      if (!signal.contained_in.empty())
        text += "<" + signal.contained_in.substr(signal.contained_in.find("4d:00.0"));
      text += " ";
    }
    return text;
  }
  FakeClock clock;
  FakeSink sink;
};

TEST_F(LevelZero, OneCard) {
  const Discovery found = find();
  ASSERT_NE(found.source, nullptr);
  ASSERT_EQ(found.source->signals().size(), 1u);
  const record::Signal& signal = found.source->signals()[0];
  EXPECT_EQ(signal.id, "levelzero:0000:4d:00.0");
  EXPECT_EQ(signal.pci, "0000:4d:00.0");
  EXPECT_EQ(signal.uuid, "86000000-0000-0000-0000-000000000001");
  EXPECT_EQ(signal.device, "Intel Max 1550");
  EXPECT_EQ(signal.source, "levelzero");
  EXPECT_EQ(signal.domain, record::Domain::kGpu);
  EXPECT_EQ(signal.kind, record::Kind::kEnergy);
  EXPECT_EQ(signal.unit, "uJ");
  EXPECT_DOUBLE_EQ(signal.si_per_unit, 1e-6);
  EXPECT_EQ(signal.modulus, 0u);
  EXPECT_TRUE(signal.readable);
}

TEST_F(LevelZero, OldLoadersNeedSysmanEnabledForAMoment) {
  find();
  EXPECT_EQ(driver.sysman, "1");
  EXPECT_EQ(std::getenv("ZES_ENABLE_SYSMAN"), nullptr) << "programs that we start inherit it";
  ::setenv("ZES_ENABLE_SYSMAN", "0", 1);
  find();
  EXPECT_EQ(driver.sysman, "1");
  EXPECT_STREQ(std::getenv("ZES_ENABLE_SYSMAN"), "0");
}

TEST_F(LevelZero, NewLoadersDoWithout) {
  Library table = library();
  table.sysman_init = [](std::uint32_t) {
    ++driver.sysman_inits;
    return driver.sysman_code;
  };
  table.sysman_drivers = drivers;
  table.sysman_devices = devices;
  Discovery found = discover_with(table, clock, BackgroundSource::Rounds::kByHand);
  EXPECT_NE(found.source, nullptr);
  EXPECT_EQ(driver.sysman_inits, 1);
  EXPECT_EQ(driver.inits, 0);
  // A new loader above an old driver.
  driver.sysman_code = kUninitialized;
  found = discover_with(table, clock, BackgroundSource::Rounds::kByHand);
  EXPECT_NE(found.source, nullptr);
  EXPECT_EQ(driver.inits, 1);
}

TEST_F(LevelZero, TilesAreParts) {
  driver.gpus[0].domains = {{kStack, 0}, {kStack, 1}, {kCard}, {kPackage}};
  EXPECT_EQ(tree(find()),
            "4d:00.0 4d:00.0/tile1<4d:00.0 4d:00.0/tile0<4d:00.0 4d:00.0/package<4d:00.0 ");
}

TEST_F(LevelZero, PartsHaveNoAddressOfTheirOwn) {
  driver.gpus[0].domains = {{kCard}, {kStack, 0}};
  const Discovery found = find();
  EXPECT_EQ(found.source->signals()[1].pci, "");
  EXPECT_EQ(found.source->signals()[1].device, "Intel Max 1550 0000:4d:00.0 tile0");
}

TEST_F(LevelZero, DriversThatDoNotSayTheLevel) {
  driver.gpus[0].knows_levels = false;
  driver.gpus[0].domains = {{kCard}, {kStack, 0}, {kStack, 1}};
  EXPECT_EQ(tree(find()), "4d:00.0 4d:00.0/tile0<4d:00.0 4d:00.0/tile1<4d:00.0 ");
  // Two on no tile, and no one says which contains which: neither is added.
  driver.gpus[0].domains = {{kCard}, {kPackage}};
  EXPECT_EQ(tree(find()), "4d:00.0/domain0-0? 4d:00.0/domain0-1? ");
  driver.gpus[0].card = 1;
  EXPECT_EQ(tree(find()), "4d:00.0 4d:00.0/domain0-0?<4d:00.0 ");
}

TEST_F(LevelZero, TilesWithoutACardStandForThemselves) {
  driver.gpus[0].domains = {{kStack, 0}, {kStack, 1}};
  EXPECT_EQ(tree(find()), "4d:00.0/tile0 4d:00.0/tile1 ");
}

TEST_F(LevelZero, TilesThatAreDevicesAreTheSameCard) {
  driver.gpus = {{.bus = 0x9a}, {}, {}};  // ZE_FLAT_DEVICE_HIERARCHY=FLAT
  const Discovery found = find();
  ASSERT_EQ(found.source->signals().size(), 2u);
  EXPECT_EQ(found.source->signals()[0].pci, "0000:4d:00.0");
  EXPECT_EQ(found.source->signals()[1].pci, "0000:9a:00.0");
}

/// Ids of what counts, from the first letter that tells them apart.
std::string counted(const Discovery& found) {
  std::vector<Candidate> candidates;
  for (const record::Signal& signal : found.source->signals())
    candidates.push_back({signal, &kBackend});
  choose(candidates);
  std::string text;
  for (const Candidate& one : candidates)
    if (one.signal.counted) text += one.signal.id.substr(one.signal.id.find("4d:00.0")) + " ";
  return text;
}

TEST_F(LevelZero, ACardCountsOnceAndItsTilesOnlyWithoutIt) {
  driver.gpus[0].domains = {{kCard}, {kStack, 0}, {kStack, 1}, {kPackage}};
  EXPECT_EQ(counted(find()), "4d:00.0 ");
  driver.gpus[0].domains = {{kCard}, {kStack, 0}, {kStack, 1}};
  driver.gpus[0].domains[0].code = kInsufficientPermissions;
  EXPECT_EQ(counted(find()), "4d:00.0/tile0 4d:00.0/tile1 ");
  driver.gpus[0].knows_levels = false;
  driver.gpus[0].domains = {{kCard}, {kPackage}};
  EXPECT_EQ(counted(find()), "");
}

TEST_F(LevelZero, OtherDevicesAreNotListed) {
  driver.gpus[0].type = 4;  // a neural processor
  const Discovery found = find();
  EXPECT_EQ(found.source, nullptr);
  EXPECT_EQ(found.absent, "no driver shows a GPU");
}

TEST_F(LevelZero, NoDriver) {
  driver.init_code = kUninitialized;
  const Discovery found = find();
  EXPECT_EQ(found.source, nullptr);
  EXPECT_NE(found.absent.find("no driver was initialized"), std::string::npos) << found.absent;
}

TEST_F(LevelZero, RefusedIsListedWithTheReason) {
  driver.gpus[0].domains[0].code = kInsufficientPermissions;
  Discovery found = find();
  EXPECT_FALSE(found.source->signals()[0].readable);
  EXPECT_NE(found.source->signals()[0].reason.find("0x70010000"), std::string::npos);
  EXPECT_FALSE(found.source->signals()[0].remedy.empty());
  driver.gpus[0].domains[0].code = kUnsupportedFeature;
  found = find();
  EXPECT_FALSE(found.source->signals()[0].readable);
  EXPECT_TRUE(found.source->signals()[0].remedy.empty());
}

TEST_F(LevelZero, NoPowerDomainIsSaid) {
  driver.gpus[0].domains.clear();
  const Discovery found = find();
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_NE(found.notes[0].find("no power domain"), std::string::npos);
}

TEST_F(LevelZero, AMaskIsSaid) {
  ::setenv("ZE_AFFINITY_MASK", "0", 1);
  EXPECT_EQ(find().notes.size(), 1u);
}

TEST_F(LevelZero, TheDevicesStampSaysWhenAndWhetherItIsNew) {
  driver.gpus[0].domains[0].at_us = static_cast<std::uint64_t>(clock.now_ns / 1000);
  const Discovery found = find();
  auto& source = static_cast<BackgroundSource&>(*found.source);
  FakeDomain& domain = driver.gpus[0].domains[0];
  source.sample(sink);
  clock.now_ns += 50 * kMs;
  source.round();  // the same stamp: the same value
  source.sample(sink);
  EXPECT_EQ(sink.readings[0].size(), 1u);
  for (int round = 0; round < 60; ++round) {  // its clock is learnt in a second
    domain.at_us = static_cast<std::uint64_t>(clock.now_ns / 1000);
    source.round();
    source.sample(sink);
    clock.now_ns += 20 * kMs;
  }
  clock.now_ns += 50 * kMs;
  domain.at_us = static_cast<std::uint64_t>((clock.now_ns - 40 * kMs) / 1000);
  domain.energy_uj = 2000;
  const std::int64_t called = clock.now_ns;
  source.round();
  source.sample(sink);
  ASSERT_EQ(sink.readings[0].size(), 62u);
  const record::Reading& taken = sink.readings[0].back();
  EXPECT_EQ(taken.raw, 2000u);
  EXPECT_NEAR(static_cast<double>(taken.t_hi_ns), static_cast<double>(called - 40 * kMs), 1e5);
}

TEST_F(LevelZero, ALostDeviceIsAFailure) {
  const Discovery found = find();
  auto& source = static_cast<BackgroundSource&>(*found.source);
  source.sample(sink);
  FakeDomain& domain = driver.gpus[0].domains[0];
  domain.code = kDeviceLost;
  source.round();
  source.sample(sink);
  EXPECT_EQ(sink.failures[0], std::vector{ENODEV});
  domain = {.energy_uj = 10, .at_us = 100};  // back, and counting anew
  clock.now_ns += kSecond;
  source.round();
  source.sample(sink);
  ASSERT_EQ(sink.readings[0].size(), 2u);
  record::Counter counter(record::limits_of(found.source->signals()[0]));
  counter.advance(sink.readings[0][0]);
  EXPECT_EQ(counter.advance(sink.readings[0][1]).kind, record::StepKind::kBackward);
  EXPECT_EQ(counter.total(), 0u);
}

}  // namespace
}  // namespace joulepath::sensors::levelzero
