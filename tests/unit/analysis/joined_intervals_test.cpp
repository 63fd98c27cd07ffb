// What intervals become when only some readings were taken at an update of the counter.
#include "core/analysis/joined_intervals.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace joulepath::analysis {
namespace {

constexpr double kTick = 10e6;
constexpr double kEdge = 50e3;
constexpr double kPlain = 1e6;

/// Intervals of one tick each; `edges` says which of them end at an update that was seen.
std::vector<EnergyInterval> ticks(const std::vector<bool>& edges) {
  std::vector<EnergyInterval> parts;
  double before = kEdge;
  for (const bool edge : edges) {
    EnergyInterval part;
    part.begin = parts.size();
    part.end = part.begin + 1;
    part.units = 100 + parts.size();
    part.length_ns = kTick;
    part.begin_error.width_ns = before;
    part.end_error.width_ns = before = edge ? kEdge : kPlain;
    part.ends_at_edge = edge;
    parts.push_back(part);
  }
  return parts;
}

std::vector<bool> every(std::size_t n, std::size_t count) {
  std::vector<bool> edges(count, false);
  for (std::size_t at = n - 1; at < count; at += n) edges[at] = true;
  return edges;
}

void expect_each_part_once(const std::vector<JoinedInterval>& joined,
                           const std::vector<EnergyInterval>& parts) {
  std::size_t next = 0;
  for (const JoinedInterval& interval : joined) {
    ASSERT_EQ(interval.first, next);
    ASSERT_GT(interval.count, 0u);
    next += interval.count;
    ASSERT_LE(next, parts.size());
    const EnergyInterval& first = parts[interval.first];
    const EnergyInterval& last = parts[next - 1];
    std::uint64_t units = 0;
    double length_ns = 0.0;
    for (std::size_t at = interval.first; at < next; ++at) {
      units += parts[at].units;
      length_ns += parts[at].length_ns;
    }
    EXPECT_EQ(interval.whole.units, units);
    EXPECT_EQ(interval.whole.length_ns, length_ns);
    EXPECT_EQ(interval.whole.begin, first.begin);
    EXPECT_EQ(interval.whole.end, last.end);
    EXPECT_EQ(interval.whole.begin_error.width_ns, first.begin_error.width_ns);
    EXPECT_EQ(interval.whole.end_error.width_ns, last.end_error.width_ns);
    EXPECT_EQ(interval.whole.ends_at_edge, last.ends_at_edge);
  }
  EXPECT_EQ(next, parts.size());
}

TEST(JoinedIntervals, BeginAndEndAtUpdatesThatWereSeen) {
  const auto parts = ticks(every(3, 600));
  const auto joined = join_at_edges(parts);
  expect_each_part_once(joined, parts);
  EXPECT_EQ(joined.size(), 200u);
  for (const JoinedInterval& interval : joined) EXPECT_TRUE(interval.whole.ends_at_edge);
}

TEST(JoinedIntervals, WhatIsLeftAtTheEndStaysOpen) {
  const auto parts = ticks(every(3, 602));
  const auto joined = join_at_edges(parts);
  expect_each_part_once(joined, parts);
  ASSERT_EQ(joined.size(), 201u);
  EXPECT_EQ(joined.back().count, 2u);
  EXPECT_FALSE(joined.back().whole.ends_at_edge);
}

TEST(JoinedIntervals, AnEdgeThatIsKnownBadlyIsPassedOver) {
  auto parts = ticks(every(3, 600));
  parts[5].end_error.width_ns = parts[6].begin_error.width_ns = 10 * kEdge;
  const auto joined = join_at_edges(parts);
  expect_each_part_once(joined, parts);
  EXPECT_EQ(joined.size(), 199u);
  EXPECT_EQ(joined[1].count, 6u);
}

TEST(JoinedIntervals, NotOverAHole) {
  auto parts = ticks(every(3, 600));
  for (std::size_t at = 4; at < parts.size(); ++at) {
    parts[at].begin += 7;
    parts[at].end += 7;
  }
  const auto joined = join_at_edges(parts);
  expect_each_part_once(joined, parts);
  EXPECT_EQ(joined.size(), 201u);
  EXPECT_EQ(joined[1].count, 1u);
  EXPECT_EQ(joined[2].count, 2u);
}

TEST(JoinedIntervals, StayAsTheyAreWithTooFewEdges) {
  const auto parts = ticks(every(3, 3 * 160 - 1));
  const auto joined = join_at_edges(parts);
  expect_each_part_once(joined, parts);
  EXPECT_EQ(joined.size(), parts.size());
}

TEST(JoinedIntervals, StayAsTheyAreWhereUpdatesAreShortAgainstThem) {
  auto parts = ticks(every(3, 600));
  for (EnergyInterval& part : parts) part.length_ns = 100 * kTick;
  const auto joined = join_at_edges(parts);
  expect_each_part_once(joined, parts);
  EXPECT_EQ(joined.size(), parts.size());
}

}  // namespace
}  // namespace joulepath::analysis
