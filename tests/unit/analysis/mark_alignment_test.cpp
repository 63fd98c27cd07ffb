// Clocks of nodes by the marks of their processes: what can be aligned is, what cannot is named.
#include "core/analysis/mark_alignment.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "core/analysis/clock_summary.hpp"

namespace joulepath::analysis {
namespace {

using record::ClockRow;
using record::NodeClock;
using record::NodeMarks;

constexpr std::int64_t kUs = 1000;
constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

/// Nodes whose clocks are ahead by whole hours and the given ns: collectives each second, in
/// which one after the other comes last and all leave 5 us later.
std::vector<NodeMarks> nodes_with(const std::vector<std::int64_t>& ahead_ns,
                                  std::uint64_t collectives = 40) {
  std::vector<NodeMarks> nodes(ahead_ns.size());
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    nodes[n].ranks = {static_cast<std::int32_t>(n)};
    nodes[n].world = static_cast<std::int32_t>(nodes.size());
    for (std::uint64_t k = 1; k <= collectives; ++k) {
      const std::int64_t all_there = static_cast<std::int64_t>(k) * kSecond;
      const bool last = k % nodes.size() == n;
      const std::int64_t late = last ? 0 : 300 * kUs + static_cast<std::int64_t>(k + n) * kUs;
      nodes[n].marks.push_back(
          {k, all_there - late + ahead_ns[n], all_there + 5 * kUs + ahead_ns[n]});
    }
    nodes[n].first_ns = ahead_ns[n];
    nodes[n].last_ns = static_cast<std::int64_t>(collectives + 1) * kSecond + ahead_ns[n];
  }
  return nodes;
}

void expect_offset(const NodeClock& clock, std::int64_t truth_ns, std::int64_t within_ns) {
  ASSERT_EQ(clock.unknown, "");
  ASSERT_FALSE(clock.rows.empty());
  for (const ClockRow& row : clock.rows) {
    EXPECT_LE(std::abs(row.offset_ns - truth_ns), within_ns);
    EXPECT_LE(row.lo_ns, truth_ns);
    EXPECT_GE(row.hi_ns, truth_ns);
    EXPECT_LE(row.lo_ns, row.offset_ns);
    EXPECT_GE(row.hi_ns, row.offset_ns);
  }
}

TEST(MarkAlignment, FindsOffsetsOfHours) {
  constexpr std::int64_t kHours = 19 * 3600 * kSecond;
  const auto clocks = align_by_marks(nodes_with({7, kHours + 123'456'789, -kHours}));
  ASSERT_EQ(clocks.size(), 3u);
  expect_offset(clocks[0], 0, 0);
  EXPECT_EQ(clocks[0].rows.front().lo_ns, 0);
  expect_offset(clocks[1], -kHours - 123'456'789 + 7, kUs);
  expect_offset(clocks[2], kHours + 7, kUs);
  // From the first moment of the recording to the last.
  EXPECT_EQ(clocks[1].rows.front().t_ns, kHours + 123'456'789);
  EXPECT_EQ(clocks[1].rows.back().t_ns, kHours + 123'456'789 + 41 * kSecond);
}

TEST(MarkAlignment, ASingleCollectiveEncloses) {
  auto nodes = nodes_with({0, 5 * kMs}, 1);
  const auto clocks = align_by_marks(nodes);
  expect_offset(clocks[1], -5 * kMs, 10 * kUs);
}

TEST(MarkAlignment, BoundsLeaveRoomForWanderBetweenMarks) {
  auto nodes = nodes_with({0, 0}, 5);
  for (NodeMarks& node : nodes)
    for (std::size_t k = 0; k < node.marks.size(); ++k) {
      const std::int64_t at = 100 * kSecond * static_cast<std::int64_t>(k);
      node.marks[k] = {k + 1, at - 2 * kUs, at};
    }
  const auto clocks = align_by_marks(nodes);
  ASSERT_EQ(clocks[1].rows.size(), 5u);
  for (std::size_t k = 1; k < 5; ++k) {
    const ClockRow &before = clocks[1].rows[k - 1], &row = clocks[1].rows[k];
    EXPECT_NEAR(static_cast<double>(row.offset_ns), 0, kUs);
    // One ppm faster for 50 s, then as much slower.
    EXPECT_GE((before.hi_ns + row.hi_ns) / 2, 50 * kUs);
    EXPECT_LE((before.lo_ns + row.lo_ns) / 2, -50 * kUs);
    EXPECT_LE(row.hi_ns, 60 * kUs);
  }
}

TEST(MarkAlignment, OneNodeHasNothingToAlignWith) {
  const auto clocks = align_by_marks(nodes_with({0}));
  ASSERT_EQ(clocks.size(), 1u);
  EXPECT_TRUE(clocks[0].rows.empty());
  EXPECT_EQ(clocks[0].unknown, "");
}

TEST(MarkAlignment, ANodeWithoutMarksIsNamedAndTheOthersAreAligned) {
  auto nodes = nodes_with({0, kMs, 2 * kMs});
  nodes[1].marks.clear();
  nodes[1].ranks.clear();
  const auto clocks = align_by_marks(nodes);
  EXPECT_TRUE(clocks[1].rows.empty());
  EXPECT_NE(clocks[1].unknown.find("MPI_Barrier"), std::string::npos);
  expect_offset(clocks[2], -2 * kMs, kUs);
}

TEST(MarkAlignment, AClockThatWasSetIsNamedAndTheOthersAreAligned) {
  for (const std::size_t wrong : {0u, 1u, 3u}) {
    auto nodes = nodes_with({0, kMs, 2 * kMs, 3 * kMs});
    for (std::size_t k = 20; k < nodes[wrong].marks.size(); ++k) {
      nodes[wrong].marks[k].last_begin_ns += 50 * kMs;
      nodes[wrong].marks[k].first_end_ns += 50 * kMs;
    }
    const auto clocks = align_by_marks(nodes);
    EXPECT_TRUE(clocks[wrong].rows.empty()) << wrong;
    EXPECT_NE(clocks[wrong].unknown.find("do not fit"), std::string::npos) << wrong;
    const std::int64_t reference_ns = wrong == 0 ? kMs : 0;
    for (std::size_t n = 0; n < nodes.size(); ++n)
      if (n != wrong)
        expect_offset(clocks[n], reference_ns - static_cast<std::int64_t>(n) * kMs, kUs);
  }
}

TEST(MarkAlignment, MarksOfANodeThatDiedEarlyBoundItStill) {
  auto nodes = nodes_with({0, kMs, 2 * kMs});
  nodes[2].marks.resize(7);
  nodes[2].last_ns = 8 * kSecond;
  const auto clocks = align_by_marks(nodes);
  expect_offset(clocks[1], -kMs, kUs);
  expect_offset(clocks[2], -2 * kMs, 2 * kUs);
}

TEST(MarkAlignment, TwoProgramsAreNotMixed) {
  auto twice = nodes_with({0, kMs});
  twice[1].ranks = {0};
  for (const NodeClock& clock : align_by_marks(twice)) {
    EXPECT_TRUE(clock.rows.empty());
    EXPECT_NE(clock.unknown.find("several programs"), std::string::npos);
  }
  auto sizes = nodes_with({0, kMs});
  sizes[1].world = 7;
  EXPECT_NE(align_by_marks(sizes)[0].unknown, "");
  auto flagged = nodes_with({0, kMs});
  flagged[1].several_worlds = true;
  EXPECT_NE(align_by_marks(flagged)[0].unknown, "");
}

TEST(MarkAlignment, NodesThatNeverMetAreNotAligned) {
  auto nodes = nodes_with({0, kMs});
  for (auto& mark : nodes[1].marks) mark.ordinal += 1000;
  for (const NodeClock& clock : align_by_marks(nodes)) {
    EXPECT_TRUE(clock.rows.empty());
    EXPECT_NE(clock.unknown, "");
  }
}

record::NodeTables tables(const char* name, std::int64_t utc_ns, std::int64_t monotonic_ns,
                          std::vector<ClockRow> clock) {
  record::NodeTables node;
  node.info.hostname = name;
  node.info.start_utc_ns = utc_ns;
  node.info.start_monotonic_ns = monotonic_ns;
  node.clock = std::move(clock);
  return node;
}

TEST(ClockSummary, TellsOffsetsBesideUtc) {
  record::RunTables run;
  run.meta = {{"clock_unknown.2", "it was set"}};
  ClocksSummaryBuilder builder;
  builder.add(run, tables("a", 1000 * kSecond, 10 * kSecond, {{0, 0, 0, 0}, {9, 0, 0, 0}}));
  // Its monotonic clock is 3600 s ahead, its UTC 0.8 s.
  builder.add(run, tables("b", 1000 * kSecond + 800 * kMs, 3610 * kSecond,
                          {{3610 * kSecond, -3600 * kSecond, -3600 * kSecond - 40 * kUs,
                            -3600 * kSecond + 30 * kUs},
                           {3710 * kSecond, -3600 * kSecond + kMs, -3600 * kSecond + kMs - 70 * kUs,
                            -3600 * kSecond + kMs + 30 * kUs}}));
  builder.add(run, tables("c", 0, 0, {}));
  const ClocksSummary clocks = builder.finish();
  EXPECT_EQ(clocks.basis, ClockBasis::kMarks);
  ASSERT_EQ(clocks.nodes.size(), 3u);
  EXPECT_EQ(clocks.aligned(), 2u);
  EXPECT_EQ(clocks.nodes[0].offset_s, 0);
  EXPECT_NEAR(clocks.nodes[1].offset_s, -0.8, 1e-9);
  EXPECT_NEAR(clocks.nodes[1].drift_ppm, 10, 1e-6);
  EXPECT_NEAR(clocks.nodes[1].error_s, 70e-6, 1e-12);
  EXPECT_NEAR(clocks.error_s, 70e-6, 1e-12);
  EXPECT_EQ(clocks.nodes[2].unknown, "it was set");
}

TEST(ClockSummary, OfOneNodeIsEmpty) {
  ClocksSummaryBuilder builder;
  builder.add({}, tables("a", 0, 0, {}));
  EXPECT_TRUE(builder.finish().nodes.empty());
}

}  // namespace
}  // namespace joulepath::analysis
