// The fit finds the powers that made the energies, says how sure it is, and says nothing
// where the data do not tell.
#include "core/analysis/power_fit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

namespace joulepath::analysis {
namespace {

constexpr double kTick = 10e6;  // ns

/// One lane that alternates between two classes of 300 and 100 units per us, seen in
/// intervals of 10 ms whose ends are off by up to `width_ns` against the energy.
struct Alternating {
  double phase_ns;
  double width_ns;
  double noise = 0.0;
  bool tells_errors = true;

  [[nodiscard]] double time_in_first(double t) const {
    const double cycle = 2.7 * phase_ns;
    const double whole = std::floor(t / cycle);
    return whole * phase_ns + std::min(t - whole * cycle, phase_ns);
  }

  [[nodiscard]] PowerFit fit(std::uint64_t seed, std::size_t intervals, double& truth,
                             double& energy) const {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> unit(0.0, 1.0);
    PowerFit fit(2, intervals);
    truth = energy = 0.0;
    double begin = 5e6;
    double seen_begin = begin + unit(random) * width_ns;
    for (std::size_t k = 0; k < intervals; ++k) {
      const double end = begin + kTick * (0.95 + 0.1 * unit(random));
      const double seen_end = end + unit(random) * width_ns;
      const double first = time_in_first(end) - time_in_first(begin);
      const double factor = 1.0 + noise * (unit(random) - 0.5);
      const double units = factor * (0.3 * first + 0.1 * (end - begin - first));
      truth += factor * 0.3 * first;
      energy += units;
      const double seen_first = time_in_first(seen_end) - time_in_first(seen_begin);
      const std::array<ClassTime, 2> times{ClassTime{0, seen_first},
                                           ClassTime{1, seen_end - seen_begin - seen_first}};
      const EndError error = tells_errors ? EndError{width_ns, width_ns / 2.0} : EndError{};
      fit.add({times, units, 1, error, error});
      begin = end;
      seen_begin = seen_end;
    }
    fit.solve();
    return fit;
  }
};

TEST(PowerFit, FindsThePowersOfExactData) {
  double truth = 0, energy = 0;
  const PowerFit fit = Alternating{3.1e6, 0.0}.fit(1, 200, truth, energy);
  EXPECT_NEAR(fit.powers()[0], 0.3, 1e-6);
  EXPECT_NEAR(fit.powers()[1], 0.1, 1e-6);
  const FitShare share = fit.share({true, false});
  EXPECT_TRUE(share.determined);
  EXPECT_NEAR(share.units, truth, 1e-5 * truth);
  EXPECT_LT(share.half_width, 1e-3 * truth);
  EXPECT_LT(fit.residual(), 1e-5);
}

TEST(PowerFit, SharesOfAllClassesAddUp) {
  double truth = 0, energy = 0;
  const PowerFit fit = Alternating{3.1e6, 50e3, 0.1}.fit(2, 500, truth, energy);
  EXPECT_NEAR(fit.share({true, false}).units + fit.share({false, true}).units, energy,
              1e-9 * energy);
  EXPECT_NEAR(fit.share({true, true}).units, energy, 1e-9 * energy);
}

TEST(PowerFit, BoundsHoldTheTruthWithUncertainEndsAndVaryingPower) {
  for (const double phase_ns : {0.3e6, 1e6, 3e6, 10e6}) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      double truth = 0, energy = 0;
      const PowerFit fit = Alternating{phase_ns, 50e3, 0.1}.fit(seed, 2000, truth, energy);
      const FitShare share = fit.share({true, false});
      ASSERT_TRUE(share.determined) << phase_ns;
      EXPECT_LE(std::abs(share.units - truth), share.half_width) << phase_ns << " seed " << seed;
      EXPECT_LT(share.half_width, (phase_ns < 1e6 ? 0.3 : 0.12) * truth) << phase_ns;
    }
  }
}

// Unless the fit is told of the errors of the ends, short phases are pulled to the mean.
TEST(PowerFit, CorrectsForTheErrorOfTheEnds) {
  double corrected = 0.0, plain = 0.0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    double truth = 0, energy = 0;
    const Alternating told{0.3e6, 60e3};
    const Alternating not_told{0.3e6, 60e3, 0.0, false};
    corrected +=
        (told.fit(seed, 2000, truth, energy).share({true, false}).units / truth - 1.0) / 20;
    plain +=
        (not_told.fit(seed, 2000, truth, energy).share({true, false}).units / truth - 1.0) / 20;
  }
  EXPECT_LT(plain, -0.02);
  EXPECT_LT(std::abs(corrected), std::abs(plain) / 2.0);
}

