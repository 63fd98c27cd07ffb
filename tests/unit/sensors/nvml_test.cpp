// NVML as a table of functions that answer what the test says.
#include "sensors/nvml/nvml.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/record/counter.hpp"
#include "sensors/nvml/users.hpp"
#include "sensors/sampler/choice.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors::nvml {
namespace {

using record::Domain;
using record::Kind;

struct FakeGpu {
  std::string uuid = "GPU-1";
  std::string name = "NVIDIA V100";
  unsigned bus = 0x81;
  unsigned device_id = 0x1db4;
  std::uint32_t architecture = 5;
  unsigned long long energy_mj = 1000;
  int energy_code = kSuccess;
  int instant_code = kNotSupported;
  int average_code = kNotSupported;
  int module_code = kNotSupported;
  int usage_code = kNotSupported;
  unsigned power_mw = 250'000;
  unsigned mig = 0;
  int uuid_code = kSuccess;
  std::vector<ProcessInfo> processes = {};
  std::vector<ProcessInfo> mps_processes = {};
  int processes_code = kSuccess;
  std::vector<ProcessSample> samples = {};
  int samples_code = kSuccess;
};

struct FakeDriver {
  std::vector<FakeGpu> gpus;
  int init_code = kSuccess;
  int sessions = 0;
  std::uint32_t value_type = 1;
};
FakeDriver driver;  // functions of C have no other way to their state

FakeGpu& gpu_of(Device device) {
  return driver.gpus.at(reinterpret_cast<std::size_t>(device) - 1);
}
Device handle_of(std::size_t index) {
  return reinterpret_cast<Device>(index + 1);
}

int field_values(Device device, int count, FieldValue* values) {
  const FakeGpu& gpu = gpu_of(device);
  for (int at = 0; at < count; ++at) {
    FieldValue& entry = values[at];
    entry.result = entry.scope_id == kScopeModule    ? gpu.module_code
                   : entry.field_id == kPowerInstant ? gpu.instant_code
                                                     : gpu.average_code;
    entry.value_type = driver.value_type;
    if (driver.value_type == 0)
      entry.value.as_double = -1.0;
    else if (driver.value_type == 3)
      entry.value.as_ull = gpu.power_mw;
    else
      entry.value.as_uint = gpu.power_mw;
  }
  return kSuccess;
}

/// As NVML fills an array of `*count` entries.
template <class Entry>
int give(const std::vector<Entry>& all, unsigned* count, Entry* entries) {
  const auto room = static_cast<std::size_t>(*count);
  *count = static_cast<unsigned>(all.size());
  if (all.size() > room) return kInsufficientSize;
  std::copy(all.begin(), all.end(), entries);
  return kSuccess;
}

Library library() {
  Library table;
  table.compute_processes = [](Device device, unsigned* count, ProcessInfo* entries) {
    const FakeGpu& gpu = gpu_of(device);
    return gpu.processes_code != kSuccess ? gpu.processes_code
                                          : give(gpu.processes, count, entries);
  };
  table.mps_processes = [](Device device, unsigned* count, ProcessInfo* entries) {
    return give(gpu_of(device).mps_processes, count, entries);
  };
  table.process_utilization = [](Device device, ProcessSample* entries, unsigned* count,
                                 unsigned long long since_us) -> int {
    const FakeGpu& gpu = gpu_of(device);
    if (gpu.samples_code != kSuccess) return gpu.samples_code;
    std::vector<ProcessSample> newer;
    for (const ProcessSample& sample : gpu.samples)
      if (sample.timestamp_us > since_us) newer.push_back(sample);
    return newer.empty() ? kNotFound : give(newer, count, entries);
  };
  table.init = [] {
    if (driver.init_code == kSuccess) ++driver.sessions;
    return driver.init_code;
  };
  table.shutdown = [] {
    --driver.sessions;
    return 0;
  };
  table.error_string = [](int code) { return code == kGpuIsLost ? "GPU is lost" : "as said"; };
  table.count = [](unsigned* count) {
    *count = static_cast<unsigned>(driver.gpus.size());
    return 0;
  };
  table.handle_by_index = [](unsigned index, Device* device) {
    *device = handle_of(index);
    return 0;
  };
  table.handle_by_uuid = [](const char* uuid, Device* device) -> int {
    for (std::size_t at = 0; at < driver.gpus.size(); ++at) {
      if (driver.gpus[at].uuid != uuid) continue;
      *device = handle_of(at);
      return kSuccess;
    }
    return kNotFound;
  };
  table.name = [](Device device, char* text, unsigned size) {
    std::strncpy(text, gpu_of(device).name.c_str(), size);
    return 0;
  };
  table.uuid = [](Device device, char* text, unsigned size) {
    std::strncpy(text, gpu_of(device).uuid.c_str(), size);
    return gpu_of(device).uuid_code;
  };
  table.pci_info = [](Device device, PciInfo* info) {
    info->bus = gpu_of(device).bus;
    info->pci_device_id = gpu_of(device).device_id << 16 | 0x10de;
    return 0;
  };
  table.architecture = [](Device device, std::uint32_t* architecture) {
    *architecture = gpu_of(device).architecture;
    return 0;
  };
  table.total_energy = [](Device device, unsigned long long* energy_mj) {
    *energy_mj = gpu_of(device).energy_mj;
    return gpu_of(device).energy_code;
  };
  table.power_usage = [](Device device, unsigned* power_mw) {
    *power_mw = gpu_of(device).power_mw;
    return gpu_of(device).usage_code;
  };
  table.field_values = field_values;
  table.mig_mode = [](Device device, unsigned* now, unsigned* next) {
    *now = *next = gpu_of(device).mig;
    return 0;
  };
  return table;
}

class Nvml : public ::testing::Test {
 protected:
  void SetUp() override {
    driver = {};
    driver.gpus.emplace_back();
  }
  Discovery find() { return discover_with(library(), clock, BackgroundSource::Rounds::kByHand); }
  /// The one signal of the one GPU.
  record::Signal only() {
    const Discovery found = find();
    if (found.source == nullptr || found.source->signals().size() != 1) {
      ADD_FAILURE() << found.absent;
      return {};
    }
    return found.source->signals()[0];
  }
  FakeClock clock;
  FakeSink sink;
};

TEST_F(Nvml, EnergyOfACard) {
  const record::Signal signal = only();
  EXPECT_EQ(signal.id, "nvml:GPU-1");
  EXPECT_EQ(signal.uuid, "GPU-1");
  EXPECT_EQ(signal.pci, "0000:81:00.0");
  EXPECT_EQ(signal.device, "NVIDIA V100");
  EXPECT_EQ(signal.source, "nvml");
  EXPECT_EQ(signal.domain, Domain::kGpu);
  EXPECT_EQ(signal.kind, Kind::kEnergy);
  EXPECT_EQ(signal.provenance, record::Provenance::kMeasured);
  EXPECT_EQ(signal.unit, "mJ");
  EXPECT_DOUBLE_EQ(signal.si_per_unit, 1e-3);
  EXPECT_EQ(signal.modulus, 0u);
  EXPECT_EQ(signal.update_period_ns, 100 * kMs);
  EXPECT_DOUBLE_EQ(signal.sampled_share, 1.0);
  EXPECT_TRUE(signal.readable);
}

TEST_F(Nvml, ReadsMillijoules) {
  const Discovery found = find();
  driver.gpus[0].energy_mj = 0x1'0000'0005ull;
  static_cast<BackgroundSource&>(*found.source).round();
  found.source->sample(sink);
  ASSERT_EQ(sink.readings[0].size(), 1u);
  EXPECT_EQ(sink.readings[0][0].raw, 0x1'0000'0005ull);
}

TEST_F(Nvml, EndsWhatItBegan) {
  {
    const Discovery found = find();
    EXPECT_EQ(driver.sessions, 1);
  }
  EXPECT_EQ(driver.sessions, 0);
  driver.gpus.clear();
  EXPECT_EQ(find().absent, "the NVIDIA driver shows no GPU");
  EXPECT_EQ(driver.sessions, 0);
}

TEST_F(Nvml, NoDriver) {
  driver.init_code = kDriverNotLoaded;
  const Discovery found = find();
  EXPECT_EQ(found.source, nullptr);
  EXPECT_EQ(found.absent, "the NVIDIA driver is not loaded (as said (NVML error 9))");
  EXPECT_EQ(driver.sessions, 0);
}

TEST_F(Nvml, PowerWhereThereIsNoEnergy) {
  FakeGpu& gpu = driver.gpus[0];
  gpu = {.name = "NVIDIA A100-SXM4-40GB",
         .device_id = 0x20b0,
         .architecture = 7,
         .energy_code = kNotSupported,
         .instant_code = kSuccess};
  record::Signal signal = only();
  EXPECT_EQ(signal.kind, Kind::kPower);
  EXPECT_EQ(signal.unit, "mW");
  EXPECT_DOUBLE_EQ(signal.si_per_unit, 1e-3);
  EXPECT_DOUBLE_EQ(signal.sampled_share, 0.25);
  EXPECT_EQ(signal.averaging_ns, 0);

  gpu.instant_code = kNotSupported;  // in the entry only: the call itself succeeds
  gpu.average_code = kSuccess;
  signal = only();
  EXPECT_EQ(signal.kind, Kind::kPowerAveraged);
  EXPECT_EQ(signal.provenance, record::Provenance::kDeviceAveraged);
  EXPECT_EQ(signal.averaging_ns, kSecond);

  gpu.average_code = kNotSupported;
  gpu.usage_code = kSuccess;
  EXPECT_EQ(only().kind, Kind::kPower) << "GA100 is not averaged";

  gpu.device_id = 0x2230;
  gpu.name = "NVIDIA RTX A6000";
  signal = only();
  EXPECT_EQ(signal.kind, Kind::kPowerAveraged) << "other Ampere is";
  EXPECT_EQ(signal.averaging_ns, kSecond);
  EXPECT_DOUBLE_EQ(signal.sampled_share, 1.0);

  gpu.architecture = 6;
  EXPECT_EQ(only().kind, Kind::kPower) << "Turing is not";
}

TEST_F(Nvml, SampledShareIsOfTheModelNamed) {
  FakeGpu& gpu = driver.gpus[0];
  gpu.energy_code = kNotSupported;
  gpu.instant_code = kSuccess;
  for (const auto& [name, share] : {std::pair{"NVIDIA H100 PCIe", 0.25},
                                    {"NVIDIA A100", 0.25},
                                    {"NVIDIA RTX A1000", 1.0},
                                    {"NVIDIA GH100X", 1.0}}) {
    gpu.name = name;
    EXPECT_DOUBLE_EQ(only().sampled_share, share) << name;
  }
}

TEST_F(Nvml, FieldsOfEveryTypeThatCanBeAPower) {
  FakeGpu& gpu = driver.gpus[0];
  gpu.energy_code = kNotSupported;
  gpu.instant_code = kSuccess;
  driver.value_type = 3;
  const Discovery found = find();
  found.source->sample(sink);
  ASSERT_EQ(sink.readings[0].size(), 1u);
  EXPECT_EQ(sink.readings[0][0].raw, 250'000u);
  driver.value_type = 0;  // -1.0
  EXPECT_FALSE(only().readable);
  driver.value_type = 9;
  EXPECT_FALSE(only().readable);
}

TEST_F(Nvml, ModuleOfGraceAndHopper) {
  driver.gpus[0].name = "NVIDIA GH200 480GB";
  EXPECT_EQ(only().domain, Domain::kModule);
  driver.gpus[0] = {.module_code = kSuccess};
  EXPECT_EQ(only().domain, Domain::kModule);
  // With no energy, the power of the same scope.
  driver.gpus[0].energy_code = kNotSupported;
  const record::Signal signal = only();
  EXPECT_EQ(signal.domain, Domain::kModule);
  EXPECT_TRUE(signal.readable);
}

TEST_F(Nvml, RefusedIsListedWithTheReason) {
  driver.gpus[0].energy_code = kNoPermission;
  record::Signal signal = only();
  EXPECT_FALSE(signal.readable);
  EXPECT_EQ(signal.provenance, record::Provenance::kAbsent);
  EXPECT_NE(signal.reason.find("NVML error 4"), std::string::npos) << signal.reason;
  EXPECT_FALSE(signal.remedy.empty());
  driver.gpus[0].energy_code = kNotSupported;
  signal = only();
  EXPECT_FALSE(signal.readable);
  EXPECT_NE(signal.reason.find("NVML error 3"), std::string::npos) << signal.reason;
  EXPECT_TRUE(signal.remedy.empty());
}

TEST_F(Nvml, AnOldLibraryLacksFunctions) {
  Library old = library();
  old.total_energy = nullptr;
  old.field_values = nullptr;
  old.mig_mode = nullptr;
  old.architecture = nullptr;
  driver.gpus[0].usage_code = kSuccess;
  const Discovery found = discover_with(old, clock, BackgroundSource::Rounds::kByHand);
  ASSERT_NE(found.source, nullptr);
  const record::Signal& signal = found.source->signals()[0];
  EXPECT_TRUE(signal.readable);
  EXPECT_EQ(signal.kind, Kind::kPowerAveraged) << "not known whether it is: then it is";
  EXPECT_EQ(signal.averaging_ns, 0) << "nor over what time";
}

TEST_F(Nvml, MigIsTheWholeCardAndSaysSo) {
  driver.gpus[0].mig = 1;
  const Discovery found = find();
  EXPECT_EQ(found.source->signals().size(), 1u);
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_NE(found.notes[0].find("MIG"), std::string::npos);
}

TEST_F(Nvml, SignalsAreInTheOrderOfTheBus) {
  driver.gpus[0].bus = 0xc1;
  driver.gpus.push_back({.uuid = "GPU-2", .bus = 0x0a});
  Discovery found = find();
  ASSERT_EQ(found.source->signals().size(), 2u);
  EXPECT_EQ(found.source->signals()[0].uuid, "GPU-2");
  EXPECT_EQ(found.source->signals()[0].pci, "0000:0a:00.0");
  std::swap(driver.gpus[0], driver.gpus[1]);
  EXPECT_EQ(find().source->signals()[0].uuid, "GPU-2");
}

TEST_F(Nvml, AGpuThatDoesNotSayWhoItIsIsLeftOut) {
  driver.gpus.push_back({.uuid = "GPU-2", .bus = 3, .uuid_code = kGpuIsLost});
  const Discovery found = find();
  EXPECT_EQ(found.source->signals().size(), 1u);
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_NE(found.notes[0].find("GPU is lost"), std::string::npos);
}

TEST_F(Nvml, ALostGpuIsAFailureAndIsFoundAgainByUuid) {
  driver.gpus.push_back({.uuid = "GPU-2", .bus = 0x90, .energy_mj = 7});
  const Discovery found = find();
  auto& source = static_cast<BackgroundSource&>(*found.source);
  source.sample(sink);
  EXPECT_EQ(sink.readings[1][0].raw, 7u);
  driver.gpus[1].energy_code = kGpuIsLost;
  source.round();
  source.sample(sink);
  EXPECT_EQ(sink.failures[1], std::vector{ENODEV});
  EXPECT_EQ(sink.readings[0].size(), 2u);
  // It comes back, first in the driver's order; its old handle is another card's now.
  driver.gpus[1].energy_code = kSuccess;
  driver.gpus[1].energy_mj = 9;
  driver.gpus[0].energy_code = kGpuIsLost;  // whoever still has that handle
  std::swap(driver.gpus[0], driver.gpus[1]);
  sink.clear();
  for (int round = 0; round < 60; ++round) {
    source.round();
    source.sample(sink);
  }
  ASSERT_FALSE(sink.readings[1].empty());
  EXPECT_EQ(sink.readings[1].back().raw, 9u);
}

TEST_F(Nvml, ACounterThatGoesBackIsNoEnergy) {
  const Discovery found = find();
  auto& source = static_cast<BackgroundSource&>(*found.source);
  source.sample(sink);
  clock.now_ns += kSecond;
  driver.gpus[0].energy_mj = 3;  // the driver was loaded anew
  source.round();
  source.sample(sink);
  record::Counter counter(record::limits_of(found.source->signals()[0]));
  counter.advance(sink.readings[0][0]);
  EXPECT_EQ(counter.advance(sink.readings[0][1]).kind, record::StepKind::kBackward);
  EXPECT_EQ(counter.total(), 0u);
}

TEST_F(Nvml, IsNotAskedForAnotherMachine) {
  const Discovery found = kBackend.discover(node("server-2s", clock));
  EXPECT_EQ(found.source, nullptr);
  EXPECT_NE(found.absent.find("not asked"), std::string::npos) << found.absent;
}

/// What a look at the only card tells, as "pid:permille ...".
std::string users_text(CardUsers& card) {
  std::vector<GpuUser> users;
  if (!card.look(library(), handle_of(0), users)) return "not told";
  std::string text;
  for (const GpuUser& user : users)
    text += (text.empty() ? "" : " ") + std::to_string(user.pid) + ":" +
            std::to_string(user.busy_permille);
  return text;
}

class NvmlUsers : public ::testing::Test {
 protected:
  NvmlUsers() {
    driver = {};
    driver.gpus.emplace_back();
  }
  FakeGpu& gpu() { return driver.gpus.front(); }
  CardUsers card_;
};

TEST_F(NvmlUsers, EachOnceWithTheMeanOfItsNewSamples) {
  gpu().processes = {{30, 0, 0, 0}, {10, 0, 0, 0}};
  gpu().mps_processes = {{20, 0, 0, 0}, {10, 0, 0, 0}};
  gpu().samples = {{10, 1000, 40, 0, 0, 0}, {10, 1100, 61, 0, 0, 0}, {20, 1100, 100, 0, 0, 0}};
  EXPECT_EQ(users_text(card_), "10:505 20:1000 30:0");
  gpu().samples.push_back({30, 1200, 7, 0, 0, 0});
  EXPECT_EQ(users_text(card_), "10:0 20:0 30:70") << "older samples count once";
  EXPECT_EQ(users_text(card_), "10:0 20:0 30:0") << "none since: nobody did anything";
}

TEST_F(NvmlUsers, AnEmptyCardIsToldAsEmpty) {
  EXPECT_EQ(users_text(card_), "");
}

TEST_F(NvmlUsers, HowBusyMayNotBeTold) {
  gpu().processes = {{10, 0, 0, 0}};
  gpu().samples_code = kNotSupported;
  EXPECT_EQ(users_text(card_), "10:-1");
}

TEST_F(NvmlUsers, ARefusedListIsNoEmptyOne) {
  gpu().processes_code = kNoPermission;
  EXPECT_EQ(users_text(card_), "not told");
}

TEST_F(NvmlUsers, ManyProcesses) {
  for (unsigned pid = 1; pid <= 100; ++pid) gpu().processes.push_back({pid, 0, 0, 0});
  std::vector<GpuUser> users;
  EXPECT_TRUE(card_.look(library(), handle_of(0), users));
  EXPECT_EQ(users.size(), 100u);
}

}  // namespace
}  // namespace joulepath::sensors::nvml
