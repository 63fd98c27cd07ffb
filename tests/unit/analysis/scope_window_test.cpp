// Time that becomes known after its ticks is spread over them, and all of it is kept.
#include "core/analysis/scope_window.hpp"

#include <gtest/gtest.h>

#include "core/analysis/slot_table.hpp"

namespace joulepath::analysis {
namespace {

constexpr double kTickNs = 10e6;

class ScopeWindowTest : public ::testing::Test {
 protected:
  ScopeWindowTest() : slots_(run(), node(), {}) {
    slots_.slot_of(0, 0);  // 0: a lane that tells
    slots_.slot_of(1, 0);  // 1: one that is sampled
    for (int tick = 0; tick < 20; ++tick) {
      window_.add(0, kTickNs);
      window_.end_tick(slots_, scratch_);
    }
  }
  static record::RunTables run() {
    record::RunTables tables;
    tables.functions = {{0, "(compute)", "compute"}};
    tables.phases = {{0, ""}};
    return tables;
  }
  static record::NodeTables node() {
    record::NodeTables tables;
    tables.processes.emplace_back();
    tables.lanes.resize(2);
    tables.lanes[1].lane = 1;
    tables.cells = {{0, 0, 0}};
    return tables;
  }
  double ns_of(std::uint32_t slot, std::uint64_t begin, std::uint64_t end) {
    double sum = 0;
    for (const WindowTaker& taker : window_.takers(begin, end))
      if (taker.slot == slot) sum += static_cast<double>(taker.ns);
    return sum;
  }
  double ns_of_lane(std::uint32_t lane, std::uint64_t tick) {
    double sum = 0;
    for (const GroupTime& time : window_.groups(tick, tick + 1))
      if (time.group == slots_.groups().index(GroupKind::kLane, lane)) sum += time.ns;
    return sum;
  }

  SlotTable slots_;
  GroupTimes scratch_;
  ScopeWindow window_;
};

TEST_F(ScopeWindowTest, SpreadsEvenlyOverItsTicks) {
  window_.add_late({1, 5, 15, 50e6});
  window_.merge_late(slots_, scratch_);
  EXPECT_EQ(ns_of(1, 0, 5), 0);
  EXPECT_EQ(ns_of(1, 15, 20), 0);
  for (std::uint64_t tick = 5; tick < 15; ++tick) {
    EXPECT_NEAR(ns_of(1, tick, tick + 1), 5e6, 1) << tick;
    EXPECT_NEAR(ns_of_lane(1, tick), 5e6, 1) << "the groups know it too";
  }
  EXPECT_NEAR(ns_of(0, 0, 20), 20 * kTickNs, 1) << "who was there keeps its time";
  EXPECT_EQ(window_.lanes(7), 1u) << "a lane that tells";
}

TEST_F(ScopeWindowTest, WhoRanSeldomRanAtTheEnd) {
  window_.add_late({1, 0, 20, 1e6});  // 0.5 %
  window_.merge_late(slots_, scratch_);
  EXPECT_EQ(ns_of(1, 0, 19), 0) << "those ticks belong to who was there";
  EXPECT_NEAR(ns_of(1, 19, 20), 1e6, 1);
}

TEST_F(ScopeWindowTest, WhatLiesBeforeTheWindowGoesToWhatIsLeft) {
  window_.drop_before(10);
  window_.add_late({1, 4, 14, 40e6});
  window_.merge_late(slots_, scratch_);
  EXPECT_NEAR(ns_of(1, 10, 14), 40e6, 4);
  EXPECT_EQ(ns_of(1, 14, 20), 0);
}

// A lane may be in several windows: two sockets, or a socket and a GPU.
TEST_F(ScopeWindowTest, EachWindowLearnsTheBusyTimeOfEachTick) {
  BusyTime busy(2);
  for (int tick = 0; tick < 20; ++tick) {
    busy.add_time(0, false, 10'000'000);
    busy.add_cpu(0, static_cast<std::uint64_t>(tick), tick < 10 ? 2'000'000 : 10'000'000);
  }
  ScopeWindow other = window_;
  for (ScopeWindow* window : {&window_, &other}) {
    window->note_busy(busy, slots_, 20);
    EXPECT_NEAR(window->takers(3, 4).front().busy, 2e6, 1);
    EXPECT_NEAR(window->takers(13, 14).front().busy, 10e6, 1);
  }
}

TEST_F(ScopeWindowTest, MergedOnceOnly) {
  window_.add_late({1, 0, 10, 20e6});
  window_.merge_late(slots_, scratch_);
  window_.merge_late(slots_, scratch_);
  EXPECT_NEAR(ns_of(1, 0, 20), 20e6, 4);
  window_.drop_before(5);
  EXPECT_NEAR(ns_of(1, 5, 20), 10e6, 4);
}

}  // namespace
}  // namespace joulepath::analysis
