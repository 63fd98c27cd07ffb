#include "core/analysis/figure.hpp"

#include <gtest/gtest.h>

#include "core/analysis/report_class.hpp"
#include "core/analysis/signal_figures.hpp"

namespace joulepath::analysis {
namespace {

Figure figure_of(double value, Basis basis) {
  Figure figure;
  figure.value = value;
  figure.lo = value - 1;
  figure.hi = value + 2;
  figure.basis = basis;
  return figure;
}

TEST(Figure, SumTakesTheWorstBasis) {
  Figure sum;
  sum.add(figure_of(10, Basis::kMeasured));
  sum.add(figure_of(5, Basis::kEstimated));
  sum.add(figure_of(1, Basis::kMeasured));
  EXPECT_EQ(sum.basis, Basis::kEstimated);
  EXPECT_DOUBLE_EQ(sum.value, 16);
  EXPECT_DOUBLE_EQ(sum.lo, 13);
  EXPECT_DOUBLE_EQ(sum.hi, 22);
}

TEST(Figure, UnknownPartIsNamedAndNotAZero) {
  Figure sum;
  sum.add(unknown_figure("no permission"));
  EXPECT_FALSE(sum.known());
  sum.add(figure_of(3, Basis::kMeasured));
  sum.add(unknown_figure("no permission"));
  EXPECT_TRUE(sum.known());
  EXPECT_DOUBLE_EQ(sum.value, 3);
  EXPECT_EQ(sum.missing_text(), "no permission");
}

TEST(ReportClass, ClassesOfTheFunctionTable) {
  EXPECT_EQ(report_class_of("compute"), ReportClass::kCompute);
  EXPECT_EQ(report_class_of("wait"), ReportClass::kWait);
  EXPECT_EQ(report_class_of("transfer"), ReportClass::kTransfer);
  EXPECT_EQ(report_class_of("init"), ReportClass::kTransfer);
  EXPECT_EQ(report_class_of("rma"), ReportClass::kTransfer);
  EXPECT_EQ(report_class_of("io"), ReportClass::kIo);
  EXPECT_EQ(report_class_of("local"), ReportClass::kOther);
  EXPECT_EQ(report_class_of("of a later version"), ReportClass::kOther);
}

/// 1 J units, 1 ms updates, 100 W at most, readings 1 ms wide: an end is off by 0.2 J.
struct Counter {
  record::Signal signal;
  SignalResult result;
  Counter() {
    signal.readable = signal.counted = true;
    signal.si_per_unit = 1.0;
    signal.update_period_ns = 1'000'000;
    result.shared = true;
    result.facts.samples = 11;
    result.facts.intervals = 10;
    result.facts.difference = 1000;
    result.facts.highest_rate = 100.0;
    result.facts.widest_reading_ns = 1'000'000;
  }
};

TEST(SignalFigures, TotalIsOffByItsTwoEndsAndOneUnit) {
  const Counter counter;
  const Figure total = SignalFigures(counter.signal, counter.result, 0).total();
  EXPECT_EQ(total.basis, Basis::kMeasured);
  EXPECT_DOUBLE_EQ(total.value, 1000);
  EXPECT_DOUBLE_EQ(total.lo, 1000 - 1.4);
  EXPECT_DOUBLE_EQ(total.hi, 1000 + 1.4);
}

TEST(SignalFigures, UnknownUpdatePeriodIsTakenAsATick) {
  Counter counter;
  counter.signal.update_period_ns = 0;
  const Figure total = SignalFigures(counter.signal, counter.result, 9'000'000).total();
  EXPECT_DOUBLE_EQ(total.hi, 1000 + 2 * 1.0 + 1);
}

TEST(SignalFigures, LostTimeRaisesTheUpperBoundAndIsNamed) {
  Counter counter;
  counter.result.facts.lost_intervals = 1;
  counter.result.facts.lost_ns = 500'000'000;
  const Figure total = SignalFigures(counter.signal, counter.result, 0).total();
  EXPECT_DOUBLE_EQ(total.lo, 1000 - 1.4);
  EXPECT_DOUBLE_EQ(total.hi, 1000 + 1.4 + 50);
  EXPECT_FALSE(total.missing.empty());
}

TEST(SignalFigures, AnEndThatWasNotReadIsNamed) {
  Counter counter;
  counter.result.facts.unread_end_ns = 5'000'000'000;
  const Figure total = SignalFigures(counter.signal, counter.result, 0).total();
  EXPECT_EQ(total.missing_text(), "gave no reading in the last 5 s");
}

TEST(SignalFigures, EstimateCarriesItsModelsError) {
  Counter counter;
  counter.signal.provenance = record::Provenance::kEstimated;
  counter.signal.relative_error = 0.4;
  const SignalFigures figures(counter.signal, counter.result, 0);
  EXPECT_EQ(figures.total().basis, Basis::kEstimated);
  EXPECT_DOUBLE_EQ(figures.total().lo, 600);
  EXPECT_DOUBLE_EQ(figures.total().hi, 1400);
  EXPECT_EQ(figures.share(10, {5, 20, true, true}).basis, Basis::kEstimated);
}

TEST(SignalFigures, ShareLiesWithinItsBounds) {
  const Counter counter;
  const SignalFigures figures(counter.signal, counter.result, 0);
  const Figure share = figures.share(500, {200, 800, true, false});
  EXPECT_EQ(share.basis, Basis::kAttributed);
  EXPECT_EQ(figures.share(500, {200, 800, true, true}).basis, Basis::kFitted);
  EXPECT_DOUBLE_EQ(share.lo, 200 - 1);
  EXPECT_DOUBLE_EQ(share.hi, 800 + 1);
  EXPECT_DOUBLE_EQ(figures.share(900, {0, 2000, true, false}).hi, figures.total().hi);
  EXPECT_DOUBLE_EQ(figures.share(0, {}).hi, 0);
}

TEST(SignalFigures, WaitingIsPartOfAShare) {
  Counter counter;
  counter.signal.domain = record::Domain::kPackage;  // 2 kW at most: 2000 units a second
  const SignalFigures figures(counter.signal, counter.result, 0);
  const Figure half = figures.waiting(500, {400, 600, true, true}, 1'000'000'000, 500'000'000);
  EXPECT_DOUBLE_EQ(half.value, 250);
  EXPECT_LE(half.lo, 1.0);
  EXPECT_DOUBLE_EQ(half.hi, 601);
  const Figure all = figures.waiting(500, {400, 600, true, true}, 1'000'000, 1'000'000);
  EXPECT_DOUBLE_EQ(all.value, 500);
  const Figure most = figures.waiting(500, {400, 600, true, true}, 100'000'000, 90'000'000);
  EXPECT_DOUBLE_EQ(most.lo, 400 - 2000 * 0.01 - 1);
  EXPECT_DOUBLE_EQ(figures.waiting(500, {400, 600, true, true}, 1'000'000, 0).hi, 0);
}

// 1 ms a period and 1 J a unit: at 0.1 W the unit takes 10 s.
TEST(SignalFigures, ACounterThatNeverMovedIsNoZero) {
  Counter counter;
  counter.signal.source = "powercap";
  counter.result.facts.difference = 0;
  counter.result.facts.first = {0, 0, 7};
  counter.result.facts.last = {9'900'000'000, 10'000'000'000, 7};
  const auto figures = [&] { return SignalFigures(counter.signal, counter.result, 0); };
  EXPECT_FALSE(figures().known());
  EXPECT_EQ(figures().total().missing_text(),
            "the counter did not move in the 10 s that it was read: too short to tell");
  counter.result.facts.last.t_hi_ns += 1;
  EXPECT_EQ(figures().total().missing_text(),
            "the counter did not move in 10 s: stuck, or what it counts is off");
  EXPECT_FALSE(figures().share(0, {}).known());
  counter.signal.kind = record::Kind::kPower;
  EXPECT_EQ(figures().total().missing_text(), "it showed 0 W all the 10 s that it was read");
  counter.signal.provenance = record::Provenance::kEstimated;
  EXPECT_TRUE(figures().known()) << "a model may say so";
}

TEST(SignalFigures, NothingReadIsUnknownWithAReason) {
  Counter counter;
  counter.signal.readable = false;
  counter.signal.reason = "cannot open: Permission denied";
  EXPECT_EQ(SignalFigures(counter.signal, counter.result, 0).total().missing_text(),
            "cannot open: Permission denied");
  counter = {};
  counter.result.facts.intervals = 0;
  EXPECT_FALSE(SignalFigures(counter.signal, counter.result, 0).total().known());
  counter = {};
  counter.result.facts.lost_intervals = counter.result.facts.intervals;
  EXPECT_FALSE(SignalFigures(counter.signal, counter.result, 0).known());
}

}  // namespace
}  // namespace joulepath::analysis
