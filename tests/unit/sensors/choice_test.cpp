// No joule twice: what counts, what is part of what, and what is left out.
#include "sensors/sampler/choice.hpp"

#include <gtest/gtest.h>

#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

using record::Domain;

constexpr Backend kGood{"good", "", 50, false, nullptr};
constexpr Backend kPoor{"poor", "", 10, false, nullptr};
constexpr Backend kGuess{"guess", "", 90, true, nullptr};

Candidate make(const Backend& backend, std::string id, Domain domain, int socket = 0,
               std::string device = "d") {
  Candidate candidate;
  candidate.backend = &backend;
  candidate.signal.id = std::move(id);
  candidate.signal.domain = domain;
  candidate.signal.socket = socket;
  candidate.signal.device = std::move(device);
  candidate.signal.source = backend.name;
  candidate.signal.readable = true;
  return candidate;
}

Candidate unreadable(Candidate candidate) {
  candidate.signal.readable = false;
  candidate.signal.reason = "refused";
  return candidate;
}

/// Ids of what counts.
std::string counted(std::vector<Candidate>& candidates) {
  choose(candidates);
  std::string ids;
  for (const Candidate& candidate : candidates) {
    const auto& signal = candidate.signal;
    if (signal.counted) ids += signal.id + " ";
    EXPECT_TRUE(signal.counted != !signal.reason.empty()) << signal.id << " needs one of the two";
  }
  return ids;
}

TEST(Choice, TheHigherPriorityCountsWhateverTheOrder) {
  std::vector<Candidate> list{make(kPoor, "p", Domain::kPackage),
                              make(kGood, "g", Domain::kPackage)};
  EXPECT_EQ(counted(list), "g ");
  EXPECT_EQ(list[0].signal.excluded_by, "g");
}

TEST(Choice, AReadableSensorBeforeAPreferredOneThatIsNot) {
  std::vector<Candidate> list{unreadable(make(kGood, "g", Domain::kPackage)),
                              make(kPoor, "p", Domain::kPackage)};
  EXPECT_EQ(counted(list), "p ");
  EXPECT_EQ(list[0].signal.excluded_by, "p");
  EXPECT_EQ(list[0].signal.reason, "refused");
}

TEST(Choice, DiesOfOneSourceAddUpButNotWithAnotherSourcesSocket) {
  std::vector<Candidate> list{
      make(kGood, "die0", Domain::kPackage, 0, "a"), make(kGood, "die1", Domain::kPackage, 0, "b"),
      make(kPoor, "all0", Domain::kPackage, 0, "c"), make(kPoor, "all1", Domain::kPackage, 1, "c")};
  EXPECT_EQ(counted(list), "die0 die1 all1 ");
}

TEST(Choice, OneSourcesRepeatOfADeviceIsTheSameDevice) {
  std::vector<Candidate> list{make(kGood, "rapl", Domain::kPackage, 0, "package-0"),
                              make(kGood, "mmio", Domain::kPackage, 0, "package-0")};
  EXPECT_EQ(counted(list), "rapl ");
  EXPECT_EQ(list[1].signal.excluded_by, "rapl");
}

TEST(Choice, PlatformOnlyWhereNoPackageIsReadable) {
  std::vector<Candidate> list{make(kGood, "psys", Domain::kPlatform, -1, "psys"),
                              make(kGood, "pkg", Domain::kPackage)};
  EXPECT_EQ(counted(list), "pkg ");
  std::vector<Candidate> alone{make(kGood, "psys", Domain::kPlatform, -1, "psys"),
                               make(kGood, "psys2", Domain::kPlatform, -1, "psys-1"),
                               unreadable(make(kGood, "pkg", Domain::kPackage)),
                               make(kGood, "dram", Domain::kDram),
                               make(kGood, "gpu", Domain::kGpu, -1)};
  EXPECT_EQ(counted(alone), "psys ") << "cards may draw from the platform's supply";
  EXPECT_EQ(alone[3].signal.contained_in, "psys");
}

TEST(Choice, NodeContainsAllModulesAddUp) {
  std::vector<Candidate> node{make(kGood, "node", Domain::kNode, -1),
                              make(kPoor, "node2", Domain::kNode, -1),
                              make(kGood, "gpu", Domain::kGpu, -1)};
  EXPECT_EQ(counted(node), "node ");
  EXPECT_EQ(node[1].signal.excluded_by, "node");
  EXPECT_EQ(node[2].signal.contained_in, "node");
  std::vector<Candidate> modules{make(kGood, "m0", Domain::kModule, 0),
                                 make(kGood, "m1", Domain::kModule, 1),
                                 make(kGood, "psys", Domain::kPlatform, -1)};
  EXPECT_EQ(counted(modules), "m0 m1 ");
}

TEST(Choice, CoresOnlyWhereTheirPackageWasNotSelected) {
  Candidate core = make(kGood, "core", Domain::kCore);
  core.signal.contained_in = "pkg";
  std::vector<Candidate> both{make(kGood, "pkg", Domain::kPackage), core};
  EXPECT_EQ(counted(both), "pkg ");
  EXPECT_EQ(both[1].signal.contained_in, "pkg");
  std::vector<Candidate> refused{unreadable(make(kGood, "pkg", Domain::kPackage)), core};
  EXPECT_EQ(counted(refused), "");
  std::vector<Candidate> alone{core};
  EXPECT_EQ(counted(alone), "core ");
  EXPECT_EQ(alone[0].signal.contained_in, "");
  std::vector<Candidate> in_psys{core, make(kGood, "psys", Domain::kPlatform, -1)};
  EXPECT_EQ(counted(in_psys), "psys ");
}

