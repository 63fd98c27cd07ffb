// Point 14, the path by CPU time: ranks that draw unequal power on one socket cannot be
// told apart by it. Their bounds must hold and their basis must say that they are shares,
// no measurements. (Paths by core counters and by cycles do not exist yet.)
#include <gtest/gtest.h>

#include "tests/accuracy/judge.hpp"
#include "tests/accuracy/scenarios.hpp"

namespace joulepath::accuracy {
namespace {

void expect_honest_ranks(const Scenario& scenario, std::uint64_t seed) {
  const Judgement judgement = judge(simulate(scenario, seed));
  int ranks = 0;
  for (const Verdict& verdict : judgement.verdicts) {
    if (!verdict.figure.starts_with("rank ")) continue;
    ++ranks;
    EXPECT_TRUE(verdict.holds()) << verdict.text();
    EXPECT_NE(verdict.energy.basis, analysis::Basis::kMeasured) << verdict.text();
    EXPECT_NE(verdict.energy.basis, analysis::Basis::kAveraged) << verdict.text();
    if (seed == 1) std::printf("%s\n", verdict.text().c_str());
  }
  EXPECT_GE(ranks, 2);
}

TEST(Attribution, OfUnequalRanksByCpuTime) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) expect_honest_ranks(unequal_ranks(seed), seed);
}

TEST(Attribution, OfOversubscribedRanksByCpuTime) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) expect_honest_ranks(oversubscribed(seed), seed);
}

}  // namespace
}  // namespace joulepath::accuracy
