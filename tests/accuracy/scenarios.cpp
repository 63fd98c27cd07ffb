#include "tests/accuracy/scenarios.hpp"

#include <algorithm>
#include <array>

namespace joulepath::accuracy {
namespace {

constexpr double kStaticW = 40.0;
constexpr double kVariation = 0.05;  ///< of an instance's length and power
constexpr double kDrift = 0.02;

/// Time before the first lane and after the last, so that readings enclose them.
std::int64_t margin_ns(const RecorderSettings& recorder, std::int64_t period_ns) {
  return 3 * recorder.tick_ns + 5 * period_ns + 20 * kMs;
}

/// A scenario whose first lane begins at a random place in the ticks.
struct Builder {
  Scenario scenario;
  Random random;
  std::int64_t begin_ns;

  Builder(std::string name, std::uint64_t seed, const RecorderSettings& recorder,
          std::int64_t period_ns = kMs, int sockets = 1)
      : random(seed * 7919 + 17) {
    scenario.name = std::move(name);
    scenario.recorder = recorder;
    scenario.machine.begin_ns = 1'000 * kSecond;
    scenario.machine.sockets.assign(static_cast<std::size_t>(sockets), {kStaticW, kDrift});
    begin_ns = scenario.machine.begin_ns + margin_ns(recorder, period_ns) +
               static_cast<std::int64_t>(random.uniform() * 10.0 * kMs);
    for (int socket = 0; socket < sockets; ++socket) {
      scenario.sensors.push_back({socket, record::Domain::kPackage, {}});
      scenario.sensors.back().settings.period_ns = period_ns;
    }
  }

  Lane& lane(std::int32_t rank, std::uint32_t thread = 0, int socket = 0) {
    return scenario.program.lanes.emplace_back(rank, thread, socket, begin_ns);
  }

