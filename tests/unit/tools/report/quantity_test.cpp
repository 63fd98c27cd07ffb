#include "tools/report/quantity.hpp"

#include <gtest/gtest.h>

#include "synthetic_summary.hpp"

namespace joulepath::report {
namespace {

using analysis::Basis;
using testing::figure;

std::string joules(double value) {
  return joules_text(figure(value, 0, Basis::kMeasured));
}

TEST(JoulesText, FourDigitsAndAUnitThatFits) {
  EXPECT_EQ(joules(0), "0 J");
  EXPECT_EQ(joules(1.23456), "1.235 J");
  EXPECT_EQ(joules(12.3456), "12.35 J");
  EXPECT_EQ(joules(123.456), "123.5 J");
  EXPECT_EQ(joules(1234.56), "1235 J");
  EXPECT_EQ(joules(123456), "123.5 kJ");
  EXPECT_EQ(joules(123456789), "123.5 MJ");
  EXPECT_EQ(joules(0.0123), "12.30 mJ");
  EXPECT_EQ(joules(0.0000123), "12.30 uJ");
}

TEST(JoulesText, EstimatesAreMarkedAndUnknownIsSaid) {
  EXPECT_EQ(joules_text(figure(5, 1, Basis::kEstimated)), "~5.000 J");
  EXPECT_EQ(joules_text(figure(0, 0, Basis::kEstimated)), "~0 J");
  EXPECT_EQ(joules_text(analysis::unknown_figure("x")), "unknown");
  EXPECT_EQ(bounds_text(analysis::unknown_figure("x")), "");
}

TEST(BoundsText, RoundsOutwardsInTheSameUnit) {
  analysis::Figure odd = figure(1234.5, 0, Basis::kMeasured);
  odd.lo = 1230.9;
  odd.hi = 1238.1;
  EXPECT_EQ(bounds_text(odd), "[1230, 1239]");
  EXPECT_EQ(bounds_text(figure(123456, 1000, Basis::kMeasured)), "[122.4, 124.5]");
  EXPECT_EQ(bounds_text(figure(2, 2, Basis::kMeasured)), "[0, 4.000]");
}

// One unit for the value and its bounds: of a difference that may be nothing, the bounds'.
TEST(ChangeText, HasASignAndTheUnitOfItsBounds) {
  const auto change = [](double lo, double value, double hi) {
    analysis::Figure figure = testing::figure(0, 0, Basis::kMeasured);
    figure.lo = lo;
    figure.value = value;
    figure.hi = hi;
    return change_text(figure, "W") + " " + bounds_text(figure);
  };
  EXPECT_EQ(change(10, 12.3456, 20), "+12.35 W [10.00, 20.00]");
  EXPECT_EQ(change(-20.001, -12.3456, -10.009), "-12.35 W [-20.01, -10.00]");
  EXPECT_EQ(change(-0.495, 0.0126, 0.51936), "+0.013 W [-0.495, 0.520]");
  EXPECT_EQ(change(-0.02, 0, 0.02), "0 mW [-20.000, 20.000]");
  EXPECT_EQ(change(-369, -0.0003, 372), "0.000 W [-369.00, 372.00]");
  EXPECT_EQ(change(-123'456, -99'000, -90'000), "-99.00 kW [-123.46, -90.00]");
  analysis::Figure estimate = figure(5, 1, Basis::kEstimated);
  EXPECT_EQ(change_text(estimate, "J"), "~+5.000 J");
  EXPECT_EQ(change_text(analysis::unknown_figure("x"), "J"), "unknown");
}

TEST(BoundsText, OfNothingIsInItsUnit) {
  analysis::Figure nothing = figure(0, 0, Basis::kMeasured);
  nothing.hi = 234'567;
  EXPECT_EQ(joules_text(nothing) + " " + bounds_text(nothing), "0 kJ [0, 234.57]");
}

TEST(ShareText, OfAKnownWholeOnly) {
  const auto whole = figure(200, 0, Basis::kMeasured);
  EXPECT_EQ(share_text(figure(50, 0, Basis::kMeasured), whole), "25.0 %");
  EXPECT_EQ(share_text(figure(0.001, 0, Basis::kMeasured), whole), "<0.1 %");
  EXPECT_EQ(share_text(analysis::unknown_figure("x"), whole), "");
  EXPECT_EQ(share_text(whole, figure(0, 0, Basis::kMeasured)), "");
}

TEST(Times, ReadWell) {
  EXPECT_EQ(duration_text(12.345), "12.35 s");
  EXPECT_EQ(duration_text(192), "3 min 12 s");
  EXPECT_EQ(duration_text(7500), "2 h 05 min");
  EXPECT_EQ(seconds_text(0), "0 s");
  EXPECT_EQ(seconds_text(0.0123), "12.30 ms");
  EXPECT_EQ(seconds_text(2.4e-6), "2.400 us");
  EXPECT_EQ(seconds_text(360'000), "100.0 h");
  EXPECT_EQ(seconds_text(9.9e8), "275.0 kh");
}

TEST(CountsAndBytes, PowersOfAThousand) {
  EXPECT_EQ(count_text(99'999), "99999");
  EXPECT_EQ(count_text(1'920'000), "1.920 M");
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(15'728'640'000), "15.73 GB");
  EXPECT_EQ(count_text(18'446'744'073'709'551'615ull), "18.45 E");
}

}  // namespace
}  // namespace joulepath::report
