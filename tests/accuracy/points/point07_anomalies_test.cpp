// Point 7: what goes wrong with a counter is detected and marked, and gives no joule that
// was not used; what is legal raises no alarm. What the difference must be comes from a
// twin of the run whose counter has no fault: all but the interval of the fault.
#include <gtest/gtest.h>

#include "tests/accuracy/judge.hpp"
#include "tests/accuracy/scenarios.hpp"

namespace joulepath::accuracy {
namespace {

constexpr std::uint64_t kSeed = 11;

Scenario plain_run() {
  return two_phases(kSeed, 3 * kMs, {}, 2 * kSecond);
}

std::int64_t middle_ns(const Simulation& simulation) {
  return (simulation.scenario.machine.begin_ns + simulation.scenario.machine.end_ns) / 2;
}

/// Units between the first and last reading, but for the interval that holds `fault_ns`.
std::uint64_t units_without(const Simulation& twin, std::int64_t fault_ns) {
  const EnergyRegister& counter = twin.counters[0];
  const SensorSpan& span = twin.recording.spans[0];
  std::uint64_t units = span.last_units - span.first_units;
  const record::SampleRow* previous = nullptr;
  for (const auto& block : twin.recording.blocks)
    for (const auto& row : block.samples) {
      if (previous != nullptr && previous->t_hi_ns <= fault_ns && row.t_hi_ns > fault_ns)
        units -= counter.at(row.t_hi_ns).units - counter.at(previous->t_hi_ns).units;
      previous = &row;
    }
  return units;
}

void expect_marked(const Judgement& judgement) {
  const auto& sensor = judgement.summary.sensors.at(0);
  EXPECT_GE(sensor.lost_intervals, 1u);
  EXPECT_GT(sensor.lost_s, 0.0);
  EXPECT_FALSE(sensor.energy.missing.empty());
  EXPECT_FALSE(judgement.summary.energy.missing.empty());
  EXPECT_EQ(broken_measurements(judgement), "");
}

void expect_fault(const Faults& faults, std::int64_t fault_ns) {
  const Simulation twin = simulate(plain_run(), kSeed);
  const Judgement judgement = judge(simulate(plain_run(), kSeed, faults));
  ASSERT_TRUE(judgement.summary.sensors.at(0).raw.has_value());
  EXPECT_EQ(judgement.summary.sensors.at(0).raw->difference, units_without(twin, fault_ns));
  EXPECT_EQ(judgement.summary.sensors.at(0).lost_intervals, 1u);
  expect_marked(judgement);
}

TEST(Anomaly, Reset) {
  const std::int64_t t_ns = middle_ns(simulate(plain_run(), kSeed));
  expect_fault([&](auto& counters) { counters[0].reset_at(t_ns); }, t_ns);
}

TEST(Anomaly, BackwardStep) {
  const std::int64_t t_ns = middle_ns(simulate(plain_run(), kSeed));
  expect_fault([&](auto& counters) { counters[0].step_back_at(t_ns, 1'500'000); }, t_ns);
}

TEST(Anomaly, ValueThatAppearsAfterTheStart) {
  const std::int64_t t_ns = plain_run().machine.begin_ns + 25 * kMs;
  const Simulation simulation =
      simulate(plain_run(), kSeed, [&](auto& counters) { counters[0].read_zero_until(t_ns); });
  // All that was counted since the first reading that showed a value.
  std::uint64_t expected = 0;
  for (const auto& row : simulation.recording.blocks.at(0).samples) {
    if (row.raw == 0) continue;
    expected =
        simulation.recording.spans[0].last_units - simulation.counters[0].at(row.t_hi_ns).units;
    break;
  }
  const Judgement judgement = judge(simulation);
  ASSERT_TRUE(judgement.summary.sensors.at(0).raw.has_value());
  EXPECT_EQ(judgement.summary.sensors.at(0).raw->difference, expected);
  EXPECT_EQ(judgement.summary.sensors.at(0).lost_intervals, 1u);
  expect_marked(judgement);
}

TEST(Anomaly, StuckWhileTheProgramRuns) {
  const std::int64_t t_ns = middle_ns(simulate(plain_run(), kSeed));
  const Simulation simulation = simulate(
      plain_run(), kSeed, [&](auto& counters) { counters[0].stick(t_ns, t_ns + 500 * kMs); });
  const Judgement judgement = judge(simulation);
  const Verdict& total = judgement.at("total");
  EXPECT_LT(total.energy.value, total.truth_j) << "a spurious joule";
  expect_marked(judgement);
}

void expect_no_alarm(const Judgement& judgement) {
  const auto& sensor = judgement.summary.sensors.at(0);
  EXPECT_EQ(sensor.lost_intervals, 0u);
  EXPECT_EQ(sensor.unusable_samples, 0u);
  EXPECT_EQ(sensor.energy.missing_text(), "");
  EXPECT_EQ(broken_measurements(judgement), "");
}

TEST(NoAlarm, OnALegalWrap) {
  const Simulation simulation = simulate(plain_run(), kSeed);
  const SensorSpan& span = simulation.recording.spans[0];
  const std::uint64_t modulus = simulation.scenario.sensors[0].settings.modulus;
  ASSERT_LT(span.first_units, modulus);
  ASSERT_GT(span.last_units, modulus);
  expect_no_alarm(judge(simulation));
}

/// The chip draws 2 mW for a second while its only rank sleeps: no update for 30 ms.
TEST(NoAlarm, OnTrueIdle) {
  Scenario scenario;
  scenario.machine = {0, 3 * kSecond, {{0.002, 0.0}}};
  scenario.program.phases = {"", "solve"};
  Lane& lane = scenario.program.lanes.emplace_back(0, 0, 0, 100 * kMs);
  lane.compute(kSecond, 1, 100.0);
  lane.call({kBarrier, 1, kSecond, 0.0, false, 10 * kUs, 50.0, 0});
  lane.compute(500 * kMs, 1, 100.0);
  scenario.sensors.push_back({0, record::Domain::kPackage, {}});
  expect_no_alarm(judge(simulate(scenario, kSeed)));
}

}  // namespace
}  // namespace joulepath::accuracy
