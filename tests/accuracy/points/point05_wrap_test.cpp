// Point 5: counters that wrap many times, independently of each other, lose nothing; a
// gap in which a wrap may hide is named and never guessed.
#include <gtest/gtest.h>

#include "core/record/counter.hpp"
#include "tests/accuracy/judge.hpp"
#include "tests/accuracy/sim/simulation.hpp"

namespace joulepath::accuracy {
namespace {

/// 300 W on a package counter that wraps every 1024 J and a DRAM counter that does every
/// 32 J, out of step with it.
Scenario wrapping(std::int64_t run_ns, const RecorderSettings& recorder) {
  Scenario scenario;
  scenario.recorder = recorder;
  scenario.machine = {0, run_ns, {{100.0, 0.0}}};
  scenario.program.phases = {"", "solve"};
  Lane& lane = scenario.program.lanes.emplace_back(0, 0, 0, 50 * kMs);
  lane.compute(run_ns - 100 * kMs, 1, 200.0);
  scenario.sensors.push_back({0, record::Domain::kPackage, {}});
  scenario.sensors.back().settings.modulus = 1u << 24;
  scenario.sensors.push_back({0, record::Domain::kDram, {}});
  RegisterSettings& dram = scenario.sensors.back().settings;
  dram.joules_per_unit = 15.3e-6;
  dram.modulus = 1u << 21;
  dram.start_units = (1u << 21) - 12345;
  dram.part = 0.15;
  return scenario;
}

TEST(Wrap, TwentyWrapsOfIndependentDomainsLoseNothing) {
  const Simulation simulation = simulate(wrapping(72 * kSecond, {}), 5);
  for (std::uint16_t sensor = 0; sensor < 2; ++sensor) {
    record::Counter counter(record::limits_of(simulation.recording.node.sensors[sensor].signal));
    for (const auto& block : simulation.recording.blocks)
      for (const auto& row : block.samples)
        if (row.sensor == sensor) {
          EXPECT_TRUE(counter.advance({row.t_lo_ns, row.t_hi_ns, row.raw}).exact());
        }
    const SensorSpan& span = simulation.recording.spans[sensor];
    EXPECT_EQ(counter.total(), span.last_units - span.first_units);
    EXPECT_GE(counter.wraps(), 20u);
  }
  const Judgement judgement = judge(simulation);
  EXPECT_EQ(broken_conservation(simulation, judgement.summary), "");
  EXPECT_EQ(broken_measurements(judgement), "");
}

class Gap : public testing::TestWithParam<std::int64_t> {};

TEST_P(Gap, IsNamedAndNotGuessed) {
  RecorderSettings recorder;
  recorder.holes.emplace_back(3 * kSecond, 3 * kSecond + GetParam());
  const Judgement judgement = judge(simulate(wrapping(15 * kSecond, recorder), 6));
  for (const char* name : {"sensor simulated:0", "sensor simulated:1", "total"}) {
    const Verdict& verdict = judgement.at(name);
    EXPECT_FALSE(verdict.energy.missing.empty()) << verdict.text();
    EXPECT_LT(verdict.energy.value, verdict.truth_j) << verdict.text();
    EXPECT_TRUE(verdict.holds()) << verdict.text();
  }
  for (const auto& sensor : judgement.summary.sensors) {
    EXPECT_EQ(sensor.lost_intervals, 1u);
    EXPECT_NEAR(sensor.lost_s, static_cast<double>(GetParam()) * 1e-9, 0.025);
  }
}

// Below one wrap of the package, and over more than two.
INSTANTIATE_TEST_SUITE_P(Lengths, Gap, testing::Values(1500 * kMs, 8 * kSecond));

}  // namespace
}  // namespace joulepath::accuracy
