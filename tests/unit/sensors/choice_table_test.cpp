// Machines as tables of signals, each with the set that counts on it. A row is
// "[-]source device domain socket [pci=..] [in=..] [uuid=..] [power]"; its id is
// "source:device"; "-" before it: not readable.
#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "sensors/sampler/choice.hpp"

namespace joulepath::sensors {
namespace {

const Backend& backend_called(const std::string& name) {
  // Closer to the hardware, or at a higher rate: above 50; coarser: below.
  static const std::map<std::string, int> kPriorities{
      {"perf", 60}, {"msr", 55},  {"powercap", 50},  {"cray", 40}, {"hwmon", 30},
      {"nvml", 50}, {"rocm", 50}, {"levelzero", 50}, {"ipmi", 10}, {"estimate", 0}};
  static std::list<std::string> names;
  static std::map<std::string, Backend> backends;
  const auto known = backends.find(name);
  if (known != backends.end()) return known->second;
  names.push_back(name);
  return backends
      .emplace(name, Backend{names.back(), "", kPriorities.at(name), name == "estimate", nullptr})
      .first->second;
}

Candidate candidate_of(const std::string& row) {
  std::istringstream words(row);
  std::string source;
  std::string domain;
  Candidate made;
  record::Signal& signal = made.signal;
  words >> source >> signal.device >> domain >> signal.socket;
  signal.readable = !source.starts_with('-');
  if (!signal.readable) {
    source.erase(0, 1);
    signal.reason = "refused";
  }
  signal.source = source;
  signal.id = source + ":" + signal.device;
  signal.domain = record::domain_from(domain).value();
  for (std::string word; words >> word;) {
    if (word == "power") signal.kind = record::Kind::kPower;
    if (word.starts_with("pci=")) signal.pci = word.substr(4);
    if (word.starts_with("uuid=")) signal.uuid = word.substr(5);
    if (word.starts_with("in=")) signal.contained_in = word.substr(3);
  }
  made.backend = &backend_called(source);
  return made;
}

struct Machine {
  const char* name;
  std::vector<const char*> signals;
  std::vector<const char*> counted;
};

const std::vector<Machine>& machines() {
  static const std::vector<Machine> kMachines{
      {"RaplBySeveralInterfaces",
       {"powercap package-0 package 0", "powercap package-0/dram dram 0",
        "perf socket0/pkg package 0", "perf socket0/ram dram 0", "msr cpu0/611 package 0",
        "msr cpu0/619 dram 0"},
       {"perf:socket0/pkg", "perf:socket0/ram"}},
      {"MmioRepeatsThePackage",
       {"powercap package-0 package 0", "-powercap mmio0 package 0"},
       {"powercap:package-0"}},
      {"DiesNamedDifferently",
       {"powercap package-0-die-0 package 0", "powercap package-0-die-1 package 0",
        "perf cpu0 package 0", "perf cpu16 package 0"},
       {"perf:cpu0", "perf:cpu16"}},
      {"OneFigureForASocketGivesWayToItsDies",
       {"powercap package-0-die-0 package 0", "powercap package-0-die-1 package 0",
        "perf cpu0 package 0"},
       {"powercap:package-0-die-0", "powercap:package-0-die-1"}},
      {"ADieThatCannotBeRead",
       {"powercap package-0-die-0 package 0", "-powercap package-0-die-1 package 0",
        "msr package-0-die-0 package 0", "msr package-0-die-1 package 0"},
       {"msr:package-0-die-0", "msr:package-0-die-1"}},
      {"ADieOfEachSource",
       {"powercap package-0-die-0 package 0", "-powercap package-0-die-1 package 0",
        "perf die1 package 0"},
       {"powercap:package-0-die-0", "perf:die1"}},
      {"PerfOpenedForOneSocketOnly",
       {"perf cpu0 package 0", "powercap package-0 package 0", "powercap package-1 package 1",
        "powercap package-1/dram dram 1"},
       {"perf:cpu0", "powercap:package-1", "powercap:package-1/dram"}},
      {"PerfRefusedOnOneSocket",
       {"perf cpu0 package 0", "-perf cpu8 package 1", "powercap package-0 package 0",
        "powercap package-1 package 1"},
       {"perf:cpu0", "powercap:package-1"}},
      {"NothingReadableOfRaplButTheSlowOne",
       {"-powercap package-0 package 0", "-perf cpu0 package 0", "hwmon Esocket0 package 0"},
       {"hwmon:Esocket0"}},
      {"PsysBesidePackages",
       {"powercap package-0 package 0", "powercap psys psys -1", "powercap psys-1 psys -1"},
       {"powercap:package-0"}},
      {"PsysForTheSocketThatIsRefused",
       {"powercap package-0 package 0", "-powercap package-1 package 1", "powercap psys psys -1"},
       {"powercap:psys"}},
      {"CoresOfAPackage",
       {"powercap package-0 package 0", "powercap package-0/core core 0 in=powercap:package-0",
        "msr core-0 core 0", "msr core-1 core 0"},
       {"powercap:package-0"}},
      {"CoresAloneOfOneSource",
       {"powercap package-0/core core 0", "msr core-0 core 0", "msr core-1 core 0"},
       {"msr:core-0", "msr:core-1"}},
      {"GraceHopperByPower",
       {"hwmon Module module 0 power", "hwmon Grace package 0 power in=hwmon:Module",
        "hwmon CPU package 0 power in=hwmon:Grace", "nvml GPU-1 module 0 pci=0009:01:00.0"},
       {"nvml:GPU-1"}},
      {"GraceHopperWithoutNvml",
       {"hwmon Module module 0 power", "hwmon Grace package 0 power in=hwmon:Module",
        "hwmon CPU package 0 power in=hwmon:Grace", "-nvml GPU-1 gpu -1 pci=0009:01:00.0"},
       {"hwmon:Module"}},
      {"GraceHopperWithAGpuFigureBesideTheModules",
       {"nvml GPU-1 module 0 pci=0009:01:00.0", "nvml GPU-2 module 1 pci=0019:01:00.0",
        "rocm g gpu -1", "hwmon Module0 module 0 power", "hwmon Module1 module 1 power"},
       {"nvml:GPU-1", "nvml:GPU-2"}},
      {"PackageThatIsSaidToBePartOfAModule",
       {"hwmon M0 module 0", "hwmon Grace package 0 in=hwmon:M0",
        "nvml g0 gpu -1 pci=0000:01:00.0"},
       {"hwmon:M0"}},
      {"PackageOfAModuleThatIsRefused",
       {"-hwmon M0 module 0", "hwmon Grace package 0 in=hwmon:M0",
        "nvml g0 gpu -1 pci=0000:01:00.0"},
       {"hwmon:Grace", "nvml:g0"}},
      {"TilesOfHalvesOfACard",
       {"levelzero t gpu -1 pci=0000:81:00.0 in=levelzero:h",
        "levelzero h gpu -1 pci=0000:81:00.0 in=levelzero:c", "levelzero c gpu -1 pci=0000:81:00.0",
        "powercap package-0 package 0"},
       {"levelzero:c", "powercap:package-0"}},
      {"TilesOfACardThatIsRefused",
       {"levelzero t0 gpu -1 pci=0000:81:00.0 in=levelzero:c",
        "levelzero t1 gpu -1 pci=0000:81:00.0 in=levelzero:c",
        "-levelzero c gpu -1 pci=0000:81:00.0"},
       {"levelzero:t0", "levelzero:t1"}},
      {"OneModuleInParts",
       {"hwmon M0 module 0", "hwmon M1 module 1", "powercap package-0 package 0",
        "nvml g0 gpu 0 pci=0000:01:00.0"},
       {"hwmon:M1", "powercap:package-0", "nvml:g0"}},
      {"NodeByIpmiBesideItsParts",
       {"ipmi dcmi node -1 power", "powercap package-0 package 0",
        "nvml g0 gpu -1 pci=0000:81:00.0"},
       {"powercap:package-0", "nvml:g0"}},
      {"NodeByIpmiAlone",
       {"ipmi dcmi node -1 power", "hwmon meter node -1 power"},
       {"hwmon:meter"}},
      {"PowerOfTheNodeWhereNothingElseCoversTheCpus",
       {"ipmi dcmi node -1 power", "-powercap package-0 package 0",
        "nvml g0 gpu -1 pci=0000:81:00.0"},
       {"ipmi:dcmi"}},
      {"PowerOfTheNodeBeforeAModel",
       {"ipmi dcmi node -1 power", "estimate package-0 package 0", "estimate dram dram -1"},
       {"ipmi:dcmi"}},
      {"CrayNodeContainsTheAccelerators",
       {"cray node node -1", "cray cpu package -1", "cray memory dram -1", "cray accel0 gpu -1",
        "cray accel1 gpu -1"},
       {"cray:cpu", "cray:memory", "cray:accel0", "cray:accel1"}},
      {"CrayPartsThatAreSaidToBePartsOfTheNode",
       {"cray node node -1", "cray cpu package -1 in=cray:node", "cray memory dram -1 in=cray:node",
        "cray accel0 gpu -1 in=cray:node"},
       {"cray:node"}},
      {"CrayPartsOfTheNodeBesideRapl",
       {"cray node node -1", "cray cpu package -1 in=cray:node", "cray memory dram -1 in=cray:node",
        "cray accel0 gpu -1 in=cray:node", "powercap package-0 package 0",
        "powercap package-1 package 1"},
       {"cray:memory", "cray:accel0", "powercap:package-0", "powercap:package-1"}},
      {"CrayNodeWhereAnAcceleratorIsMissing",
       {"cray node node -1", "cray cpu package -1", "cray memory dram -1", "cray accel0 gpu -1",
        "-cray accel1 gpu -1"},
       {"cray:node"}},
      {"CrayBesideRapl",
       {"cray node node -1", "cray cpu package -1", "cray memory dram -1",
        "powercap package-0 package 0", "powercap package-1 package 1"},
       {"cray:memory", "powercap:package-0", "powercap:package-1"}},
      {"CrayBesideRaplOfOneSocket",
       {"cray cpu package -1", "powercap package-0 package 0", "-powercap package-1 package 1"},
       {"cray:cpu"}},
      {"AcceleratorsOfUnknownAddress",
       {"cray accel0 gpu -1", "cray accel1 gpu -1", "nvml g0 gpu -1 pci=0000:01:00.0",
        "nvml g1 gpu -1 pci=0000:02:00.0"},
       {"nvml:g0", "nvml:g1"}},
      {"ThreeFiguresOfOneCard",
       {"hwmon amdgpu-0 gpu -1 pci=0000:c1:00.0 power", "rocm card0 gpu -1 pci=0000:c1:00.0",
        "hwmon xe-1 gpu -1 pci=0000:c2:00.0", "levelzero card1 gpu -1 pci=0000:c2:00.0"},
       {"rocm:card0", "levelzero:card1"}},
      {"HwmonWhereTheLibraryIsRefused",
       {"hwmon amdgpu-0 gpu -1 pci=0000:c1:00.0", "-rocm card0 gpu -1 pci=0000:c1:00.0"},
       {"hwmon:amdgpu-0"}},
      {"BothDiesOfAnMi250x",
       {"rocm die0 gpu -1 pci=0000:c1:00.0", "rocm die1 gpu -1 pci=0000:c6:00.0 in=rocm:die0"},
       {"rocm:die0"}},
      {"MigInstancesOfACard",
       {"nvml GPU-1 gpu -1 pci=0000:07:00.0 uuid=GPU-1",
        "nvml MIG-1 gpu -1 uuid=MIG-1 in=nvml:GPU-1", "nvml MIG-2 gpu -1 uuid=MIG-2 in=nvml:GPU-1"},
       {"nvml:GPU-1"}},
      {"TheCardAndItsChip",
       {"hwmon xe-energy1 gpu -1 pci=0000:03:00.0",
        "hwmon xe-energy2 gpu -1 pci=0000:03:00.0 in=hwmon:xe-energy1"},
       {"hwmon:xe-energy1"}},
      {"CounterBeforePowerOfOneCard",
       {"nvml g0.power gpu -1 pci=0000:81:00.0 power", "nvml g0 gpu -1 pci=0000:81:00.0"},
       {"nvml:g0"}},
      {"PsysMayContainCards",
       {"powercap psys psys -1", "nvml g0 gpu -1 pci=0000:01:00.0"},
       {"powercap:psys"}},
      {"EstimateForWhatNoSensorCovers",
       {"estimate package-0 package 0", "estimate dram dram -1", "nvml g0 gpu -1 pci=0000:01:00.0",
        "-powercap package-0 package 0"},
       {"estimate:package-0", "estimate:dram", "nvml:g0"}},
  };
  return kMachines;
}

class ChoiceTable : public testing::TestWithParam<Machine> {};

TEST_P(ChoiceTable, CountsEachJouleOnce) {
  std::vector<Candidate> candidates;
  for (const char* row : GetParam().signals) candidates.push_back(candidate_of(row));
  // Who comes first in the table decides between equals only.
  for (const bool backwards : {false, true}) {
    auto list = candidates;
    if (backwards) std::reverse(list.begin(), list.end());
    choose(list);
    std::set<std::string> counted;
    for (const Candidate& candidate : list) {
      const auto& signal = candidate.signal;
      if (signal.counted) counted.insert(signal.id);
      EXPECT_TRUE(signal.counted != !signal.reason.empty()) << signal.id << ": " << signal.reason;
      EXPECT_FALSE(signal.counted && !signal.excluded_by.empty()) << signal.id;
      EXPECT_FALSE(signal.counted && !signal.readable) << signal.id;
    }
    EXPECT_EQ(counted, std::set<std::string>(GetParam().counted.begin(), GetParam().counted.end()))
        << (backwards ? "backwards" : "");
  }
}

INSTANTIATE_TEST_SUITE_P(Machines, ChoiceTable, testing::ValuesIn(machines()),
                         [](const auto& made) { return std::string(made.param.name); });

}  // namespace
}  // namespace joulepath::sensors
