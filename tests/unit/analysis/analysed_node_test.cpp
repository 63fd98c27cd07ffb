// An analysed node that went through bytes shows the same as one that did not.
#include "core/analysis/analysed_node.hpp"

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

AnalysedNode analysed() {
  const testing::SmallTrace trace = example();
  return {trace.node, trace.attribute()};
}

TEST(AnalysedNode, EverythingComesBack) {
  const AnalysedNode node = analysed();
  ASSERT_FALSE(node.result.slots.empty());
  ASSERT_FALSE(node.result.signals.at(0).bounds.empty());
  const std::string bytes = to_bytes(node);
  const auto back = analysed_node(bytes);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(to_bytes(*back), bytes);
  EXPECT_EQ(back->tables.info.hostname, "node01");
  EXPECT_EQ(back->tables.sensors.at(1).signal.id, "pkg1");
  EXPECT_EQ(back->result.signals.at(0).by_slot, node.result.signals.at(0).by_slot);
  EXPECT_EQ(back->result.signals.at(1).facts.difference,
            node.result.signals.at(1).facts.difference);
  EXPECT_EQ(back->result.ticks, 40u);
}

TEST(AnalysedNode, StaticPowerComesBack) {
  AnalysedNode node;
  SignalResult& signal = node.result.signals.emplace_back();
  signal.static_power = IdlePower(StaticSource::kLearned, 0.1);
  signal.gpu_users = {3u, 4u};
  signal.told_apart = {1.0, 2.0, 3.0};
  const auto back = analysed_node(to_bytes(node));
  ASSERT_TRUE(back.has_value());
  const SignalResult& got = back->result.signals.at(0);
  EXPECT_EQ(got.static_power.source(), StaticSource::kLearned);
  EXPECT_EQ(got.static_power.units_per_ns(), 0.1);
  EXPECT_EQ(got.gpu_users, signal.gpu_users);
  EXPECT_EQ(got.told_apart.by_cycles_ns, 2.0);
}

TEST(AnalysedNode, TheSummaryIsTheSameToTheLastBit) {
  const AnalysedNode node = analysed();
  const auto summary_of = [](const AnalysedNode& of) {
    SummaryBuilder builder(example().run);
    builder.add(of.tables, of.result);
    return builder.finish();
  };
  const Summary want = summary_of(node);
  const Summary got = summary_of(analysed_node(to_bytes(node)).value());
  EXPECT_EQ(got.energy.value, want.energy.value);
  EXPECT_EQ(got.energy.lo, want.energy.lo);
  EXPECT_EQ(got.energy.hi, want.energy.hi);
  ASSERT_EQ(got.ranks.size(), want.ranks.size());
  for (std::size_t i = 0; i < got.ranks.size(); ++i)
    EXPECT_EQ(got.ranks[i].energy.value, want.ranks[i].energy.value);
}

TEST(AnalysedNode, ShorterBytesAreNone) {
  const std::string bytes = to_bytes(analysed());
  EXPECT_FALSE(analysed_node(std::string_view(bytes).substr(0, bytes.size() - 1)).has_value());
  EXPECT_FALSE(analysed_node("").has_value());
}

}  // namespace
}  // namespace joulepath::analysis
