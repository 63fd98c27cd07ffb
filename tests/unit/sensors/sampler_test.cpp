// The sampler on whole machines: what counts on each, what the user's selection does,
// and how failures are counted.
#include "sensors/sampler/sampler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "sensors/sampler/selection.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

std::string counted(const Sampler& sampler) {
  std::string ids;
  for (const auto& row : sampler.sensors())
    if (row.signal.counted) ids += row.signal.id + " ";
  return ids;
}

std::string all(const Sampler& sampler) {
  std::string ids;
  for (const auto& row : sampler.sensors()) ids += row.signal.id + " ";
  return ids;
}

Sampler open_or_fail(const Environment& environment, std::string_view selection = {}) {
  auto sampler = Sampler::open(environment, selection);
  if (!sampler) {
    ADD_FAILURE() << sampler.error().message();
    std::abort();
  }
  return std::move(sampler).value();
}

TEST(SamplerOnNodes, TwoSocketsCountPackagesAndMemory) {
  const FakeClock clock;
  const Sampler sampler = open_or_fail(node("server-2s", clock));
  EXPECT_EQ(counted(sampler),
            "powercap:intel-rapl:0 powercap:intel-rapl:0:0 "
            "powercap:intel-rapl:1 powercap:intel-rapl:1:0 ");
  EXPECT_EQ(all(sampler), counted(sampler)) << "no estimate beside sensors";
}

TEST(SamplerOnNodes, FourDiesAndNoPsys) {
  const FakeClock clock;
  const Sampler sampler = open_or_fail(node("server-2s2d", clock));
  EXPECT_EQ(counted(sampler),
            "powercap:intel-rapl:8 powercap:intel-rapl:8:0 powercap:intel-rapl:a "
            "powercap:intel-rapl:a:0 powercap:intel-rapl:c powercap:intel-rapl:c:0 "
            "powercap:intel-rapl:e powercap:intel-rapl:e:0 ");
  EXPECT_EQ(signal_of(sampler, "powercap:intel-rapl:f").excluded_by, "powercap:intel-rapl:d")
      << "psys-1 twice";
  EXPECT_NE(signal_of(sampler, "powercap:intel-rapl:9").reason.find("contains the packages"),
            std::string::npos);
}

TEST(SamplerOnNodes, OfPsysZonesAloneOneCounts) {
  const FakeClock clock;
  const Sampler sampler = open_or_fail(node("server-2s2d", clock), "psys");
  EXPECT_EQ(counted(sampler), "powercap:intel-rapl:9 ");
}

TEST(SamplerOnNodes, LaptopCountsItsPackageOnce) {
  const FakeClock clock;
  const Sampler sampler = open_or_fail(node("laptop-mmio", clock));
  EXPECT_EQ(counted(sampler), "powercap:intel-rapl:0 ");
  EXPECT_EQ(sampler.sensors().size(), 5u);
  EXPECT_EQ(signal_of(sampler, "powercap:intel-rapl-mmio:0").excluded_by, "powercap:intel-rapl:0");
  EXPECT_EQ(signal_of(sampler, "powercap:intel-rapl:0:1").contained_in, "powercap:intel-rapl:0");
}

TEST(SamplerOnNodes, MmioCountsWhereItIsTheOnlyOne) {
  const FakeClock clock;
  const Tree tree;
  tree.zone("intel-rapl-mmio:0", "package-0", "1\n");
  EXPECT_EQ(counted(open_or_fail(tree.environment(clock))), "powercap:intel-rapl-mmio:0 ");
}

/// Each backend that is not here has a note, too: their number says nothing.
bool has_note_of(const Sampler& sampler, std::string_view backend) {
  for (const BackendNote& note : sampler.notes())
    if (note.backend == backend) return true;
  return false;
}

TEST(SamplerOnNodes, VirtualMachineIsEstimated) {
  const FakeClock clock;
  Sampler sampler = open_or_fail(node("no-powercap", clock));
  EXPECT_EQ(counted(sampler), "estimate:package-0 estimate:package-1 estimate:dram ");
  EXPECT_TRUE(has_note_of(sampler, "powercap"));
  EXPECT_FALSE(has_note_of(sampler, "estimate"));
  FakeSink sink;
  sampler.sample(sink);
  EXPECT_EQ(sink.readings.size(), 3u);
}

TEST(SamplerOnNodes, EstimateIsNotSampledBesideSensors) {
  const FakeClock clock;
  Sampler sampler = open_or_fail(node("server-2s", clock));
  FakeSink sink;
  sampler.sample(sink);
  EXPECT_EQ(sink.readings.size(), 4u);
  EXPECT_TRUE(has_note_of(sampler, "estimate"));
  EXPECT_FALSE(has_note_of(sampler, "powercap"));
}

