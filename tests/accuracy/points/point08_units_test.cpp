// Point 8: the energy between the first and the last update seen is right to one unit of
// the counter, whatever its unit and range (Intel SDM vol. 3B, 15.10; AMD PPR; the DRAM
// and psys units of servers as in the kernel's drivers/powercap/intel_rapl_common.c).
#include <gtest/gtest.h>

#include <ostream>

#include "tests/accuracy/judge.hpp"
#include "tests/accuracy/scenarios.hpp"

namespace joulepath::accuracy {
namespace {

struct Unit {
  const char* name;
  record::Domain domain;
  double joules;
  std::uint64_t modulus;
  double part;  ///< of 220 W on average
};

void PrintTo(const Unit& unit, std::ostream* out) {
  *out << unit.name;
}

class UnitOf : public testing::TestWithParam<Unit> {};

TEST_P(UnitOf, TotalIsRightToOneUnit) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Scenario scenario = two_phases(seed, 3 * kMs, {}, 2 * kSecond);
    RegisterSettings& settings = scenario.sensors[0].settings;
    scenario.sensors[0].domain = GetParam().domain;
    settings.joules_per_unit = GetParam().joules;
    settings.modulus = GetParam().modulus;
    settings.start_units = GetParam().modulus - 100;
    settings.part = GetParam().part;
    const Simulation simulation = simulate(scenario, seed);
    const Judgement judgement = judge(simulation);
    const Verdict& total = judgement.at("total");
    EXPECT_NEAR(total.energy.value, total.truth_j, GetParam().joules) << total.text();
    EXPECT_EQ(broken_measurements(judgement), "");
    EXPECT_EQ(broken_conservation(simulation, judgement.summary), "");
  }
}

constexpr std::uint64_t k32Bits = std::uint64_t{1} << 32;

INSTANTIATE_TEST_SUITE_P(
    Units, UnitOf,
    testing::Values(Unit{"HSX_package", record::Domain::kPackage, 0x1p-14, k32Bits, 1.0},
                    Unit{"HSX_DRAM", record::Domain::kDram, 15.3e-6, k32Bits, 0.15},
                    Unit{"ICX_package", record::Domain::kPackage, 0x1p-14, k32Bits, 1.0},
                    Unit{"ICX_DRAM", record::Domain::kDram, 15.3e-6, k32Bits, 0.15},
                    Unit{"SPR_DRAM", record::Domain::kDram, 0x1p-14, k32Bits, 0.15},
                    Unit{"SPR_psys", record::Domain::kPlatform, 1.0, k32Bits, 2.0},
                    Unit{"AMD_package", record::Domain::kPackage, 0x1p-16, k32Bits, 1.0},
                    Unit{"AMD_core", record::Domain::kCore, 0x1p-16, k32Bits, 0.02},
                    Unit{"powercap_uJ", record::Domain::kPackage, 1e-6, 262'143'328'850, 1.0}),
    [](const testing::TestParamInfo<Unit>& unit) { return std::string(unit.param.name); });

}  // namespace
}  // namespace joulepath::accuracy
