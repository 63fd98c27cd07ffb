// Point 15: the recorder gets no CPU for 50 ms. Not a unit of the total is lost, and a
// phase in that time is told with wider bounds.
#include <gtest/gtest.h>

#include "tests/accuracy/judge.hpp"
#include "tests/accuracy/scenarios.hpp"
#include "tests/accuracy/statistics.hpp"

namespace joulepath::accuracy {
namespace {

TEST(StarvedRecorder, KeepsTheTotal) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Simulation simulation = simulate(starved(seed), seed);
    const Judgement judgement = judge(simulation);
    const Verdict& total = judgement.at("total");
    const double unit_j = simulation.scenario.sensors[0].settings.joules_per_unit;
    EXPECT_NEAR(total.energy.value, total.truth_j, unit_j) << "seed " << seed;
    EXPECT_EQ(broken_conservation(simulation, judgement.summary), "") << "seed " << seed;
    EXPECT_EQ(broken_bounds(judgement), "") << "seed " << seed;
  }
}

/// What two phases took within one hole is known of both together only.
TEST(StarvedRecorder, WidensTheBoundsOfThePhasesItMissed) {
  for (const char* name : {"phase solve", "phase exchange"}) {
    Distribution hurt;
    Distribution well;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      const Verdict missed =
          judge(simulate(two_single_phases(seed, WithHole::kYes), seed)).at(name);
      const Verdict seen = judge(simulate(two_single_phases(seed, WithHole::kNo), seed)).at(name);
      EXPECT_TRUE(missed.holds()) << missed.text();
      hurt.add(missed.half_width());
      well.add(seen.half_width());
    }
    EXPECT_GT(hurt.mean(), well.mean());
    std::printf("half-width of %s of 20 ms: %.2f %% undisturbed, %.2f %% within a hole of 50 ms\n",
                name, 100 * well.mean(), 100 * hurt.mean());
  }
}

}  // namespace
}  // namespace joulepath::accuracy
