#include "tools/compare/difference.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace joulepath::compare {
namespace {

using analysis::Basis;
using analysis::Figure;

Figure figure(double lo, double value, double hi, Basis basis = Basis::kMeasured) {
  Figure figure;
  figure.lo = lo;
  figure.value = value;
  figure.hi = hi;
  figure.basis = basis;
  return figure;
}

TEST(Difference, BoundsAreThoseOfBothFigures) {
  const Difference less = difference(figure(98, 100, 103), figure(78, 80, 81));
  ASSERT_TRUE(less.change);
  EXPECT_DOUBLE_EQ(less.change->value, -20);
  EXPECT_DOUBLE_EQ(less.change->lo, 78 - 103);
  EXPECT_DOUBLE_EQ(less.change->hi, 81 - 98);
  EXPECT_EQ(less.verdict, Verdict::kLess);
  EXPECT_DOUBLE_EQ(less.relative->value, -0.2);
  EXPECT_DOUBLE_EQ(less.relative->lo, 78.0 / 103 - 1);
  EXPECT_DOUBLE_EQ(*less.relative->hi, 81.0 / 98 - 1);
}

TEST(Difference, IsNoneWhereItsBoundsHoldZero) {
  const Figure before = figure(95, 100, 105);
  EXPECT_EQ(difference(before, figure(106, 108, 110)).verdict, Verdict::kMore);
  EXPECT_EQ(difference(before, figure(105, 108, 110)).verdict, Verdict::kWithinBounds);
  EXPECT_EQ(difference(before, figure(90, 92, 95)).verdict, Verdict::kWithinBounds);
  EXPECT_EQ(difference(before, figure(90, 92, 94.9)).verdict, Verdict::kLess);
  // Bounds that both sides have alike cancel nothing.
  EXPECT_EQ(difference(before, before).verdict, Verdict::kWithinBounds);
  EXPECT_DOUBLE_EQ(difference(before, before).change->lo, -10);
}

TEST(Difference, OfNothingHasNoPart) {
  const Difference from_zero = difference(figure(0, 0, 0), figure(1, 2, 3));
  EXPECT_EQ(from_zero.verdict, Verdict::kMore);
  EXPECT_FALSE(from_zero.relative);
  const Difference open = difference(figure(0, 1, 2), figure(1, 2, 3));
  EXPECT_DOUBLE_EQ(open.relative->lo, -0.5);
  EXPECT_FALSE(open.relative->hi);
}

TEST(Difference, TakesTheWorstBasis) {
  const Difference mixed = difference(figure(98, 100, 103), figure(78, 80, 81, Basis::kAttributed));
  EXPECT_EQ(mixed.change->basis, Basis::kAttributed);
}

TEST(Difference, UnknownStaysUnknownWithItsReason) {
  const Difference unknown = difference(figure(1, 2, 3), analysis::unknown_figure("no sensor"));
  EXPECT_EQ(unknown.verdict, Verdict::kUnknown);
  EXPECT_EQ(unknown.reason, "after: no sensor");
  EXPECT_FALSE(unknown.change);
  EXPECT_FALSE(unknown.relative);
}

TEST(Difference, NeverBetweenMeasuredAndEstimated) {
  const Figure estimate = figure(50, 100, 150, Basis::kEstimated);
  const Difference mixed = difference(figure(10, 11, 12), estimate);
  EXPECT_EQ(mixed.verdict, Verdict::kNotAlike);
  EXPECT_EQ(mixed.reason, "before is measured, after is estimated");
  EXPECT_FALSE(mixed.change);
  EXPECT_EQ(difference(estimate, estimate).verdict, Verdict::kWithinBounds);
}

TEST(Difference, OfOneSideOnlyIsNone) {
  const Difference gone = difference(figure(1, 2, 3), std::nullopt);
  EXPECT_EQ(gone.verdict, Verdict::kOnlyBefore);
  EXPECT_FALSE(gone.change);
  EXPECT_EQ(difference(std::nullopt, figure(1, 2, 3)).verdict, Verdict::kOnlyAfter);
  // What an incomplete trace lacks may have been there.
  EXPECT_EQ(difference(figure(1, 2, 3), std::nullopt, "incomplete").verdict, Verdict::kNotAlike);
}

TEST(Joined, HoldsEveryRun) {
  const Figure side = joined(
      std::vector{figure(98, 100, 103), figure(90, 92, 93), figure(95, 96, 110, Basis::kAveraged)});
  EXPECT_DOUBLE_EQ(side.value, 96);
  EXPECT_DOUBLE_EQ(side.lo, 90);
  EXPECT_DOUBLE_EQ(side.hi, 110);
  EXPECT_EQ(side.basis, Basis::kAveraged);
}

TEST(Joined, OneRunIsItself) {
  const Figure one = figure(98, 100, 103);
  const Figure side = joined(std::vector{one});
  EXPECT_EQ(side.value, one.value);
  EXPECT_EQ(side.lo, one.lo);
  EXPECT_EQ(side.hi, one.hi);
  EXPECT_EQ(joined(std::vector{analysis::unknown_figure("x")}).missing_text(), "x");
}

TEST(Joined, IsUnknownWhereOneRunIs) {
  const Figure side = joined(std::vector{figure(1, 2, 3), analysis::unknown_figure("no sensor")});
  EXPECT_FALSE(side.known());
  EXPECT_EQ(side.missing_text(), "not known in 1 of 2 runs: no sensor");
}

}  // namespace
}  // namespace joulepath::compare
