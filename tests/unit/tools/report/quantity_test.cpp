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
