// The simulator against figures worked out by hand: a judge must be judged first.
#include <gtest/gtest.h>

#include "tests/accuracy/scenarios.hpp"

namespace joulepath::accuracy {
namespace {

double joules_of(const Truth& truth, std::uint32_t lane, std::uint32_t phase) {
  double joules = 0.0;
  for (const CellTruth& cell : truth.cells)
    if (cell.lane == lane && cell.phase == phase) joules += cell.joules;
  return joules;
}

TEST(Simulator, SharesStaticPowerEquallyAmongThosePresent) {
  Program program{{"", "solve"}, {}};
  program.lanes.emplace_back(0, 0, 0, 1 * kSecond).compute(4 * kSecond, 1, 50.0);
  program.lanes.emplace_back(1, 0, 0, 3 * kSecond).compute(4 * kSecond, 0, 10.0);
  const Truth truth = truth_of({0, 10 * kSecond, {{40.0, 0.0}}}, program);
  EXPECT_NEAR(joules_of(truth, 0, 1), 4 * 50 + 2 * 40 + 2 * 20, 1e-9);
  EXPECT_NEAR(joules_of(truth, 1, 0), 4 * 10 + 2 * 40 + 2 * 20, 1e-9);
  EXPECT_NEAR(truth.sockets[0].nobodys_joules(0, 10 * kSecond), 4 * 40, 1e-9);
  EXPECT_NEAR(truth.sockets[0].joules(0, 10 * kSecond), 400 + 200 + 40, 1e-9);
  EXPECT_NEAR(truth.sockets[0].watts(4 * kSecond), 100, 1e-9);
}

TEST(Simulator, IntegratesRampsAndDriftExactly) {
  Program program{{"", "solve"}, {}};
  program.lanes.emplace_back(0, 0, 0, 0).ramp(10 * kSecond, 1, 0.0, 100.0);
  // (40 + 10 t) (1 + 0.002 t) over 10 s: 400 + 500 + 0.002 (40 * 50 + 10 * 1000 / 3).
  const Truth truth = truth_of({0, 10 * kSecond, {{40.0, 0.02}}}, program);
  const double expected = 900 + 0.002 * (2000 + 10000.0 / 3);
  EXPECT_NEAR(truth.sockets[0].joules(0, 10 * kSecond), expected, 1e-9);
  EXPECT_NEAR(joules_of(truth, 0, 1), expected, 1e-9);
  EXPECT_NEAR(truth.sockets[0].joules(0, 5 * kSecond),
              200 + 125 + 0.002 * (40 * 12.5 + 10 * 125.0 / 3), 1e-9);
}

TEST(Simulator, TruthIsConservedInEveryScenario) {
  for (const auto& [name, make] : all_scenarios()) {
    const Scenario scenario = make(3);
    const Truth truth = truth_of(scenario.machine, scenario.program);
    double used = 0.0;
    double lanes_s = 0.0;
    for (const CellTruth& cell : truth.cells) {
      used += cell.joules;
      lanes_s += cell.seconds;
    }
    double drawn = 0.0;
    for (const SocketPower& socket : truth.sockets)
      drawn += socket.joules(scenario.machine.begin_ns, scenario.machine.end_ns) -
               socket.nobodys_joules(scenario.machine.begin_ns, scenario.machine.end_ns);
    EXPECT_NEAR(used, drawn, 1e-9 * drawn) << name;
    double scheduled_s = 0.0;
    for (const Lane& lane : scenario.program.lanes)
      scheduled_s += static_cast<double>(lane.now_ns() - lane.begin_ns()) * 1e-9;
    EXPECT_NEAR(lanes_s, scheduled_s, 1e-9 * scheduled_s) << name;
  }
}

TEST(Simulator, CounterTakesOverTheEnergyAtItsUpdates) {
  const Simulation simulation = simulate(two_phases(1, 3 * kMs, {}, 2 * kSecond), 1);
  const EnergyRegister& counter = simulation.counters[0];
  const SocketPower& power = simulation.truth.sockets[0];
  const std::int64_t begin = simulation.scenario.machine.begin_ns;
  std::int64_t count = 0;
  for (const auto* update = counter.after(begin); update != nullptr;
       update = counter.after(update->t_ns), ++count) {
    const double units = power.joules(begin, update->t_ns) / counter.settings().joules_per_unit;
    EXPECT_NEAR(static_cast<double>(update->units - counter.settings().start_units), units - 0.5,
                0.501);
  }
  EXPECT_NEAR(static_cast<double>(count), 2100, 100);
}

TEST(Simulator, EdgeReadingsEncloseTheUpdate) {
  for (const std::int64_t edge_ns : {500 * kUs, 50 * kUs, 20 * kUs}) {
    RecorderSettings recorder;
    recorder.edge_ns = edge_ns;
    const Simulation simulation = simulate(two_phases(2, 3 * kMs, recorder, 2 * kSecond), 2);
    const EnergyRegister& counter = simulation.counters[0];
    int edges = 0;
    for (const auto& block : simulation.recording.blocks)
      for (const auto& row : block.samples) {
        if (row.edge == 0) continue;
        ++edges;
        const auto& update = counter.at(row.t_hi_ns);
        EXPECT_EQ(counter.raw(update), row.raw);
        EXPECT_GE(update.t_ns, row.t_lo_ns);
        EXPECT_LE(row.t_hi_ns - row.t_lo_ns, 2 * edge_ns);
      }
    EXPECT_GT(edges, 190);
  }
}

TEST(Simulator, BooksEveryNanosecondAndCall) {
  for (const auto& [name, make] : all_scenarios()) {
    const Simulation simulation = simulate(make(4), 4);
    std::vector<std::int64_t> ns(simulation.scenario.program.lanes.size());
    std::uint64_t calls = 0;
    std::uint64_t wait_ns = 0;
    for (const auto& block : simulation.recording.blocks)
      for (const auto& row : block.activity) {
        ns[row.lane] += row.ns;
        calls += row.calls;
        wait_ns += row.wait_ns;
      }
    std::uint64_t made = 0;
    std::uint64_t waited_ns = 0;
    for (std::size_t i = 0; i < ns.size(); ++i) {
      const Lane& lane = simulation.scenario.program.lanes[i];
      EXPECT_EQ(ns[i], lane.now_ns() - lane.begin_ns()) << name;
      for (const Stretch& stretch : lane.stretches()) {
        made += stretch.calls;
        waited_ns += stretch.wait_ns;
      }
    }
    EXPECT_EQ(calls, made) << name;
    EXPECT_EQ(wait_ns, waited_ns) << name;
  }
}

TEST(Simulator, IsTheSameForTheSameSeed) {
  const Simulation once = simulate(late_sender(9), 9);
  const Simulation again = simulate(late_sender(9), 9);
  const Simulation other = simulate(late_sender(9), 10);
  const auto& row = once.recording.blocks[1].samples[3];
  EXPECT_EQ(row.raw, again.recording.blocks[1].samples[3].raw);
  EXPECT_EQ(row.t_lo_ns, again.recording.blocks[1].samples[3].t_lo_ns);
  EXPECT_NE(row.t_lo_ns, other.recording.blocks[1].samples[3].t_lo_ns);
}

}  // namespace
}  // namespace joulepath::accuracy
