// AMD's libraries as tables of functions that answer what the test says.
#include "sensors/rocm/rocm.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>
#include <cstring>

#include "core/record/counter.hpp"
#include "sensors/sampler/choice.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors::rocm {
namespace {

struct FakeGpu {
  std::uint64_t bdf = 0xc100;
  std::uint16_t id = 0x74a1;  // MI300X
  int energy_status = 0;
  std::uint64_t counts = 1000;
  float resolution = 15.3f;
  std::uint64_t timestamp_ns = 0;
  int power_status = 2;
  std::uint64_t power_uw = 120'000'000;
};
struct FakeDriver {
  std::vector<FakeGpu> gpus;
  int init_status = 0;
  int sessions = 0;
};
FakeDriver driver;  // functions of C have no other way to their state

int init(std::uint64_t) {
  if (driver.init_status == 0) ++driver.sessions;
  return driver.init_status;
}
int shut_down() {
  --driver.sessions;
  return 0;
}
int energy(const FakeGpu& gpu, std::uint64_t* counts, float* resolution, std::uint64_t* at_ns) {
  *counts = gpu.counts;
  *resolution = gpu.resolution;
  *at_ns = gpu.timestamp_ns;
  return gpu.energy_status;
}

RocmSmiFunctions rocm_smi() {
  RocmSmiFunctions table;
  table.init = init;
  table.shut_down = shut_down;
  table.count = [](std::uint32_t* count) {
    *count = static_cast<std::uint32_t>(driver.gpus.size());
    return 0;
  };
  table.pci_id = [](std::uint32_t at, std::uint64_t* bdf) {
    *bdf = driver.gpus.at(at).bdf;
    return 0;
  };
  table.device_id = [](std::uint32_t at, std::uint16_t* id) {
    *id = driver.gpus.at(at).id;
    return 0;
  };
  table.name = [](std::uint32_t, char* text, std::size_t size) {
    std::strncpy(text, "Instinct", size);
    return 0;
  };
  table.energy = [](std::uint32_t at, std::uint64_t* counts, float* resolution,
                    std::uint64_t* at_ns) {
    return energy(driver.gpus.at(at), counts, resolution, at_ns);
  };
  table.power = [](std::uint32_t at, std::uint32_t, std::uint64_t* power_uw) {
    *power_uw = driver.gpus.at(at).power_uw;
    return driver.gpus.at(at).power_status;
  };
  return table;
}

FakeGpu& gpu_of(void* handle) {
  return *static_cast<FakeGpu*>(handle);
}

/// Each GPU in a socket of its own.
AmdSmiFunctions amd_smi() {
  AmdSmiFunctions table;
  table.init = [](std::uint64_t flags) { return flags == 2 ? init(flags) : 1; };
  table.shut_down = shut_down;
  table.sockets = [](std::uint32_t* count, void** out) {
    if (out != nullptr)
      for (std::size_t at = 0; at < driver.gpus.size(); ++at) out[at] = &driver.gpus[at];
    *count = static_cast<std::uint32_t>(driver.gpus.size());
    return 0;
  };
  table.processors = [](void* socket, std::uint32_t* count, void** out) {
    if (out != nullptr) out[0] = socket;
    *count = 1;
    return 0;
  };
  table.pci_id = [](void* gpu, std::uint64_t* bdf) {
    *bdf = gpu_of(gpu).bdf;
    return 0;
  };
  table.device_id = [](void* gpu, std::uint16_t* id) {
    *id = gpu_of(gpu).id;
    return 0;
  };
  table.energy = [](void* gpu, std::uint64_t* counts, float* resolution, std::uint64_t* at_ns) {
    return energy(gpu_of(gpu), counts, resolution, at_ns);
  };
  return table;
}

class Rocm : public ::testing::Test {
 protected:
  void SetUp() override {
    driver = {};
    driver.gpus.emplace_back();
  }
  template <class Functions>
  Discovery find(const Functions& functions) {
    auto smi = start(functions);
    if (!smi) {
      ADD_FAILURE() << smi.error().message();
      return {};
    }
    return discover_with(*std::move(smi), clock, BackgroundSource::Rounds::kByHand);
  }
  Discovery find() { return find(rocm_smi()); }
  /// Reads once more; the readings are in `sink`.
  void read(const Discovery& found) {
    clock.now_ns += 20 * kMs;
    static_cast<BackgroundSource&>(*found.source).round();
    found.source->sample(sink);
  }
  FakeClock clock;
  FakeSink sink;
};

TEST_F(Rocm, EnergyOfACard) {
  const Discovery found = find();
  ASSERT_NE(found.source, nullptr);
  ASSERT_EQ(found.source->signals().size(), 1u);
  const record::Signal& signal = found.source->signals()[0];
  EXPECT_EQ(signal.id, "rocm:0000:c1:00.0");
  EXPECT_EQ(signal.pci, "0000:c1:00.0");
  EXPECT_EQ(signal.device, "Instinct");
  EXPECT_EQ(signal.source, "rocm");
  EXPECT_EQ(signal.domain, record::Domain::kGpu);
  EXPECT_EQ(signal.kind, record::Kind::kEnergy);
  EXPECT_EQ(signal.provenance, record::Provenance::kMeasured);
  EXPECT_EQ(signal.unit, "15.3 uJ");
  EXPECT_NEAR(signal.si_per_unit, 15.3e-6, 1e-11);
  EXPECT_EQ(signal.modulus, 0u);
  EXPECT_TRUE(signal.readable);
  driver.gpus[0].counts = 4321;
  read(found);
  ASSERT_EQ(sink.readings[0].size(), 1u);
  EXPECT_EQ(sink.readings[0][0].raw, 4321u);
}

TEST_F(Rocm, EndsWhatItBegan) {
  {
    const Discovery found = find();
    EXPECT_EQ(driver.sessions, 1);
  }
  EXPECT_EQ(driver.sessions, 0);
}

TEST_F(Rocm, AddressesOfTheWholeForm) {
  driver.gpus[0].bdf = 0x0000'0001'f000'83d5ull;  // domain 1, partition 15
  EXPECT_EQ(find().source->signals()[0].pci, "0001:83:1a.5");
}

TEST_F(Rocm, BothLibrariesCallACardTheSame) {
  const Discovery older = find(rocm_smi());
  const Discovery newer = find(amd_smi());
  ASSERT_NE(newer.source, nullptr);
  EXPECT_EQ(newer.source->signals()[0].id, older.source->signals()[0].id);
  EXPECT_EQ(newer.source->signals()[0].pci, older.source->signals()[0].pci);
  driver.gpus[0].counts = 77;
  read(newer);
  EXPECT_EQ(sink.readings[0].back().raw, 77u);
}

TEST_F(Rocm, ALibraryThatDoesNotStart) {
  driver.init_status = 8;
  const auto smi = start(rocm_smi());
  ASSERT_FALSE(smi);
  EXPECT_NE(smi.error().message().find("status 8"), std::string::npos);
  EXPECT_EQ(driver.sessions, 0);
}

TEST_F(Rocm, TheSecondDieIsInTheFirst) {
  for (const std::uint16_t id : {std::uint16_t{0x7408}, std::uint16_t{0x740c}})
    for (const int status : {0, 2}) {
      driver.gpus = {{.bdf = 0xc900,
                      .id = id,
                      .energy_status = status,
                      .counts = 0,
                      .power_status = 0,
                      .power_uw = 0},
                     {.bdf = 0xc100, .id = id}};
      const Discovery found = find();
      ASSERT_EQ(found.source->signals().size(), 2u);
      const record::Signal& first = found.source->signals()[0];
      const record::Signal& second = found.source->signals()[1];
      EXPECT_TRUE(first.readable);
      EXPECT_EQ(first.contained_in, "");
      EXPECT_EQ(second.id, "rocm:0000:c9:00.0");
      EXPECT_FALSE(second.readable);
      EXPECT_EQ(second.contained_in, first.id);
      EXPECT_NE(second.reason.find("first die"), std::string::npos);
      read(found);
      EXPECT_TRUE(sink.readings[1].empty()) << "never read";
      std::vector<Candidate> candidates{{first, &kBackend}, {second, &kBackend}};
      choose(candidates);
      EXPECT_TRUE(candidates[0].signal.counted);
      EXPECT_FALSE(candidates[1].signal.counted);
    }
}

TEST_F(Rocm, DiesOfTwoCardsAreNotMixed) {
  driver.gpus = {{.bdf = 0x100, .id = 0x7408},
                 {.bdf = 0x200, .id = 0x7408, .counts = 0},
                 {.bdf = 0x300, .id = 0x7408},
                 {.bdf = 0x400, .id = 0x7408, .counts = 0},
                 {.bdf = 0x500, .id = 0x7408, .counts = 0}};
  const Discovery found = find();
  const auto signals = found.source->signals();
  EXPECT_EQ(signals[1].contained_in, signals[0].id);
  EXPECT_EQ(signals[3].contained_in, signals[2].id);
  EXPECT_EQ(signals[4].contained_in, "") << "its first die is not known";
  EXPECT_FALSE(signals[4].readable);
}

TEST_F(Rocm, NoCountIsUnknownAndNotZero) {
  driver.gpus[0].counts = 0;  // a card of one die
  const record::Signal signal = find().source->signals()[0];
  EXPECT_FALSE(signal.readable);
  EXPECT_FALSE(signal.reason.empty());
}

TEST_F(Rocm, PowerWhereThereIsNoEnergy) {
  driver.gpus[0].energy_status = 2;
  driver.gpus[0].power_status = 0;
  const Discovery found = find();
  const record::Signal& signal = found.source->signals()[0];
  EXPECT_EQ(signal.kind, record::Kind::kPowerAveraged);
  EXPECT_EQ(signal.provenance, record::Provenance::kDeviceAveraged);
  EXPECT_EQ(signal.unit, "uW");
  EXPECT_DOUBLE_EQ(signal.si_per_unit, 1e-6);
  read(found);
  EXPECT_EQ(sink.readings[0].back().raw, 120'000'000u);
}

TEST_F(Rocm, AResolutionThatCanNotBeIsNone) {
  for (const float odd : {0.0f, -1.0f, NAN}) {
    driver.gpus[0].resolution = odd;
    EXPECT_FALSE(find().source->signals()[0].readable) << odd;
  }
}

TEST_F(Rocm, RefusedIsListedWithTheReason) {
  driver.gpus[0].energy_status = 4;
  driver.gpus[0].power_status = 4;
  const record::Signal signal = find().source->signals()[0];
  EXPECT_FALSE(signal.readable);
  EXPECT_NE(signal.reason.find("Permission denied"), std::string::npos) << signal.reason;
  EXPECT_FALSE(signal.remedy.empty());
}

TEST_F(Rocm, PartitionsOfAGpuAreOneGpu) {
  driver.gpus = {{.bdf = 0xc100}, {.bdf = 0x1000'c100}, {.bdf = 0x2000'c100}};
  EXPECT_EQ(find().source->signals().size(), 1u);
}

TEST_F(Rocm, ACounterThatGoesBackIsNoEnergy) {
  driver.gpus[0].counts = 5'000'000;
  const Discovery found = find();
  found.source->sample(sink);
  driver.gpus[0].counts = 4'000'000;
  read(found);
  driver.gpus[0].counts = 4'000'100;
  read(found);
  ASSERT_EQ(sink.readings[0].size(), 3u);
  record::Counter counter(record::limits_of(found.source->signals()[0]));
  counter.advance(sink.readings[0][0]);
  EXPECT_EQ(counter.advance(sink.readings[0][1]).kind, record::StepKind::kBackward);
  EXPECT_TRUE(counter.advance(sink.readings[0][2]).exact());
  EXPECT_EQ(counter.total(), 100u);
}

TEST_F(Rocm, ACounterThatLeapsIsNoEnergy) {
  const Discovery found = find();
  found.source->sample(sink);
  driver.gpus[0].counts += std::uint64_t{1} << 32;  // 65 kJ in 20 ms
  read(found);
  record::Counter counter(record::limits_of(found.source->signals()[0]));
  counter.advance(sink.readings[0][0]);
  EXPECT_EQ(counter.advance(sink.readings[0][1]).kind, record::StepKind::kJump);
  EXPECT_EQ(counter.total(), 0u);
}

TEST_F(Rocm, AStuckCounterIsSaidToBe) {
  driver.gpus[0].timestamp_ns = 1000;
  const Discovery found = find();
  found.source->sample(sink);
  for (int round = 0; round < 150; ++round) read(found);  // 3 s
  EXPECT_EQ(sink.readings[0].size(), 1u) << "the same value is no new reading";
  EXPECT_FALSE(sink.failures[0].empty());
  EXPECT_EQ(sink.failures[0][0], ETIMEDOUT);
}

TEST_F(Rocm, ZeroAndAllBitsAreFailures) {
  const Discovery found = find();
  found.source->sample(sink);
  for (const std::uint64_t none : {std::uint64_t{0}, UINT64_MAX}) {
    driver.gpus[0].counts = none;
    read(found);
  }
  EXPECT_EQ(sink.readings[0].size(), 1u);
  EXPECT_EQ(sink.failures[0], (std::vector{ENODATA, ENODATA}));
}

}  // namespace
}  // namespace joulepath::sensors::rocm
