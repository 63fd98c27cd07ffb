// Point 1: single instances of a phase, edges known within +-50 us, a reading each
// millisecond. Also the part of point 3 that keeps the bounds from being trivial.
#include <gtest/gtest.h>

#include "tests/accuracy/judge.hpp"
#include "tests/accuracy/scenarios.hpp"
#include "tests/accuracy/statistics.hpp"

namespace joulepath::accuracy {
namespace {

constexpr int kInstances = 600;

struct Outcome {
  Distribution error;
  Distribution half_width;
  int broken = 0;
};

Outcome run(std::int64_t phase_ns, std::int64_t tick_ns, const char* what) {
  RecorderSettings recorder;
  recorder.tick_ns = tick_ns;
  Outcome outcome;
  for (std::uint64_t seed = 1; seed <= kInstances; ++seed) {
    const Judgement judgement = judge(simulate(single_phase(seed, phase_ns, recorder), seed));
    const Verdict& solve = judgement.at("phase solve");
    EXPECT_TRUE(solve.energy.known()) << solve.text();
    outcome.error.add(solve.error());
    outcome.half_width.add(solve.half_width());
    if (!solve.holds() && outcome.broken++ == 0)
      ADD_FAILURE() << "seed " << seed << ": " << solve.text();
  }
  outcome.error.print(what);
  std::printf("%-44s half-width of the bounds: mean %.2f %%, bounds broken in %d\n", "",
              100 * outcome.half_width.mean(), outcome.broken);
  return outcome;
}

TEST(SinglePhase, Of10MsAtEveryUpdate) {
  const Outcome outcome = run(10 * kMs, kMs, "10 ms, read at every update");
  EXPECT_LE(std::abs(outcome.error.mean()), 0.023);
  EXPECT_LE(outcome.error.quantile(0.99), 0.038);
  EXPECT_LE(outcome.half_width.mean(), 0.035);
  EXPECT_EQ(outcome.broken, 0);
}

TEST(SinglePhase, Of100MsAtEveryUpdate) {
  const Outcome outcome = run(100 * kMs, kMs, "100 ms, read at every update");
  EXPECT_LE(outcome.error.quantile(0.99), 0.004);
  EXPECT_EQ(outcome.broken, 0);
}

/// Nothing is promised of the error here, but the bounds hold.
TEST(SinglePhase, Of10MsAtTheDefaultRate) {
  EXPECT_EQ(run(10 * kMs, 10 * kMs, "10 ms, read every 10 ms").broken, 0);
}

}  // namespace
}  // namespace joulepath::accuracy