TEST(Choice, GpusAreOneByTheirPciAddress) {
  auto a = make(kGood, "a", Domain::kGpu, -1, "gpu0");
  auto b = make(kPoor, "b", Domain::kGpu, 0, "card1");
  auto c = make(kPoor, "c", Domain::kGpu, -1, "gpu0");
  a.signal.pci = b.signal.pci = "0000:81:00.0";
  c.signal.pci = "0000:82:00.0";
  std::vector<Candidate> list{a, b, c};
  EXPECT_EQ(counted(list), "a c ");
}

TEST(Choice, TwoThatSayTheyAreInEachOtherCountOnce) {
  std::vector<Candidate> loop{make(kGood, "x", Domain::kGpu, -1, "a"),
                              make(kGood, "y", Domain::kGpu, -1, "b")};
  loop[0].signal.contained_in = "y";
  loop[1].signal.contained_in = "x";
  EXPECT_EQ(counted(loop), "x ");
}

TEST(Choice, ABackendKnowsItsOwnApart) {
  std::vector<Candidate> own{make(kGood, "p0", Domain::kPackage, 0, "a"),
                             make(kGood, "px", Domain::kPackage, -1, "b")};
  EXPECT_EQ(counted(own), "p0 px ");
}

TEST(Choice, AFallbackGivesWayByDomainAndHidesNoRefusal) {
  // Only memory has a sensor: the estimate's memory goes, its packages stay.
  std::vector<Candidate> list{
      make(kGuess, "gp", Domain::kPackage, 0), make(kGuess, "gd", Domain::kDram, -1),
      make(kGood, "d1", Domain::kDram, 1), unreadable(make(kGood, "p", Domain::kPackage, 0))};
  EXPECT_EQ(counted(list), "gp d1 ");
  EXPECT_EQ(list[1].signal.excluded_by, "d1");
  EXPECT_EQ(list[3].signal.excluded_by, "") << "the refusal is to be seen";
}

TEST(Choice, UnknownScopesNeverCount) {
  std::vector<Candidate> list{make(kGood, "x", Domain::kOther), make(kGood, "y", Domain::kOther)};
  EXPECT_EQ(counted(list), "");
  EXPECT_EQ(list[1].signal.excluded_by, "");
}

TEST(Choice, WhatCoversTheCpus) {
  EXPECT_FALSE(cpus_are_covered({}));
  const auto covers = [](const Candidate& candidate) { return cpus_are_covered({&candidate, 1}); };
  EXPECT_TRUE(covers(make(kGood, "x", Domain::kPackage)));
  EXPECT_TRUE(covers(make(kGood, "x", Domain::kNode)));
  EXPECT_TRUE(covers(make(kGood, "x", Domain::kPlatform)));
  EXPECT_FALSE(covers(make(kGood, "x", Domain::kGpu)));
  EXPECT_FALSE(covers(make(kGood, "x", Domain::kCore)));
  EXPECT_FALSE(covers(make(kGuess, "x", Domain::kPackage)));
  EXPECT_FALSE(covers(unreadable(make(kGood, "x", Domain::kPackage))));
}

/// A model beside sensors: no fallback, but an estimate.
Candidate model(std::string id, Domain domain) {
  Candidate candidate = make(kPoor, std::move(id), domain, -1, "16 modules");
  candidate.signal.provenance = record::Provenance::kEstimated;
  return candidate;
}

TEST(Choice, AModelOfTheMemoryCountsBesidePackagesOnly) {
  std::vector<Candidate> list{make(kGood, "p", Domain::kPackage), model("m", Domain::kDram)};
  EXPECT_EQ(counted(list), "p m ");
}

TEST(Choice, AModelOfTheMemoryGivesWayToACounterOfAnySocket) {
  std::vector<Candidate> list{model("m", Domain::kDram), make(kGood, "p", Domain::kPackage),
                              make(kGood, "d0", Domain::kDram, 0),
                              make(kGood, "d1", Domain::kDram, 1)};
  EXPECT_EQ(counted(list), "p d0 d1 ");
  EXPECT_EQ(list[0].signal.excluded_by, "d0");
}

TEST(Choice, AModelDoesNotHideACounterThatLacksPermission) {
  std::vector<Candidate> list{make(kGood, "p", Domain::kPackage), model("m", Domain::kDram),
                              unreadable(make(kGood, "d", Domain::kDram))};
  EXPECT_EQ(counted(list), "p m ");
  EXPECT_EQ(list[2].signal.excluded_by, "");
  EXPECT_EQ(list[2].signal.reason, "refused");
}

TEST(Choice, AModelOfTheMemoryIsPartOfTheNodesMeter) {
  std::vector<Candidate> list{model("m", Domain::kDram), make(kGood, "n", Domain::kNode, -1)};
  EXPECT_EQ(counted(list), "n ");
  EXPECT_EQ(list[0].signal.contained_in, "n");
}

TEST(Choice, OneModelOfTheMemory) {
  std::vector<Candidate> list{make(kGuess, "gp", Domain::kPackage),
                              make(kGuess, "gd", Domain::kDram, 0, "dram"),
                              model("m", Domain::kDram)};
  for (Candidate& candidate : list) candidate.signal.provenance = record::Provenance::kEstimated;
  EXPECT_EQ(counted(list), "gp gd ");
}

}  // namespace
}  // namespace joulepath::sensors
