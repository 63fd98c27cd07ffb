// Waits by cause in the place of those by least times.
#include "core/analysis/exact_waits.hpp"

#include <gtest/gtest.h>

#include <map>

namespace joulepath::analysis {
namespace {

class ExactWaitsTest : public ::testing::Test {
 protected:
  ExactWaitsTest() {
    trace_.functions = {"(compute)", "MPI_Recv", "MPI_Win_fence"};
    node_.cells = {{0, 0, 0}, {1, 0, 1}, {2, 0, 2}};
  }
  void call(std::uint32_t tick, std::uint32_t cell, WaitKind kind, std::int64_t wait_ns) {
    record::EventRow event;
    event.tick = tick;
    event.cell = cell;
    block_.events.push_back(event);
    if (cell == 0) return;  // a change of phase
    CallEvent row;
    row.function = cell;
    trace_.calls.calls.push_back(row);
    WaitCause cause;
    cause.kind = kind;
    cause.wait_ns = wait_ns;
    causes_.by_call.push_back(cause);
  }
  void act(std::uint32_t tick, std::uint32_t cell, std::uint32_t ns, std::uint32_t wait) {
    block_.activity.push_back({tick, 0, cell, ns, 1, 8, wait});
  }
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> waits() {
    ExactWaits exact(trace_, causes_, node_);
    exact.apply(block_);
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> sums;
    for (const auto& row : block_.activity) sums[{row.tick, row.cell}] += row.wait_ns;
    return sums;
  }

  EventTrace trace_;
  WaitCauses causes_;
  record::NodeTables node_;
  record::Block block_;
};

TEST_F(ExactWaitsTest, CausesReplaceTheExcess) {
  act(1, 1, 1000, 999);
  act(2, 1, 1000, 500);
  act(2, 0, 700, 0);
  call(1, 0, WaitKind::kNone, 0);
  call(1, 1, WaitKind::kLateSender, 300);
  call(2, 1, WaitKind::kNone, 0);
  const auto sums = waits();
  EXPECT_EQ(sums.at({1, 1}), 300u);
  EXPECT_EQ(sums.at({2, 1}), 0u);
  std::uint64_t ns = 0, calls = 0;
  for (const auto& row : block_.activity) {
    ns += row.ns;
    calls += row.calls;
  }
  EXPECT_EQ(ns, 2700u);
  EXPECT_EQ(calls, 3u);
}

TEST_F(ExactWaitsTest, AFunctionWithACallThatIsNotMatchedKeepsItsExcess) {
  act(1, 2, 1000, 400);
  act(1, 1, 1000, 400);
  call(1, 2, WaitKind::kCollective, 100);
  call(1, 2, WaitKind::kNotMatched, 0);
  call(1, 1, WaitKind::kLateSender, 50);
  const auto sums = waits();
  EXPECT_EQ(sums.at({1, 2}), 400u);
  EXPECT_EQ(sums.at({1, 1}), 50u);
}

TEST_F(ExactWaitsTest, LongWaitsAreSplitAndTicksStayInOrder) {
  act(1, 1, 10, 0);
  act(3, 1, 10, 0);
  call(2, 1, WaitKind::kCollective, 10'000'000'000);
  const auto sums = waits();
  EXPECT_EQ(sums.at({2, 1}), 10'000'000'000u);
  for (std::size_t i = 1; i < block_.activity.size(); ++i)
    EXPECT_LE(block_.activity[i - 1].tick, block_.activity[i].tick);
}

}  // namespace
}  // namespace joulepath::analysis