TEST(SamplerOnNodes, ZonesThatCannotBeReadAreListedBesideTheEstimate) {
  const FakeClock clock;
  const Tree tree;
  tree.zone("intel-rapl:0", "package-0", "1\n");
  tree.remove("sys/class/powercap/intel-rapl:0/energy_uj");
  tree.write("proc/stat", "cpu0 0 0 0 0\n");
  tree.write("proc/meminfo", "MemTotal: 2 kB\nMemAvailable: 1 kB\n");
  const Sampler sampler = open_or_fail(tree.environment(clock));
  EXPECT_EQ(all(sampler), "powercap:intel-rapl:0 estimate:package-0 estimate:dram ");
  EXPECT_EQ(counted(sampler), "estimate:package-0 estimate:dram ");
  const auto zone = signal_of(sampler, "powercap:intel-rapl:0");
  EXPECT_FALSE(zone.readable);
  EXPECT_NE(zone.reason, "");
  EXPECT_EQ(zone.excluded_by, "");
}

TEST(SamplerSelection, ByBackendDomainAndId) {
  const FakeClock clock;
  const Environment server = node("server-2s", clock);
  EXPECT_EQ(all(open_or_fail(server, "powercap, !dram")),
            "powercap:intel-rapl:0 powercap:intel-rapl:1 ");
  EXPECT_EQ(all(open_or_fail(server, "!dram")), "powercap:intel-rapl:0 powercap:intel-rapl:1 ");
  EXPECT_EQ(all(open_or_fail(server, "powercap:intel-rapl:1,dram")),
            "powercap:intel-rapl:0:0 powercap:intel-rapl:1 powercap:intel-rapl:1:0 ");
  EXPECT_EQ(counted(open_or_fail(server, "estimate")),
            "estimate:package-0 estimate:package-1 estimate:dram ");
  EXPECT_EQ(all(open_or_fail(server, "gpu")), "");
}

TEST(SamplerSelection, ByDeviceAndByTheAliasOfRapl) {
  const FakeClock clock;
  const Environment server = node("server-2s", clock);
  EXPECT_EQ(all(open_or_fail(server, "rapl")), all(open_or_fail(server, "powercap")));
  EXPECT_EQ(all(open_or_fail(server, "rapl,!package-1/dram")),
            "powercap:intel-rapl:0 powercap:intel-rapl:1 powercap:intel-rapl:1:0 ");
  EXPECT_EQ(counted(open_or_fail(server, "package-0")), "powercap:intel-rapl:1 ");
  EXPECT_EQ(counted(open_or_fail(server, "!rapl")),
            "estimate:package-0 estimate:package-1 estimate:dram ");
}

TEST(SamplerSelection, ByPciAddressAndUuid) {
  Candidate card;
  card.signal.pci = "0000:81:00.0";
  card.signal.uuid = "GPU-1";
  card.signal.source = "nvml";
  for (const char* text : {"0000:81:00.0", "GPU-1", "nvml", "rapl,GPU-1"})
    EXPECT_TRUE(Selection::parse(text)->takes(card.signal)) << text;
  for (const char* text : {"!0000:81:00.0", "!GPU-1", "rapl", "0000:82:00.0"})
    EXPECT_FALSE(Selection::parse(text)->takes(card.signal)) << text;
  EXPECT_TRUE(Selection::parse("GPU-1")->check({}, {&card, 1}));
  EXPECT_FALSE(Selection::parse("GPU-2")->check({}, {&card, 1}));
}

TEST(SamplerSelection, WithoutPackagesMemoryIsStillCountedOnce) {
  const FakeClock clock;
  const Sampler sampler = open_or_fail(node("server-2s", clock), "!package");
  EXPECT_EQ(counted(sampler), "powercap:intel-rapl:0:0 powercap:intel-rapl:1:0 ");
}

