// Point 11: power that the device averages, and so shows late. A square wave of phases longer
// than the window comes out within 2 %; bounds hold the truth whatever the window, and a
// device that samples a quarter of the time has wider ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "tests/accuracy/judge.hpp"
#include "tests/accuracy/scenarios.hpp"
#include "tests/accuracy/sim/power_meter.hpp"
#include "tests/accuracy/statistics.hpp"

namespace joulepath::accuracy {
namespace {

/// 300 W for ten seconds, 100 W for 13.7, over two minutes.
Judgement metered(std::uint64_t seed, const MeterSettings& settings,
                  std::int64_t phase_ns = 10 * kSecond, std::int64_t run_ns = 120 * kSecond) {
  RecorderSettings recorder;
  recorder.track_edges = false;
  Simulation simulation = simulate(two_phases(seed, phase_ns, recorder, run_ns), seed);
  meter_instead_of_counter(simulation, settings);
  return judge(simulation);
}

struct Meter {
  const char* name;
  MeterSettings settings;
};
void PrintTo(const Meter& meter, std::ostream* out) {
  *out << meter.name;
}

class PowerMeter : public testing::TestWithParam<Meter> {};

TEST_P(PowerMeter, SquareWaveWithinTwoPerCent) {
  Distribution error;
  Distribution total;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Judgement judgement = metered(seed, GetParam().settings);
    EXPECT_EQ(broken_bounds(judgement), "") << "seed " << seed;
    EXPECT_EQ(judgement.summary.sensors[0].unusable_samples, 0u);
    error.add(judgement.at("phase solve").error());
    total.add(judgement.at("total").error());
  }
  error.print(GetParam().name);
  total.print("  total");
  EXPECT_LE(error.largest(), 0.02);
  EXPECT_LE(total.largest(), 0.005);
}

TEST_P(PowerMeter, BoundsHoldForPhasesShorterThanTheWindow) {
  Distribution error;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Judgement judgement = metered(seed, GetParam().settings, 70 * kMs, 20 * kSecond);
    EXPECT_EQ(broken_bounds(judgement), "") << "seed " << seed;
    error.add(judgement.at("phase solve").error());
  }
  error.print(GetParam().name);
}

INSTANTIATE_TEST_SUITE_P(
    Meters, PowerMeter,
    testing::Values(Meter{"1-s average, ten times a second", {100 * kMs, kSecond, 1.0}},
                    Meter{"1-s average, each second", {kSecond, kSecond, 1.0}},
                    Meter{"50-ms average, each 100 ms", {100 * kMs, 50 * kMs, 1.0}},
                    Meter{"no average, each 20 ms", {20 * kMs, 0, 1.0}}),
    [](const auto& meter) {
      std::string name;
      for (const char c : std::string(meter.param.name))
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
      return name;
    });

/// Of what is shown for some time a sensor need not say for how long, nor over which time it is
/// the mean. As long as that is no longer than the time between its updates, the bounds hold.
class UndeclaredMeter : public testing::TestWithParam<Meter> {};

TEST_P(UndeclaredMeter, BoundsHold) {
  MeterSettings settings = GetParam().settings;
  settings.declared = false;
  for (const std::int64_t phase_ns : {70 * kMs, 700 * kMs, 5 * kSecond}) {
    Distribution error;
    Distribution width;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      const Judgement judgement = metered(seed, settings, phase_ns, 30 * kSecond);
      EXPECT_EQ(broken_bounds(judgement), "") << "seed " << seed << ", phases of " << phase_ns;
      error.add(judgement.at("phase solve").error());
      width.add(judgement.at("phase solve").half_width());
    }
    const std::string what =
        std::string(GetParam().name) + ", phases of " + std::to_string(phase_ns / kMs) + " ms";
    error.print(what.c_str());
    width.print("  bounds");
    // Wide bounds alone would be easy.
    const auto unknown_ns = static_cast<double>(5 * settings.period_ns + 100 * kMs);
    EXPECT_LE(width.largest(), std::min(0.8, unknown_ns / static_cast<double>(phase_ns)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Meters, UndeclaredMeter,
    testing::Values(Meter{"average of each 100 ms", {100 * kMs, 100 * kMs, 1.0}},
                    Meter{"50-ms average, each 100 ms", {100 * kMs, 50 * kMs, 1.0}},
                    Meter{"no average, each 100 ms", {100 * kMs, 0, 1.0}},
                    Meter{"no average, each 20 ms", {20 * kMs, 0, 1.0}},
                    Meter{"average of each 500 ms", {500 * kMs, 500 * kMs, 1.0}}),
    [](const auto& meter) {
      std::string name;
      for (const char c : std::string(meter.param.name))
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
      return name;
    });

TEST(PowerMeter, ConstantPowerIsCountedToTheLastReading) {
  Simulation simulation = simulate(two_phases(1, kSecond, {}, 5 * kSecond), 1);
  meter_instead_of_counter(simulation, {100 * kMs, kSecond, 1.0});
  constexpr double watts = 250.0;
  for (record::Block& block : simulation.recording.blocks)
    for (record::SampleRow& row : block.samples) row.raw = static_cast<std::uint64_t>(watts * 1e6);
  const SensorSpan& span = simulation.recording.spans[0];
  const double seconds = static_cast<double>(span.last_ns - span.first_ns) * 1e-9;
  const analysis::Summary summary = analyse(simulation.recording);
  EXPECT_NEAR(summary.energy.value, watts * seconds, 0.01);
  EXPECT_EQ(summary.sensors[0].unusable_samples, 0u);
}

TEST(PowerMeter, AQuarterOfTheTimeSampledWidensTheBounds) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Judgement whole = metered(seed, {100 * kMs, 100 * kMs, 1.0}, 300 * kMs, 30 * kSecond);
    const Judgement part = metered(seed, {100 * kMs, 100 * kMs, 0.25}, 300 * kMs, 30 * kSecond);
    EXPECT_EQ(broken_bounds(part), "") << "seed " << seed;
    EXPECT_GT(part.at("total").half_width(), 5 * whole.at("total").half_width());
  }
}

}  // namespace
}  // namespace joulepath::accuracy