TEST(PowerFit, PhasesTooShortForTheEndsAreNotDetermined) {
  double truth = 0, energy = 0;
  const PowerFit fit = Alternating{0.1e6, 500e3}.fit(1, 2000, truth, energy);
  EXPECT_FALSE(fit.share({true, false}).determined);
  EXPECT_TRUE(fit.share({true, true}).determined);
}

/// Twelve lanes in two classes, each with a power of its own in each: whether the truth of the
/// first class lies within what the fit is sure of. `told`: the fit hears of the lanes.
bool holds_with_unlike_lanes(std::uint64_t seed, bool told) {
  constexpr std::uint32_t kLanes = 12;
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  std::array<double, kLanes> first_power{}, other_power{}, mean_part{};
  for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
    first_power[lane] = 0.2 + 0.2 * unit(random);
    other_power[lane] = 0.1 + 0.1 * unit(random);
    mean_part[lane] = 0.2 + 0.6 * unit(random);
  }
  PowerFit fit(2, 1000);
  double truth = 0.0;
  for (int k = 0; k < 1000; ++k) {
    std::array<ClassTime, 2> times{ClassTime{0, 0.0}, ClassTime{1, 0.0}};
    std::array<LaneTime, 2 * kLanes> lanes{};
    double units = 0.0;
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      const double first = kTick * std::clamp(mean_part[lane] + 0.4 * unit(random) - 0.2, 0.0, 1.0);
      lanes[2 * lane] = {2 * lane, 0, first};
      lanes[2 * lane + 1] = {2 * lane + 1, 1, kTick - first};
      times[0].ns += first;
      times[1].ns += kTick - first;
      units += first_power[lane] * first + other_power[lane] * (kTick - first);
      truth += first_power[lane] * first;
    }
    fit.add({times,
             units,
             kLanes,
             {},
             {},
             told ? std::span<const LaneTime>(lanes) : std::span<const LaneTime>()});
  }
  fit.solve();
  const FitShare share = fit.share({true, false});
  EXPECT_TRUE(share.determined);
  if (told) {
    EXPECT_LT(share.half_width, 0.5 * truth) << "bounds are what is known";
  }
  return std::abs(share.units - truth) <= share.half_width;
}

TEST(PowerFit, DoubtsThatTheLanesOfAClassAreAlike) {
  int held = 0, held_untold = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    held += holds_with_unlike_lanes(seed, true) ? 1 : 0;
    held_untold += holds_with_unlike_lanes(seed, false) ? 1 : 0;
  }
  EXPECT_EQ(held, 50);
  EXPECT_LT(held_untold, 45);
}

TEST(PowerFit, ClassesThatAlwaysGoTogetherAreNotDetermined) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  PowerFit fit(3, 300);
  for (int k = 0; k < 300; ++k) {
    const double first = 1e6 + 8e6 * unit(random);
    const std::array<ClassTime, 3> times{ClassTime{0, first}, ClassTime{1, first},
                                         ClassTime{2, kTick - first}};
    fit.add({times, 0.3 * first + 0.1 * first + 0.2 * (kTick - first), 2, {}, {}});
  }
  fit.solve();
  EXPECT_FALSE(fit.share({true, false, false}).determined);
  const FitShare both = fit.share({true, true, false});
  EXPECT_TRUE(both.determined);
  const FitShare third = fit.share({false, false, true});
  EXPECT_TRUE(third.determined);
  EXPECT_NEAR(fit.powers()[2], 0.2, 1e-4);
  EXPECT_NEAR(fit.powers()[0] + fit.powers()[1], 0.4, 1e-4);
}

TEST(PowerFit, FewIntervalsDetermineNothing) {
  double truth = 0, energy = 0;
  const PowerFit fit =
      Alternating{3.1e6, 50e3}.fit(1, PowerFit::kFewestIntervals - 1, truth, energy);
  EXPECT_FALSE(fit.share({true, false}).determined);
}

// A phase that came once: without its block nothing is known of it.
TEST(PowerFit, APhaseOfOneBlockIsUncertain) {
  PowerFit fit(2, 320);
  for (int k = 0; k < 320; ++k) {
    const double first = k < 5 ? 0.5e7 : 0.0;
    std::vector<ClassTime> times{{1, kTick - first}};
    if (first > 0.0) times.push_back({0, first});
    fit.add({times, 0.3 * first + 0.1 * (kTick - first), 1, {}, {}});
  }
  fit.solve();
  const double truth = 0.3 * 5 * 0.5e7;
  const FitShare share = fit.share({true, false});
  EXPECT_NEAR(share.units, truth, 1e-3 * truth);
  EXPECT_GT(share.half_width, 0.5 * truth);
}

}  // namespace
}  // namespace joulepath::analysis
