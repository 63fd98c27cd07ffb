// The same package seen by perf, msr, powercap and powercap's mmio repeat: one of them
// counts, whatever is refused, with dies and with the platform.
#include <gtest/gtest.h>

#include "sensors/msr/msr.hpp"
#include "sensors/perf/perf.hpp"
#include "sensors/powercap/powercap.hpp"
#include "sensors/sampler/choice.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

using record::Domain;

Candidate make(const Backend& backend, std::string id, Domain domain, std::string device,
               int socket = 0) {
  Candidate candidate;
  candidate.backend = &backend;
  candidate.signal.id = std::string(backend.name) + ":" + std::move(id);
  candidate.signal.domain = domain;
  candidate.signal.device = std::move(device);
  candidate.signal.socket = socket;
  candidate.signal.source = backend.name;
  candidate.signal.readable = true;
  return candidate;
}

/// All backends' views of a machine with `dies` dies in each of two sockets.
std::vector<Candidate> machine(int dies) {
  std::vector<Candidate> all;
  for (const Backend* backend : {&powercap::kBackend, &msr::kBackend, &perf::kBackend}) {
    for (int socket = 0; socket < 2; ++socket)
      for (int die = 0; die < dies; ++die) {
        const std::string device = "package-" + std::to_string(socket) +
                                   (dies > 1 ? "-die-" + std::to_string(die) : std::string());
        all.push_back(make(*backend, device, Domain::kPackage, device, socket));
        all.push_back(make(*backend, device + "/dram", Domain::kDram, device + "/dram", socket));
        all.push_back(make(*backend, device + "/core", Domain::kCore, device + "/core", socket));
        all.back().signal.contained_in = std::string(backend->name) + ":" + device;
      }
    all.push_back(make(*backend, "psys", Domain::kPlatform, "psys", -1));
  }
  all.push_back(make(powercap::kBackend, "mmio:0", Domain::kPackage,
                     dies > 1 ? "package-0-die-0" : "package-0", 0));
  return all;
}

void refuse(std::vector<Candidate>& all, const Backend& backend) {
  for (Candidate& candidate : all)
    if (candidate.backend == &backend) candidate.signal.readable = false;
}

/// What counts: each must be of `backend`, and each package and memory there once.
void expect_counted_once(std::vector<Candidate> all, const Backend& backend, int dies) {
  choose(all);
  std::map<std::pair<Domain, std::string>, int> counted;
  for (const Candidate& candidate : all) {
    if (!candidate.signal.counted) continue;
    EXPECT_EQ(candidate.signal.source, backend.name) << candidate.signal.id;
    ++counted[{candidate.signal.domain, candidate.signal.device}];
  }
  EXPECT_EQ(counted.size(), static_cast<std::size_t>(2 * 2 * dies));
  for (const auto& [what, times] : counted) {
    EXPECT_EQ(times, 1) << what.second;
    EXPECT_TRUE(what.first == Domain::kPackage || what.first == Domain::kDram) << what.second;
  }
}

TEST(RaplChoice, TheKernelsPmuThenTheRegistersThenPowercap) {
  for (const int dies : {1, 2}) {
    auto all = machine(dies);
    expect_counted_once(all, perf::kBackend, dies);
    refuse(all, perf::kBackend);
    expect_counted_once(all, msr::kBackend, dies);
    refuse(all, msr::kBackend);
    expect_counted_once(all, powercap::kBackend, dies);
  }
}

TEST(RaplChoice, ThePlatformOnceWhereNoPackageIsReadable) {
  auto all = machine(1);
  for (Candidate& candidate : all)
    if (candidate.signal.domain != Domain::kPlatform) candidate.signal.readable = false;
  choose(all);
  std::string counted;
  for (const Candidate& candidate : all)
    if (candidate.signal.counted) counted += candidate.signal.id + " ";
  EXPECT_EQ(counted, "perf:psys ");
}

TEST(RaplChoice, CoresAreShownAsPartOfTheirPackageByOneSource) {
  for (const int dies : {1, 2}) {
    std::vector<const Backend*> refused;
    for (const Backend* backend : {&perf::kBackend, &msr::kBackend, &powercap::kBackend}) {
      auto all = machine(dies);
      for (const Backend* before : refused) refuse(all, *before);
      choose(all);
      int shown = 0;
      for (const Candidate& candidate : all) {
        const record::Signal& one = candidate.signal;
        if (one.domain != Domain::kCore || !one.readable || !one.excluded_by.empty()) continue;
        EXPECT_EQ(one.source, backend->name) << "who counts the package";
        EXPECT_FALSE(one.counted);
        ++shown;
      }
      EXPECT_EQ(shown, 2 * dies);
      refused.push_back(backend);
    }
  }
}

TEST(RaplChoice, WhoTellsOfEveryCoreIsShownBeforeWhoTellsOfOne) {
  std::vector<Candidate> all{make(perf::kBackend, "pkg", Domain::kPackage, "package-0"),
                             make(perf::kBackend, "core", Domain::kCore, "package-0/core"),
                             make(msr::kBackend, "core-0", Domain::kCore, "package-0/core-0"),
                             make(msr::kBackend, "core-1", Domain::kCore, "package-0/core-1")};
  all[1].signal.contained_in = "perf:pkg";
  choose(all);
  EXPECT_TRUE(all[0].signal.counted);
  EXPECT_EQ(all[1].signal.excluded_by, "msr:core-0");
  EXPECT_EQ(all[2].signal.excluded_by, "");
  EXPECT_EQ(all[3].signal.excluded_by, "");
  EXPECT_EQ(all[3].signal.contained_in, "perf:pkg");
}

TEST(RaplChoice, CoresOfWhoCountsThePackageAreShownBeforeOthers) {
  std::vector<Candidate> all{make(powercap::kBackend, "0", Domain::kPackage, "package-0"),
                             make(powercap::kBackend, "0:0", Domain::kCore, "package-0/core"),
                             make(perf::kBackend, "pkg", Domain::kPackage, "package-0"),
                             make(perf::kBackend, "core", Domain::kCore, "package-0/core")};
  all[1].signal.contained_in = "powercap:0";
  all[2].signal.readable = false;
  all[3].signal.contained_in = "perf:pkg";
  choose(all);
  EXPECT_EQ(all[1].signal.excluded_by, "");
  EXPECT_EQ(all[3].signal.excluded_by, "powercap:0:0");
}

TEST(RaplChoice, CoresOfAmdAreAllOfTheirPackage) {
  // powercap's zone "core" of an AMD package is its first core only: the others must not be
  // taken for repeats of it.
  std::vector<Candidate> all{make(powercap::kBackend, "core", Domain::kCore, "package-0/core"),
                             make(msr::kBackend, "core-0", Domain::kCore, "package-0/core-0"),
                             make(msr::kBackend, "core-1", Domain::kCore, "package-0/core-1")};
  choose(all);
  EXPECT_FALSE(all[0].signal.counted);
  EXPECT_TRUE(all[1].signal.counted);
  EXPECT_TRUE(all[2].signal.counted);
}

}  // namespace
}  // namespace joulepath::sensors
