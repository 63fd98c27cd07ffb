// What is certain of a group that was alone: ends count once for each stretch of intervals that
// follow each other in time, and as wide as the wider of them.
#include "core/analysis/share_bounds.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace joulepath::analysis {
namespace {

constexpr double kUnits = 1000.0;

struct Interval {
  std::uint64_t begin;
  std::uint64_t end;
  double end_units = 5.0;
  bool usual = true;
};

/// Half the distance of the bounds of the only process, which was alone in all of them.
double half_width(const std::vector<Interval>& intervals) {
  GroupLayout layout;
  layout.first = {0, 1, 2, 3, 4};
  layout.count = 5;
  ShareBounds bounds(layout, 1e9);
  const GroupTime process{0, 1e6};
  std::vector<BoundedInterval> bounded;
  std::vector<double> usual(layout.count, 0.0), others(layout.count, 0.0);
  for (const Interval& interval : intervals) {
    BoundedInterval one;
    one.begin = interval.begin;
    one.end = interval.end;
    one.groups = {&process, 1};
    one.units = kUnits;
    one.end_units = interval.end_units;
    one.usual = interval.usual;
    bounded.push_back(one);
    (interval.usual ? usual : others)[0] += kUnits;
  }
  bounds.add_window(bounded, usual, others, [](std::uint32_t) { return std::nullopt; });
  const GroupBounds found = bounds.bounds()[0];
  const double sum = kUnits * static_cast<double>(intervals.size());
  EXPECT_DOUBLE_EQ(found.hi - sum, sum - found.lo);
  return (found.hi - found.lo) / 2.0;
}

TEST(ShareBounds, InsideAStretchTelescopes) {
  EXPECT_DOUBLE_EQ(half_width({{0, 1}, {1, 2}, {2, 4}}), 5.0);
}

TEST(ShareBounds, AGapMakesTwoStretches) {
  EXPECT_DOUBLE_EQ(half_width({{0, 1}, {1, 2}, {3, 4}}), 10.0);
}

TEST(ShareBounds, TheWiderEndOfAStretchCounts) {
  EXPECT_DOUBLE_EQ(half_width({{3, 4}, {4, 5, 50.0}}), 50.0);
  EXPECT_DOUBLE_EQ(half_width({{3, 4, 50.0}, {4, 5}}), 50.0);
  EXPECT_DOUBLE_EQ(half_width({{3, 4}, {4, 5, 50.0}, {7, 8}}), 55.0);
}

TEST(ShareBounds, UnusualIntervalsBreakNoStretch) {
  EXPECT_DOUBLE_EQ(half_width({{0, 1}, {1, 2, 5.0, false}, {2, 3}}), 5.0);
}

TEST(ShareBounds, AnUnusualIntervalElsewhereIsAStretchOfItsOwn) {
  EXPECT_DOUBLE_EQ(half_width({{0, 1}, {1, 2}, {9, 10, 40.0, false}}), 45.0);
}

}  // namespace
}  // namespace joulepath::analysis
