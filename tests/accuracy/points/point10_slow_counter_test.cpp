// Point 10: a counter that updates every 100 ms. The error of a phase of 1 s is small on
// average; one of 200 ms has bounds that hold.
#include <gtest/gtest.h>

#include "tests/accuracy/judge.hpp"
#include "tests/accuracy/scenarios.hpp"
#include "tests/accuracy/statistics.hpp"

namespace joulepath::accuracy {
namespace {

Distribution errors_of(std::int64_t phase_ns, const char* what) {
  Distribution error;
  Distribution half_width;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    const Judgement judgement = judge(simulate(slow_counter(seed, phase_ns), seed));
    const Verdict& solve = judgement.at("phase solve");
    EXPECT_TRUE(solve.holds()) << "seed " << seed << ": " << solve.text();
    EXPECT_EQ(broken_measurements(judgement), "") << "seed " << seed;
    error.add(solve.error());
    half_width.add(solve.half_width());
  }
  error.print(what);
  std::printf("%-44s half-width of the bounds: mean %.2f %%\n", "", 100 * half_width.mean());
  return error;
}

TEST(SlowCounter, PhaseOf1S) {
  EXPECT_LE(std::abs(errors_of(kSecond, "100-ms counter, phase of 1 s").mean()), 0.023);
}

TEST(SlowCounter, PhaseOf200MsHasBoundsThatHold) {
  EXPECT_EQ(errors_of(200 * kMs, "100-ms counter, phase of 200 ms").count(), 600u);
}

}  // namespace
}  // namespace joulepath::accuracy
