// Point 15: the recorder gets no CPU for 50 ms, five times in 4 s. Not a unit of the total
// is lost, and the phases in those times are told with wider bounds.
#include <gtest/gtest.h>

#include "tests/accuracy/judge.hpp"
#include "tests/accuracy/scenarios.hpp"

namespace joulepath::accuracy {
namespace {

TEST(StarvedRecorder, KeepsTheTotalAndWidensTheBounds) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Simulation simulation = simulate(starved(seed), seed);
    Scenario undisturbed = starved(seed);
    undisturbed.recorder.holes.clear();
    const Judgement hurt = judge(simulation);
    const Judgement well = judge(simulate(undisturbed, seed));

    const double unit_j = simulation.scenario.sensors[0].settings.joules_per_unit;
    EXPECT_NEAR(hurt.at("total").energy.value, hurt.at("total").truth_j, unit_j);
    EXPECT_EQ(broken_conservation(simulation, hurt.summary), "");
    EXPECT_EQ(broken_measurements(hurt), "") << "seed " << seed;
    for (const char* name : {"phase solve", "phase exchange"}) {
      EXPECT_TRUE(hurt.at(name).holds()) << "seed " << seed << ": " << hurt.at(name).text();
      EXPECT_GT(hurt.at(name).half_width(), well.at(name).half_width()) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace joulepath::accuracy
