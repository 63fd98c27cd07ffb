// The periods that are measured are those by which the sensors of the test move.
#include "tools/sensors_view/update_periods.hpp"

#include "made_sampler.hpp"

namespace joulepath::tools {
namespace {

using Outcome = MeasuredUpdates::Outcome;
constexpr std::int64_t kMs = 1'000'000;

MadeSensor moving(std::string id, std::int64_t period_ns) {
  return {made_signal(std::move(id)), [period_ns](std::int64_t now_ns) {
            return static_cast<std::uint64_t>(now_ns / period_ns);
          }};
}

TEST(UpdatePeriods, OfFastAndSlowCountersAreFoundInASecond) {
  auto sampler = made_sampler(
      {moving("a", kMs), moving("b", 976'000), moving("c", 20 * kMs), moving("d", 100 * kMs)});
  const std::int64_t before = made_clock().now_ns;
  const auto found = measure_updates(sampler, made_clock());
  EXPECT_LT(made_clock().now_ns - before, 1000 * kMs);
  const std::int64_t expected[] = {kMs, 976'000, 20 * kMs, 100 * kMs};
  for (std::size_t at = 0; at < 4; ++at) {
    EXPECT_EQ(found[at].outcome, Outcome::kPeriod) << at;
    EXPECT_NEAR(static_cast<double>(found[at].period_ns), static_cast<double>(expected[at]),
                0.03 * static_cast<double>(expected[at]))
        << at;
  }
}

TEST(UpdatePeriods, EndEarlyWhenAllAreKnown) {
  auto sampler = made_sampler({moving("a", kMs)});
  const std::int64_t before = made_clock().now_ns;
  EXPECT_EQ(measure_updates(sampler, made_clock())[0].outcome, Outcome::kPeriod);
  EXPECT_LT(made_clock().now_ns - before, 20 * kMs);
}

TEST(UpdatePeriods, WhatTellsNoneSaysWhy) {
  MadeSensor still{made_signal("still"), [](std::int64_t) { return std::uint64_t{7}; }};
  MadeSensor broken{made_signal("broken"), nullptr};
  MadeSensor slow = moving("slow", kMs);
  slow.read_ns = 30 * kMs;
  MadeSensor once{made_signal("once"), [start = made_clock().now_ns](std::int64_t now_ns) {
                    return static_cast<std::uint64_t>(now_ns > start + 500 * kMs);
                  }};
  MadeSensor model = moving("model", kMs);
  model.signal.provenance = record::Provenance::kEstimated;
  MadeSensor refused = moving("refused", kMs);
  refused.signal.readable = false;
  auto sampler = made_sampler({still, broken, slow, once, model, refused});
  const auto found = measure_updates(sampler, made_clock());
  EXPECT_EQ(found[0].outcome, Outcome::kStill);
  EXPECT_EQ(found[1].outcome, Outcome::kFailed);
  EXPECT_EQ(found[1].sys_errno, EIO);
  EXPECT_EQ(found[2].outcome, Outcome::kSlowToRead);
  EXPECT_GE(found[2].read_ns, 30 * kMs);
  EXPECT_EQ(found[3].outcome, Outcome::kUnclear);
  EXPECT_EQ(found[4].outcome, Outcome::kNotMeasured);
  EXPECT_EQ(found[5].outcome, Outcome::kNotMeasured);
  for (const MeasuredUpdates& one : found) EXPECT_EQ(one.period_ns, 0);
}

}  // namespace
}  // namespace joulepath::tools