TEST(SamplerSelection, AnUnknownNameIsNamedWithTheValidOnes) {
  const FakeClock clock;
  const auto sampler = Sampler::open(node("server-2s", clock), "powercap,!drum");
  ASSERT_FALSE(sampler);
  EXPECT_EQ(sampler.error().code, base::Errc::kUsage);
  const std::string message = sampler.error().message();
  for (const char* part : {"'drum'", "powercap", "estimate", "rapl (powercap, perf, msr)", "dram",
                           "package-0/dram", "powercap:intel-rapl:1:0"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(SamplerSelection, EmptyNamesAreRefused) {
  const FakeClock clock;
  for (const char* odd : {",", "powercap,", "!", ",dram", "powercap,,dram"})
    EXPECT_FALSE(Sampler::open(node("server-2s", clock), odd)) << odd;
  EXPECT_TRUE(Sampler::open(node("server-2s", clock), "  "));
}

TEST(Sampler, AnImpossibleModelIsAnError) {
  const FakeClock clock;
  Environment environment = node("no-powercap", clock);
  environment.estimate_model.min_w_per_cpu = 9;
  const auto sampler = Sampler::open(environment);
  ASSERT_FALSE(sampler);
  EXPECT_EQ(sampler.error().code, base::Errc::kUsage);
}

TEST(Sampler, KeysAreIndicesAlsoWhenSensorsAreLeftOut) {
  const FakeClock clock;
  Sampler sampler = open_or_fail(node("server-2s", clock), "!powercap:intel-rapl:0");
  FakeSink sink;
  sampler.sample(sink);
  ASSERT_EQ(sampler.sensors().size(), 3u);
  for (std::size_t at = 0; at < 3; ++at) EXPECT_EQ(sampler.sensors()[at].sensor, at);
  ASSERT_EQ(sink.readings.size(), 3u);
  EXPECT_EQ(sampler.sensors()[1].signal.id, "powercap:intel-rapl:1");
  EXPECT_EQ(sink.readings[1][0].raw, 100000000000u);
}

TEST(Sampler, CountsReadingsFailuresAndAnomaliesBySensor) {
  const FakeClock clock;
  const Tree tree;
  tree.zone("intel-rapl:0", "package-0", "1000\n");
  tree.zone("intel-rapl:1", "package-1", "1000\n");
  Sampler sampler = open_or_fail(tree.environment(clock));
  FakeSink sink;
  const char* energy = "sys/class/powercap/intel-rapl:1/energy_uj";
  sampler.sample(sink);
  tree.write(energy, "garbage\n");
  sampler.sample(sink);
  tree.write(energy, "999\n");  // back by one: handed on, and counted
  sampler.sample(sink);
  tree.write(energy, "262143328911\n");  // no value of this counter
  sampler.sample(sink);
  const SensorHealth healthy = sampler.health()[0];
  EXPECT_EQ(healthy.readings, 4u);
  EXPECT_EQ(healthy.failures + healthy.anomalies, 0u);
  const SensorHealth ill = sampler.health()[1];
  EXPECT_EQ(ill.readings, 2u);
  EXPECT_EQ(ill.failures, 2u);
  EXPECT_EQ(ill.last_errno, ERANGE);
  EXPECT_EQ(ill.anomalies, 1u);
  EXPECT_EQ(ill.last_anomaly, record::StepKind::kBackward);
  EXPECT_EQ(sink.failures[1], (std::vector<int>{EBADMSG, ERANGE}));
  EXPECT_EQ(sink.readings[1].size(), 2u);
}

TEST(Backends, HaveNamesOfTheirOwnAndAtMostOneFallback) {
  const auto backends = all_backends();
  std::vector<std::string_view> names;
  for (const Backend& backend : backends) {
    EXPECT_FALSE(backend.name.empty());
    EXPECT_FALSE(backend.summary.empty());
    EXPECT_NE(backend.discover, nullptr);
    EXPECT_FALSE(record::domain_from(backend.name)) << "a selection could not tell them apart";
    names.push_back(backend.name);
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
  EXPECT_LE(std::count_if(backends.begin(), backends.end(),
                          [](const Backend& backend) { return backend.fallback; }),
            1);
}

/// Backends that count how often they are asked, and find nothing.
int asked_rapl = 0;
int asked_slow = 0;
constexpr std::array kAskedBackends{Backend{"powercap", "", 1, false,
                                            [](const Environment&) {
                                              ++asked_rapl;
                                              return Discovery{};
                                            }},
                                    Backend{"ipmi", "", 1, false, [](const Environment&) {
                                              ++asked_slow;
                                              return Discovery{};
                                            }}};

TEST(SamplerSelection, ABackendThatCannotBeChosenIsNotAsked) {
  const FakeClock clock;
  const Tree tree;
  const auto asked = [&](std::string_view selection) {
    asked_rapl = asked_slow = 0;
    (void)Sampler::open(tree.environment(clock), selection, kAskedBackends);
    return std::pair(asked_rapl, asked_slow);
  };
  EXPECT_EQ(asked(""), std::pair(1, 1));
  EXPECT_EQ(asked("powercap"), std::pair(1, 0));
  EXPECT_EQ(asked("rapl"), std::pair(1, 0));
  EXPECT_EQ(asked("rapl,!dram"), std::pair(1, 0));
  EXPECT_EQ(asked("ipmi"), std::pair(0, 1));
  EXPECT_EQ(asked("!ipmi"), std::pair(1, 0));
  EXPECT_EQ(asked("!rapl"), std::pair(0, 1));
  EXPECT_EQ(asked("powercap:intel-rapl:0"), std::pair(1, 0));
  EXPECT_EQ(asked("node"), std::pair(1, 1)) << "a domain may be anyone's";
  EXPECT_EQ(asked("0000:81:00.0"), std::pair(1, 1));
  EXPECT_EQ(asked("powercap,!ipmi:node"), std::pair(1, 1)) << "is there such a sensor?";
}

}  // namespace
}  // namespace joulepath::sensors
