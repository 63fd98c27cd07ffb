// Points 3 and 4: in every scenario and seed the bounds of every figure hold the truth,
// and every counter unit is given out exactly once. Prints how wide the bounds are.
#include <gtest/gtest.h>

#include <map>

#include "tests/accuracy/judge.hpp"
#include "tests/accuracy/scenarios.hpp"
#include "tests/accuracy/statistics.hpp"

namespace joulepath::accuracy {
namespace {

constexpr std::uint64_t kSeeds = 20;

class EveryScenario : public testing::TestWithParam<NamedScenario> {};

TEST_P(EveryScenario, BoundsHoldTheTruth) {
  std::map<std::string, std::pair<Distribution, Distribution>> figures;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Judgement judgement = judge(simulate(GetParam().make(seed), seed));
    EXPECT_EQ(broken_bounds(judgement), "") << GetParam().name << ", seed " << seed;
    for (const Verdict& verdict : judgement.verdicts) {
      figures[verdict.figure].first.add(verdict.error());
      figures[verdict.figure].second.add(verdict.half_width());
    }
  }
  std::printf("%s\n", GetParam().name.c_str());
  for (const auto& [name, distributions] : figures)
    std::printf("  %-28s bias %+8.2f %%  worst %8.2f %%  half-width %8.2f %%\n", name.c_str(),
                100 * distributions.first.mean(), 100 * distributions.first.largest(),
                100 * distributions.second.mean());
}

TEST_P(EveryScenario, EveryUnitIsGivenOutOnce) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Simulation simulation = simulate(GetParam().make(seed), seed);
    EXPECT_EQ(broken_conservation(simulation, analyse(simulation.recording)), "")
        << GetParam().name << ", seed " << seed;
  }
}

std::string test_name(const testing::TestParamInfo<NamedScenario>& info) {
  std::string name;
  for (const char c : info.param.name)
    name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Scenarios, EveryScenario, testing::ValuesIn(all_scenarios()), test_name);

}  // namespace
}  // namespace joulepath::accuracy