  Scenario finish() {
    std::int64_t end_ns = begin_ns;
    for (const Lane& lane : scenario.program.lanes) end_ns = std::max(end_ns, lane.now_ns());
    scenario.machine.end_ns =
        end_ns + margin_ns(scenario.recorder, scenario.sensors.front().settings.period_ns);
    return std::move(scenario);
  }
};

void alternate(Lane& lane, Random& random, std::int64_t until_ns, std::int64_t solve_ns,
               double solve_w, std::int64_t exchange_ns, double exchange_w) {
  while (lane.now_ns() < until_ns) {
    lane.compute(random.length(solve_ns, kVariation), 1, random.around(solve_w, kVariation));
    lane.compute(random.length(exchange_ns, kVariation), 2, random.around(exchange_w, kVariation));
  }
}

}  // namespace

Scenario single_phase(std::uint64_t seed, std::int64_t phase_ns, const RecorderSettings& recorder) {
  Builder builder("single phase", seed, recorder);
  builder.scenario.program.phases = {"", "solve"};
  Random& random = builder.random;
  Lane& lane = builder.lane(0);
  lane.compute(100 * kMs + static_cast<std::int64_t>(random.uniform() * 10.0 * kMs), 0,
               100 - kStaticW);
  lane.compute(phase_ns, 1, random.around(300.0, kVariation) - kStaticW);
  lane.compute(100 * kMs + static_cast<std::int64_t>(random.uniform() * 10.0 * kMs), 0,
               100 - kStaticW);
  return builder.finish();
}

Scenario two_phases(std::uint64_t seed, std::int64_t phase_ns, const RecorderSettings& recorder,
                    std::int64_t run_ns) {
  Builder builder("two phases", seed, recorder);
  builder.scenario.program.phases = {"", "solve", "exchange"};
  Lane& lane = builder.lane(0);
  alternate(lane, builder.random, builder.begin_ns + run_ns, phase_ns, 300 - kStaticW,
            phase_ns * 137 / 100, 100 - kStaticW);
  return builder.finish();
}

Scenario unequal_ranks(std::uint64_t seed) {
  Builder builder("unequal ranks", seed, {});
  builder.scenario.program.phases = {"", "solve", "exchange"};
  const std::int64_t until_ns = builder.begin_ns + 5 * kSecond;
  alternate(builder.lane(0), builder.random, until_ns, 8 * kMs, 60, 5 * kMs, 30);
  alternate(builder.lane(1), builder.random, until_ns - kSecond, 5 * kMs, 20, 11 * kMs, 10);
  return builder.finish();
}

Scenario many_unequal_ranks(std::uint64_t seed) {
  constexpr std::int32_t kRanks = 12;
  constexpr double kUnlike = 0.3;
  Builder builder("many unequal ranks", seed, {});
  builder.scenario.program.phases = {"", "solve", "exchange"};
  Random& random = builder.random;
  const std::int64_t until_ns = builder.begin_ns + 12 * kSecond;
  for (std::int32_t rank = 0; rank < kRanks; ++rank) {
    const double solve_w = std::max(random.around(24.0, kUnlike), 2.0);
    const double exchange_w = std::max(random.around(14.0, kUnlike), 2.0);
    const auto solve_ns = std::llround(random.uniform(3.0, 27.0) * kMs);
    const auto exchange_ns = std::llround(random.uniform(1.5, 15.0) * kMs);
    alternate(builder.lane(rank), random, until_ns, solve_ns, solve_w, exchange_ns, exchange_w);
  }
  return builder.finish();
}

Scenario oversubscribed(std::uint64_t seed) {
  constexpr std::int32_t kRanks = 16;
  constexpr int kTurns = 60;
  Builder builder("16 ranks on 2 CPUs", seed, {});
  builder.scenario.program.phases = {"", "solve", "exchange"};
  builder.scenario.program.lanes.reserve(kRanks);
  for (std::int32_t rank = 0; rank < kRanks; ++rank) builder.lane(rank);
  Random& random = builder.random;
  for (int turn = 0; turn < kTurns * kRanks / 2; ++turn) {
    const std::int64_t slice_ns = random.length(4 * kMs, 0.2);
    for (std::int32_t rank = 0; rank < kRanks; ++rank) {
      const bool runs = rank / 2 == turn % (kRanks / 2);
      const std::uint32_t phase = (turn / kRanks + rank) % 3 == 0 ? 2 : 1;
      const double watts = phase == 1 ? 50 : 25;
      builder.scenario.program.lanes[static_cast<std::size_t>(rank)].compute(
          slice_ns, phase, runs ? random.around(watts, kVariation) : 0.0, runs);
    }
  }
  return builder.finish();
}

Scenario partial_phase(std::uint64_t seed) {
  Builder builder("a phase of two of four ranks", seed, {});
  builder.scenario.program.phases = {"", "solve", "io"};
  Random& random = builder.random;
  const std::int64_t until_ns = builder.begin_ns + 4 * kSecond;
  for (std::int32_t rank = 0; rank < 4; ++rank) {
    Lane& lane = builder.lane(rank);
    while (lane.now_ns() < until_ns) {
      lane.compute(random.length(17 * kMs, 0.2), 1, random.around(40, kVariation));
      if (rank < 2) lane.compute(random.length(6 * kMs, 0.2), 2, random.around(15, kVariation));
    }
  }
  return builder.finish();
}

Scenario late_sender(std::uint64_t seed) {
  Builder builder("late sender", seed, {});
  Scenario& scenario = builder.scenario;
  scenario.program.phases = {"", "solve"};
  scenario.program.lanes.reserve(3);
  Random& random = builder.random;
  for (std::int32_t rank = 0; rank < 3; ++rank) builder.lane(rank);
  auto& lanes = scenario.program.lanes;
  for (int step = 0; step < 200; ++step) {
    const std::int64_t begin_ns = lanes[0].now_ns();
    // The first steps are in time, as in every program that was balanced once.
    const std::int64_t late_ns = step < 3 ? 0 : random.length(7 * kMs, 0.3);
    const std::int64_t work_ns = random.length(9 * kMs, kVariation);
    const std::int64_t transfer_ns = 400 * kUs + std::llround(2.0 * kUs * random.uniform());
    const std::int64_t barrier_ns = 10 * kUs;
    lanes[0].compute(work_ns + late_ns, 1, random.around(60, kVariation));
    lanes[0].call({kSend, 1, 0, 0, true, transfer_ns, 35, 1 << 20});
    lanes[0].call({kBarrier, 1, 0, 0, true, barrier_ns, 20, 0});
    lanes[1].compute(work_ns, 1, random.around(55, kVariation));
    lanes[1].call({kRecv, 1, late_ns, 30, true, transfer_ns, 35, 1 << 20});
    lanes[1].call({kBarrier, 1, 0, 0, true, barrier_ns, 20, 0});
    lanes[2].compute(work_ns / 2, 1, random.around(50, kVariation));
    const std::int64_t sleep_ns = lanes[0].now_ns() - barrier_ns - lanes[2].now_ns();
    lanes[2].call({kBarrier, 1, step < 3 ? 0 : sleep_ns, 0, false, barrier_ns, 20, 0});
    const std::int64_t end_ns = lanes[0].now_ns();
    if (end_ns <= begin_ns) break;
    for (Lane& lane : lanes) lane.compute(end_ns - lane.now_ns() + 3 * kMs, 0, 45);
  }
  return builder.finish();
}

Scenario two_sockets(std::uint64_t seed) {
  Builder builder("two sockets with DRAM, threads and ramps", seed, {}, kMs, 2);
  Scenario& scenario = builder.scenario;
  scenario.program.phases = {"", "solve", "exchange"};
  for (int socket = 0; socket < 2; ++socket) {
    RegisterSettings dram;
    dram.joules_per_unit = 15.3e-6;
    dram.start_units = 4'294'900'000;
    dram.part = 0.15;
    scenario.sensors.push_back({socket, record::Domain::kDram, dram});
  }
  Random& random = builder.random;
  const std::int64_t until_ns = builder.begin_ns + 4 * kSecond;
  for (std::int32_t rank = 0; rank < 2; ++rank)
    for (std::uint32_t thread = 0; thread < 2; ++thread) {
      Lane& lane = builder.lane(rank, thread, rank);
      while (lane.now_ns() < until_ns) {
        lane.ramp(random.length(12 * kMs, kVariation), 1, 20, 20 + 30.0 * (1 + rank));
        lane.ramp(random.length(5 * kMs, kVariation), 2, 30, 10);
        if (thread == 0) lane.call({kSend, 2, 0, 0, true, random.length(200 * kUs, 0.1), 25, 4096});
      }
    }
  return builder.finish();
}

Scenario slow_counter(std::uint64_t seed, std::int64_t phase_ns) {
  RecorderSettings recorder;
  recorder.track_edges = false;
  Builder builder("100-ms counter", seed, recorder, 100 * kMs);
  builder.scenario.program.phases = {"", "solve"};
  Random& random = builder.random;
  Lane& lane = builder.lane(0);
  lane.compute(kSecond + random.length(100 * kMs, 0.5), 0, 100 - kStaticW);
  lane.compute(phase_ns, 1, random.around(300.0, kVariation) - kStaticW);
  lane.compute(kSecond + random.length(100 * kMs, 0.5), 0, 100 - kStaticW);
  return builder.finish();
}

Scenario starved(std::uint64_t seed) {
  Scenario scenario = two_phases(seed, 3 * kMs, {}, 4 * kSecond);
  scenario.name = "starved recorder";
  for (int hole = 0; hole < 5; ++hole) {
    const std::int64_t begin_ns = scenario.machine.begin_ns + kSecond / 2 + hole * 600 * kMs;
    scenario.recorder.holes.emplace_back(begin_ns, begin_ns + 50 * kMs);
  }
  return scenario;
}

Scenario two_single_phases(std::uint64_t seed, WithHole with_hole) {
  Builder builder("two single phases", seed, {});
  builder.scenario.program.phases = {"", "solve", "exchange"};
  Random& random = builder.random;
  Lane& lane = builder.lane(0);
  lane.compute(random.length(300 * kMs, kVariation), 0, 100 - kStaticW);
  const std::int64_t begin_ns = lane.now_ns();
  lane.compute(20 * kMs, 1, random.around(300.0, kVariation) - kStaticW);
  lane.compute(20 * kMs, 2, random.around(180.0, kVariation) - kStaticW);
  if (with_hole == WithHole::kYes)
    builder.scenario.recorder.holes.emplace_back(begin_ns - 5 * kMs, lane.now_ns() + 5 * kMs);
  lane.compute(random.length(300 * kMs, kVariation), 0, 100 - kStaticW);
  return builder.finish();
}

Scenario in_step(std::uint64_t seed) {
  Builder builder("phases in step with the ticks", seed, {});
  builder.scenario.program.phases = {"", "solve", "exchange"};
  Random& random = builder.random;
  Lane& lane = builder.lane(0);
  for (int i = 0; i < 300; ++i) {
    lane.compute(4 * kMs, 1, random.around(300.0, kVariation) - kStaticW);
    lane.compute(6 * kMs, 2, random.around(100.0, kVariation) - kStaticW);
  }
  return builder.finish();
}

Scenario changing_phase(std::uint64_t seed) {
  Builder builder("a phase that changes its power", seed, {});
  builder.scenario.program.phases = {"", "solve", "exchange"};
  Lane& lane = builder.lane(0);
  alternate(lane, builder.random, builder.begin_ns + 2 * kSecond, 3 * kMs, 260, 4 * kMs, 60);
  alternate(lane, builder.random, builder.begin_ns + 4 * kSecond, 3 * kMs, 140, 4 * kMs, 60);
  return builder.finish();
}

namespace {

/// Counters of single cores, each at another place in its 32 bits.
void count_cores(Scenario& scenario, Random& random) {
  for (int core = 0; core < scenario.machine.sockets[0].cores; ++core) {
    RegisterSettings settings;
    settings.core = core;
    settings.joules_per_unit = 0x1p-16;
    settings.start_units = 4'294'967'295 - static_cast<std::uint64_t>(random.uniform() * 2e6);
    scenario.sensors.push_back({0, record::Domain::kCore, settings});
  }
}

Builder cores_builder(const char* name, std::uint64_t seed, Known known) {
  RecorderSettings recorder;
  recorder.threads_ns = 200 * kMs;
  recorder.count_cycles = known == Known::kCycles;
  Builder builder(name, seed, recorder);
  builder.scenario.machine.sockets[0] = {kStaticW, kDrift, 8, 0.8};
  builder.scenario.program.phases = {"", "solve", "exchange"};
  builder.begin_ns += 3 * kSecond / 2;  // in which the static power is learned
  if (known == Known::kCores) count_cores(builder.scenario, builder.random);
  return builder;
}

/// One step of two phases at the lane's clock.
void step(Lane& lane, Random& random, double ghz) {
  lane.compute(random.length(9 * kMs, 0.2), 1, ghz * random.around(12.0, kVariation));
  lane.compute(random.length(5 * kMs, 0.2), 2, ghz * random.around(7.0, kVariation));
}

}  // namespace

Scenario unequal_cores(std::uint64_t seed, Known known) {
  Builder builder = cores_builder("unequal cores", seed, known);
  Random random(seed * 31 + 5);  // whatever is known, the same program
  for (std::int32_t rank = 0; rank < 4; ++rank) {
    Lane& lane = builder.lane(rank);
    const std::int64_t until_ns = lane.now_ns() + 12 * kSecond;
    const double own = random.around(1.0, 0.01);
    while (lane.now_ns() < until_ns) {
      const double ghz = random.uniform(rank < 2 ? 2.6 : 1.2, rank < 2 ? 3.6 : 1.8);
      lane.run_on(2 * rank, ghz);
      const std::int64_t same_ns = std::min(lane.now_ns() + 2 * kSecond, until_ns);
      while (lane.now_ns() < same_ns) step(lane, random, own * ghz);
    }
  }
  return builder.finish();
}

Scenario unequal_work(std::uint64_t seed, Known known) {
  Builder builder = cores_builder("unequal work", seed, known);
  Random random(seed * 77 + 3);
  for (std::int32_t rank = 0; rank < 4; ++rank) {
    Lane& lane = builder.lane(rank);
    const std::int64_t until_ns = lane.now_ns() + 12 * kSecond;
    const double solve_w = random.uniform(6.0, 20.0);
    const double exchange_w = random.uniform(4.0, 12.0);
    const auto solve_ns = static_cast<std::int64_t>(random.uniform(3.0, 27.0) * kMs);
    while (lane.now_ns() < until_ns) {
      const double ghz = random.uniform(1.2, 3.6);
      lane.run_on(2 * rank, ghz);
      const std::int64_t same_ns = std::min(lane.now_ns() + 2 * kSecond, until_ns);
      const double of_clock = ghz * ghz / 2.4;
      while (lane.now_ns() < same_ns) {
        lane.compute(random.length(solve_ns, 0.2), 1,
                     of_clock * random.around(solve_w, kVariation));
        lane.compute(random.length(5 * kMs, 0.2), 2,
                     of_clock * random.around(exchange_w, kVariation));
      }
    }
  }
  return builder.finish();
}

Scenario shared_cores(std::uint64_t seed) {
  Builder builder = cores_builder("shared cores", seed, Known::kCores);
  builder.scenario.recorder.pinned = false;
  Random& random = builder.random;
  auto& lanes = builder.scenario.program.lanes;
  lanes.reserve(5);
  for (std::int32_t rank = 0; rank < 5; ++rank) builder.lane(rank);
  const std::int64_t until_ns = builder.begin_ns + 16 * kSecond;
  for (int turn = 0; lanes[0].now_ns() < until_ns; ++turn) {
    const std::int64_t slice_ns = random.length(6 * kMs, 0.2);
    for (const int rank : {0, 1}) {
      Lane& lane = lanes[static_cast<std::size_t>(rank)];
      lane.run_on(0, 3.0);
      const bool runs = turn % 2 == rank;
      lane.compute(slice_ns, 1, runs ? random.around(30.0, kVariation) : 0.0, runs);
    }
  }
  for (std::size_t rank = 2; rank < 5; ++rank) {
    Lane& lane = lanes[rank];
    while (lane.now_ns() < until_ns) {
      const auto moves = static_cast<int>((lane.now_ns() - builder.begin_ns) / (4 * kSecond));
      lane.run_on(rank < 4 ? 3 : 4 + moves % 4, 2.0);
      step(lane, random, rank < 4 ? 1.1 : 2.4);
    }
  }
  return builder.finish();
}

std::vector<NamedScenario> all_scenarios() {
  const auto with_edge = [](std::int64_t edge_ns) {
    RecorderSettings recorder;
    recorder.edge_ns = edge_ns;
    return recorder;
  };
  RecorderSettings untracked;
  untracked.track_edges = false;
  RecorderSettings every_third;
  every_third.track_every = 3;
  RecorderSettings every_ms;
  every_ms.tick_ns = kMs;
  RecorderSettings every_100_ms;
  every_100_ms.tick_ns = 100 * kMs;
  using Seed = std::uint64_t;
  return {
      {"single 10 ms, 1 ms ticks", [=](Seed s) { return single_phase(s, 10 * kMs, every_ms); }},
      {"single 10 ms, 10 ms ticks", [](Seed s) { return single_phase(s, 10 * kMs, {}); }},
      {"single 100 ms, untracked", [=](Seed s) { return single_phase(s, 100 * kMs, untracked); }},
      {"two phases 10 ms", [](Seed s) { return two_phases(s, 10 * kMs, {}, 5 * kSecond); }},
      {"two phases 1 ms", [](Seed s) { return two_phases(s, kMs, {}, 5 * kSecond); }},
      {"two phases 1 ms, edges +-500 us",
       [=](Seed s) { return two_phases(s, kMs, with_edge(500 * kUs), 5 * kSecond); }},
      {"two phases 1 ms, edges at every third tick",
       [=](Seed s) { return two_phases(s, kMs, every_third, 5 * kSecond); }},
      {"two phases 0.1 ms, 1000 instances",
       [](Seed s) { return two_phases(s, 100 * kUs, {}, 237 * kMs); }},
      {"two phases 0.3 ms, untracked",
       [=](Seed s) { return two_phases(s, 300 * kUs, untracked, 5 * kSecond); }},
      {"two phases 10 ms, 100 ms ticks",
       [=](Seed s) { return two_phases(s, 10 * kMs, every_100_ms, 5 * kSecond); }},
      {"unequal ranks", unequal_ranks},
      {"many unequal ranks", many_unequal_ranks},
      {"16 ranks on 2 CPUs", oversubscribed},
      {"a phase of two of four ranks", partial_phase},
      {"late sender", late_sender},
      {"two sockets, DRAM, threads, ramps", two_sockets},
      {"100-ms counter, 1 s", [](Seed s) { return slow_counter(s, kSecond); }},
      {"100-ms counter, 200 ms", [](Seed s) { return slow_counter(s, 200 * kMs); }},
      {"starved recorder", starved},
      {"two single phases in a hole", [](Seed s) { return two_single_phases(s, WithHole::kYes); }},
      {"phases in step with the ticks", in_step},
      {"a phase that changes its power", changing_phase},
      {"unequal cores, by CPU time", [](Seed s) { return unequal_cores(s, Known::kCpuTime); }},
      {"unequal cores, by cycles", [](Seed s) { return unequal_cores(s, Known::kCycles); }},
      {"unequal cores, by core counters", [](Seed s) { return unequal_cores(s, Known::kCores); }},
      {"shared cores, by core counters", shared_cores},
      {"unequal work, by cycles", [](Seed s) { return unequal_work(s, Known::kCycles); }},
      {"unequal work, by core counters", [](Seed s) { return unequal_work(s, Known::kCores); }},
  };
}

}  // namespace joulepath::accuracy
