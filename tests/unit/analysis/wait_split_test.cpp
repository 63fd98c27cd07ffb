#include "core/analysis/wait_split.hpp"

#include <gtest/gtest.h>

#include "core/analysis/figure_parts.hpp"
#include "small_trace.hpp"

namespace joulepath::analysis {
namespace {

using testing::SmallTrace;

constexpr std::uint32_t kSend = 1;
constexpr std::uint32_t kWait = 2;
constexpr std::uint32_t kWrite = 3;
constexpr std::uint32_t kCommRank = 4;
constexpr std::uint32_t kBarrier = 5;

Figure figure(double value, double lo, double hi) {
  Figure figure;
  figure.value = value;
  figure.lo = lo;
  figure.hi = hi;
  figure.basis = Basis::kAttributed;
  return figure;
}

/// 10 ms each of computing and of every function, of which 6 ms are waiting if `told`.
struct Fixture {
  explicit Fixture(std::uint32_t wait_ns) {
    trace.run.functions.push_back({kBarrier, "MPI_Barrier", "wait"});
    trace.node.cells.push_back({6, 0, kBarrier});
    trace.add_sensor("pkg0", 0);
    trace.add_rank(0, "0");
    trace.tick(0);
    trace.sample(0, 0, 0);
    trace.tick(1);
    trace.sample(1, 0, 6'000'000);
    for (const std::uint32_t cell : {0u, 1u, 2u, 3u, 4u, 6u}) {
      trace.act(1, 0, cell, 10'000'000, 1);
      if (cell != 0) trace.block.activity.back().wait_ns = wait_ns;
    }
    result = trace.attribute();
    groups = summarize_groups(trace.node, result, signal_figures(trace.node, result));
  }
  void tell(std::uint32_t function, const Figure& energy) {
    groups[result.groups.index(GroupKind::kFunction, function)].wait_energy = energy;
  }
  [[nodiscard]] std::array<GroupSummary, kReportClasses.size()> classes() const {
    return summarize_classes(trace.run, result, groups, WaitSplit(trace.run, result));
  }
  SmallTrace trace;
  NodeResult result;
  std::vector<GroupSummary> groups;
};

const GroupSummary& of(const std::array<GroupSummary, kReportClasses.size()>& classes,
                       ReportClass report_class) {
  return classes[static_cast<std::size_t>(report_class)];
}

TEST(WaitSplit, TheWaitingOfATransferIsWait) {
  Fixture run(6'000'000);
  run.tell(kSend, figure(0.5, 0.1, 0.9));
  run.tell(kWait, figure(0.7, 0.2, 0.9));
  const auto classes = run.classes();
  // Wait: all of Barrier, 6 ms of Send, 6 ms of Wait; transfer: the other 4 ms of both.
  EXPECT_EQ(of(classes, ReportClass::kWait).ns, 22'000'000u);
  EXPECT_EQ(of(classes, ReportClass::kTransfer).ns, 8'000'000u);
  EXPECT_EQ(of(classes, ReportClass::kIo).ns, 10'000'000u);
  EXPECT_EQ(of(classes, ReportClass::kOther).ns, 10'000'000u);
  EXPECT_NEAR(of(classes, ReportClass::kWait).energy.value, 1.0 + 0.5 + 0.7, 1e-9);
  EXPECT_NEAR(of(classes, ReportClass::kTransfer).energy.value, 0.5 + 0.3, 1e-9);
  double sum = 0;
  for (const auto& row : classes) {
    sum += row.energy.value;
    EXPECT_LE(row.energy.lo, row.energy.value);
    EXPECT_GE(row.energy.hi, row.energy.value);
  }
  EXPECT_NEAR(sum, 6.0, 1e-9);
}

TEST(WaitSplit, EnergyThatIsNotToldApartIsUnknownAndTheRestStays) {
  Fixture run(6'000'000);
  run.tell(kSend, unknown_figure("not told apart"));
  run.tell(kWait, unknown_figure("not told apart"));
  const auto classes = run.classes();
  EXPECT_FALSE(of(classes, ReportClass::kWait).energy.known());
  EXPECT_FALSE(of(classes, ReportClass::kWait).energy.missing.empty());
  EXPECT_FALSE(of(classes, ReportClass::kTransfer).energy.known());
  EXPECT_NEAR(of(classes, ReportClass::kCompute).energy.value, 1.0, 1e-9);
  EXPECT_NEAR(of(classes, ReportClass::kIo).energy.value, 1.0, 1e-9);
  EXPECT_EQ(of(classes, ReportClass::kWait).ns, 22'000'000u);
}

// 10 ms of each function at 100 W: what a group's own figure says of its waiting is 6 ms.
TEST(WaitSplit, AFunctionsOwnFigureOfItsWaiting) {
  const Fixture run(6'000'000);
  const auto classes = run.classes();
  EXPECT_NEAR(of(classes, ReportClass::kWait).energy.value, 1.0 + 0.6 + 0.6, 1e-5);
  EXPECT_NEAR(of(classes, ReportClass::kTransfer).energy.value, 0.4 + 0.4, 1e-5);
}

TEST(WaitSplit, ATraceWithoutWaitsCountsWholeFunctions) {
  const Fixture run(0);
  const auto classes = run.classes();
  EXPECT_EQ(of(classes, ReportClass::kWait).ns, 20'000'000u);
  EXPECT_EQ(of(classes, ReportClass::kTransfer).ns, 10'000'000u);
  EXPECT_NEAR(of(classes, ReportClass::kWait).energy.value, 2.0, 1e-9);
  const WaitSplit split(run.trace.run, run.result);
  EXPECT_EQ(split.part(kSend), WaitPart::kUnknown);  // not "none": nobody has looked
  EXPECT_EQ(split.part(kWait), WaitPart::kAll);
  EXPECT_EQ(split.part(kCommRank), WaitPart::kNone);
  EXPECT_EQ(split.part(kWrite), WaitPart::kNone);
}

TEST(WaitSplit, NeverMoreThanTheTimeThereIs) {
  const Fixture run(60'000'000);
  const WaitSplit split(run.trace.run, run.result);
  EXPECT_EQ(split.wait_ns(kSend, 10, 60), 10u);
  EXPECT_EQ(split.wait_ns(kWrite, 10, 60), 0u);
  EXPECT_EQ(split.wait_ns(kBarrier, 10, 1), 10u);
  EXPECT_EQ(split.wait_ns(12345, 10, 5), 0u);
}

TEST(FigureParts, ADifferenceHoldsWhateverTheParts) {
  const Figure rest = without(figure(10, 8, 12), figure(4, 1, 9));
  EXPECT_DOUBLE_EQ(rest.value, 6);
  EXPECT_DOUBLE_EQ(rest.lo, 0);
  EXPECT_DOUBLE_EQ(rest.hi, 11);
  EXPECT_FALSE(without(figure(1, 1, 1), unknown_figure("why")).known());
  EXPECT_EQ(without(figure(1, 1, 1), unknown_figure("why")).missing_text(), "why");
}

TEST(FigureParts, ASumIsNoMoreThanTheWhole) {
  EXPECT_DOUBLE_EQ(capped(figure(5, 1, 20), figure(8, 7, 9)).hi, 9);
  EXPECT_DOUBLE_EQ(capped(figure(5, 1, 6), figure(8, 7, 9)).hi, 6);
}

}  // namespace
}  // namespace joulepath::analysis
