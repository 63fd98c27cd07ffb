// The one promise that must never break, on random traces: what lanes took, plus idle,
// plus unattributed, is exactly what the counter advanced.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "small_trace.hpp"

namespace joulepath::analysis {
namespace {

using testing::all_units;
using testing::SmallTrace;

struct RandomTrace {
  SmallTrace trace;
  std::vector<std::uint64_t> truth;  ///< between first and last reading in the trace
};

/// Wraps, missed readings, standstills, ranks that come, pause and go, three sockets of
/// which one is empty, ranks on several sockets, and a node counter.
RandomTrace random_trace(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  RandomTrace made;
  SmallTrace& trace = made.trace;
  const std::uint64_t modulus = 2'000'000'000 + below(1000);
  for (int socket = 0; socket < 3; ++socket)
    trace.add_sensor(std::string("pkg").append(std::to_string(socket)), socket, modulus);
  trace.add_sensor("node", -1);
  const std::uint32_t ranks = 1 + static_cast<std::uint32_t>(below(7));
  const std::vector<std::string> places{"0", "1", "0,1", ""};
  for (std::uint32_t rank = 0; rank < ranks; ++rank)
    trace.add_rank(static_cast<std::int32_t>(rank), places[below(places.size() - (seed % 2))]);

  std::vector<std::uint64_t> total(4, 0);
  std::vector<std::uint64_t> offset(4);
  std::vector<std::uint64_t> first(4), last(4);
  std::vector<bool> seen(4, false);
  for (auto& start : offset) start = below(modulus);
  const std::uint32_t ticks = 200 + static_cast<std::uint32_t>(below(200));
  for (std::uint32_t tick = 0; tick < ticks; ++tick) {
    trace.tick(tick);
    for (std::uint32_t lane = 0; lane < ranks; ++lane) {
      const bool alive = tick > 10 + lane && tick < ticks - 5 * lane && tick % 50 < 45;
      for (std::uint32_t cell = 0; alive && cell < 6; ++cell)
        if (below(3) == 0)
          trace.act(tick, lane, cell, static_cast<std::uint32_t>(below(10'000'000)), 1, below(99));
    }
    for (std::uint16_t sensor = 0; sensor < 4; ++sensor) {
      if (below(5) != 0) total[sensor] += below(5'000'000);  // up to 500 W
      if (below(8) == 0) continue;
      const std::uint64_t raw = offset[sensor] + total[sensor];
      trace.sample(tick, sensor, sensor < 3 ? raw % modulus : raw);
      if (!seen[sensor]) first[sensor] = total[sensor];
      seen[sensor] = true;
      last[sensor] = total[sensor];
    }
  }
  for (std::size_t i = 0; i < 4; ++i) made.truth.push_back(last[i] - first[i]);
  return made;
}

TEST(Conservation, HoldsExactlyOnRandomTraces) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    const RandomTrace made = random_trace(seed);
    const NodeResult result = made.trace.attribute();
    ASSERT_EQ(result.signals.size(), made.truth.size());
    for (std::size_t i = 0; i < made.truth.size(); ++i) {
      EXPECT_EQ(result.signals[i].facts.difference, made.truth[i]);
      EXPECT_EQ(result.signals[i].facts.lost_intervals, 0u);
      EXPECT_EQ(all_units(result.signals[i]), made.truth[i]);
    }
  }
}

TEST(Conservation, NoShareIsOutsideItsBounds) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    const NodeResult result = random_trace(seed).trace.attribute();
    for (const auto& signal : result.signals) {
      std::vector<std::uint64_t> by_group(result.groups.count, 0);
      for (std::size_t slot = 0; slot < result.slots.size(); ++slot)
        for (const std::uint32_t group : result.slots[slot].groups)
          by_group[group] += signal.by_slot[slot];
      for (std::size_t group = 0; group < by_group.size(); ++group) {
        // Whole units: a slot may be off by less than one.
        const auto units = static_cast<double>(by_group[group]);
        const auto slots = static_cast<double>(result.slots.size());
        EXPECT_LE(units, signal.bounds[group].hi + slots);
        EXPECT_GE(units + slots, signal.bounds[group].lo);
        EXPECT_EQ(signal.bounds[group].active || units == 0.0, true);
        EXPECT_LE(by_group[group], signal.facts.difference);
      }
    }
  }
}

// More ticks than a window keeps, and a counter that stands still across its border.
TEST(Conservation, HoldsOverManyWindows) {
  SmallTrace trace;
  trace.add_sensor("pkg0", 0);
  trace.add_sensor("stuck", 0);
  trace.add_rank(0, "0");
  trace.add_rank(1, "0");
  constexpr std::uint32_t kTicks = 30'000;
  std::uint64_t raw = 77;
  for (std::uint32_t tick = 0; tick < kTicks; ++tick) {
    trace.tick(tick);
    for (std::uint32_t lane = 0; lane < 2; ++lane) {
      trace.act(tick, lane, 0, 3'000'000 + tick % 1000);
      trace.act(tick, lane, 1, 7'000'000 - tick % 1000, 1);
    }
    raw += 1'000'000 + tick % 7919;
    trace.sample(tick, 0, raw);
    trace.sample(tick, 1, tick < kTicks / 2 ? 5 : 5 + 1'000'003);
  }
  const NodeResult result = trace.attribute();
  EXPECT_EQ(all_units(result.signals[0]), result.signals[0].facts.difference);
  EXPECT_EQ(result.signals[0].facts.difference, raw - 77 - 1'000'000);
  EXPECT_EQ(all_units(result.signals[1]), 1'000'003u);
}

}  // namespace
}  // namespace joulepath::analysis
