// Point 2: two classes of phases that repeat for 20 s, at the default 100 Hz. The worst of
// ten seeds counts, with edges as a recorder knows them that polls every 50 us: within
// +-25 us. With edges known better and worse, nothing is promised but that bounds hold.
#include <gtest/gtest.h>

#include <ostream>

#include "tests/accuracy/judge.hpp"
#include "tests/accuracy/scenarios.hpp"
#include "tests/accuracy/statistics.hpp"

namespace joulepath::accuracy {
namespace {

struct Limit {
  std::int64_t phase_ns;
  double error;
  bool bounds_may_say_so;  ///< instead of keeping to the limit
};

void PrintTo(const Limit& limit, std::ostream* out) {
  *out << limit.phase_ns << " ns";
}

class RepeatedPhases : public testing::TestWithParam<Limit> {};

Distribution run(const Limit& limit, std::int64_t edge_ns, bool judged) {
  RecorderSettings recorder;
  recorder.edge_ns = edge_ns;
  Distribution error;
  Distribution half_width;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Judgement judgement = judge(simulate(two_phases(seed, limit.phase_ns, recorder), seed));
    const Verdict& solve = judgement.at("phase solve");
    error.add(solve.error());
    half_width.add(solve.half_width());
    EXPECT_TRUE(solve.holds()) << "seed " << seed << ": " << solve.text();
    const bool said = limit.bounds_may_say_so && solve.holds();
    if (judged) {
      EXPECT_TRUE(std::abs(solve.error()) <= limit.error || said)
          << "seed " << seed << ": " << solve.text();
    }
  }
  char what[64];
  std::snprintf(what, sizeof what, "two phases of %g ms, edges +-%g us",
                static_cast<double>(limit.phase_ns) * 1e-6, static_cast<double>(edge_ns) * 1e-3);
  error.print(what);
  std::printf("%-44s half-width of the bounds: mean %.2f %%\n", "", 100 * half_width.mean());
  return error;
}

TEST_P(RepeatedPhases, WorstOfTenSeeds) {
  EXPECT_EQ(run(GetParam(), 25 * kUs, true).count(), 10u);
}

TEST_P(RepeatedPhases, BoundsHoldHoweverWellEdgesAreKnown) {
  for (const std::int64_t edge_ns : {500 * kUs, 100 * kUs, 50 * kUs, 10 * kUs})
    EXPECT_EQ(run(GetParam(), edge_ns, false).count(), 10u);
}

/// A recorder within its budget: the plain readings between two edges are not believed, and what
/// lies between these is taken together.
class SomeUpdatesSeen : public testing::TestWithParam<std::int64_t> {};

TEST_P(SomeUpdatesSeen, ALookAtEveryThirdTick) {
  RecorderSettings recorder;
  recorder.edge_ns = 25 * kUs;
  recorder.track_every = 3;
  Distribution half_width;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Judgement judgement = judge(simulate(two_phases(seed, GetParam(), recorder), seed));
    const Verdict& solve = judgement.at("phase solve");
    EXPECT_TRUE(solve.holds()) << "seed " << seed << ": " << solve.text();
    EXPECT_LE(std::abs(solve.error()), 0.04) << "seed " << seed << ": " << solve.text();
    half_width.add(solve.half_width());
  }
  EXPECT_LE(half_width.mean(), 0.25);
}

std::string test_name(const testing::TestParamInfo<Limit>& limit) {
  return std::to_string(limit.param.phase_ns / kUs) + "us";
}

INSTANTIATE_TEST_SUITE_P(Lengths, RepeatedPhases,
                         testing::Values(Limit{10 * kMs, 0.006, false},
                                         Limit{3 * kMs, 0.012, false}, Limit{1 * kMs, 0.012, false},
                                         Limit{300 * kUs, 0.025, false},
                                         Limit{100 * kUs, 0.07, true}),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Lengths, SomeUpdatesSeen, testing::Values(10 * kMs, 3 * kMs, 1 * kMs));

}  // namespace
}  // namespace joulepath::accuracy
