// A node's result that went through bytes shows the same as one that did not.
#include "core/analysis/node_result_bytes.hpp"

#include <gtest/gtest.h>

#include "core/analysis/summary.hpp"
#include "small_trace.hpp"

namespace joulepath::analysis {
namespace {

testing::SmallTrace example() {
  testing::SmallTrace trace;
  trace.add_sensor("pkg0", 0);
  trace.add_sensor("pkg1", 1);
  trace.add_rank(0, "0");
  trace.add_rank(1, "1");
  for (std::uint32_t tick = 0; tick < 40; ++tick) {
    trace.tick(tick);
    trace.sample(tick, 0, 1'000'000 * tick + 7 * tick * tick);
    trace.sample(tick, 1, 700'001 * tick);
    if (tick == 0) continue;
    trace.act(tick, 0, tick % 3, 7'000'001, 3, 300);
    trace.act(tick, 1, 5, 9'000'000, 1, 0);
  }
  return trace;
}

TEST(NodeResultBytes, EverythingComesBack) {
  const NodeResult result = example().attribute();
  ASSERT_FALSE(result.slots.empty());
  ASSERT_FALSE(result.signals.at(0).bounds.empty());
  const std::string bytes = to_bytes(result);
  const auto back = node_result(bytes);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(to_bytes(*back), bytes);
  EXPECT_EQ(back->signals.at(0).by_slot, result.signals.at(0).by_slot);
  EXPECT_EQ(back->signals.at(1).facts.difference, result.signals.at(1).facts.difference);
  EXPECT_EQ(back->ticks, 40u);
}

TEST(NodeResultBytes, StaticPowerComesBack) {
  NodeResult result;
  result.signals.resize(1);
  result.signals[0].static_power = IdlePower(StaticSource::kLearned, 0.1);
  result.signals[0].gpu_users = {3u, 4u};
  const auto back = node_result(to_bytes(result));
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->signals.at(0).static_power.source(), StaticSource::kLearned);
  EXPECT_EQ(back->signals.at(0).static_power.units_per_ns(), 0.1);
  EXPECT_EQ(back->signals.at(0).gpu_users, result.signals[0].gpu_users);
}

TEST(NodeResultBytes, TheSummaryIsTheSameToTheLastBit) {
  const testing::SmallTrace trace = example();
  const NodeResult result = trace.attribute();
  const auto summary_of = [&](const NodeResult& of) {
    SummaryBuilder builder(trace.run);
    builder.add(trace.node, of);
    return builder.finish();
  };
  const Summary want = summary_of(result);
  const Summary got = summary_of(node_result(to_bytes(result)).value());
  EXPECT_EQ(got.energy.value, want.energy.value);
  EXPECT_EQ(got.energy.lo, want.energy.lo);
  EXPECT_EQ(got.energy.hi, want.energy.hi);
  ASSERT_EQ(got.ranks.size(), want.ranks.size());
  for (std::size_t i = 0; i < got.ranks.size(); ++i)
    EXPECT_EQ(got.ranks[i].energy.value, want.ranks[i].energy.value);
}

TEST(NodeResultBytes, ShorterBytesAreNoResult) {
  const std::string bytes = to_bytes(example().attribute());
  EXPECT_FALSE(node_result(std::string_view(bytes).substr(0, bytes.size() - 1)).has_value());
  EXPECT_FALSE(node_result("").has_value());
}

}  // namespace
}  // namespace joulepath::analysis
