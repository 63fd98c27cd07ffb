// The same run, once booked by the accumulators of the shim as it goes, once told as events:
// the rows and the attribution must be the same.
#include "core/analysis/events_as_activity.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <random>
#include <tuple>

#include "core/record/lane_reader.hpp"
#include "core/record/lane_writer.hpp"
#include "small_trace.hpp"

namespace joulepath::analysis {
namespace {

using record::ActivityRow;
using testing::SmallTrace;

constexpr std::uint32_t kBarrier = 2;  // waits, in SmallTrace
constexpr std::uint32_t kLanes = 3;

auto at(std::int64_t now) {
  return [now] { return static_cast<std::uint64_t>(now); };
}

auto fields(const ActivityRow& row) {
  return std::tuple(row.tick, row.lane, row.cell, row.ns, row.calls, row.bytes, row.wait_ns);
}

/// One lane's accumulators with their cells, looked at as the recorder does.
class Accumulators {
 public:
  explicit Accumulators(std::uint32_t lane) : lane_(lane) { memory_->header.cell_count.store(2); }

  void mark(const LaneMark& mark) {
    if (mark.kind == LaneMarkKind::kStop) {
      writer_.stop(at(mark.t_ns));
      return;
    }
    if (mark.kind == LaneMarkKind::kStart)
      writer_.start(memory_.get(), 0, static_cast<std::uint64_t>(mark.t_ns));
    phase_ = mark.phase;
    const std::uint32_t compute = cell(0);
    if (!in_call_) writer_.move_to(compute, at(mark.t_ns));
    if (mark.kind == LaneMarkKind::kPhaseBegin) writer_.count(compute, 0);
  }
  void begin(const CallEvent& call) {
    call_cell_ = cell(call.function);
    writer_.move_to(call_cell_, at(call.t_begin_ns));
    in_call_ = true;
  }
  void end(const CallEvent& call, const WaitCause& wait) {
    writer_.move_to(cell(0), at(call.t_end_ns));
    writer_.count(call_cell_, call.bytes);
    writer_.count_wait(memory_->cells[call_cell_], static_cast<std::uint64_t>(wait.wait_ns));
    in_call_ = false;
  }
  void look(const record::TickRow& tick, const std::vector<record::CellRow>& cells,
            std::vector<ActivityRow>& rows) {
    changes_.clear();
    reader_.look(static_cast<std::uint64_t>(tick.t_lanes_ns), changes_);
    for (const record::CellChange& change : changes_) {
      const record::Cell& cell = memory_->cells[change.cell];
      const auto key = std::find_if(cells.begin(), cells.end(), [&](const record::CellRow& row) {
        return row.phase == cell.phase && row.function == cell.function;
      });
      ASSERT_NE(key, cells.end());
      rows.push_back({tick.tick, lane_, key->cell,
                      static_cast<std::uint32_t>(change.ticks_after - change.ticks_before),
                      change.calls, change.bytes,
                      static_cast<std::uint32_t>(change.wait_after - change.wait_before)});
    }
  }

 private:
  std::uint32_t cell(std::uint32_t function) {
    if (phase_ == 0 && function == 0) return record::kComputeCell;
    const auto [known, added] = cells_.try_emplace({phase_, function}, 0);
    if (added)
      known->second = writer_.new_cell(static_cast<std::uint16_t>(phase_),
                                       static_cast<std::uint16_t>(function));
    return known->second;
  }

  std::uint32_t lane_;
  std::unique_ptr<record::Lane> memory_ = std::make_unique<record::Lane>();
  record::LaneWriter writer_;
  record::LaneReader reader_{memory_.get()};
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> cells_;
  std::vector<record::CellChange> changes_;
  std::uint32_t phase_ = 0;
  std::uint32_t call_cell_ = 0;
  bool in_call_ = false;
};

/// Three ranks that compute, call, go through phases, and meet in barriers.
struct Program {
  CallTrace calls;
  std::vector<LaneMark> marks;
  std::vector<record::TickRow> ticks;
  std::vector<record::CellRow> cells;

  explicit Program(unsigned seed) : random_(seed) {
    calls.communicators = {{0, {0, 1, 2}}};
    const std::int64_t first = SmallTrace::time_of(0) + 3'000'000;
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      now_[lane] = first + lane * 1'000'003;
      marks.push_back({lane, now_[lane], LaneMarkKind::kStart, 0});
    }
    for (int step = 0; step < 150; ++step) {
      for (std::uint32_t lane = 0; lane < kLanes; ++lane) work(lane);
      meet();
    }
    const std::int64_t last = *std::max_element(now_.begin(), now_.end());
    for (std::uint32_t lane = 0; lane + 1 < kLanes; ++lane)
      marks.push_back({lane, now_[lane] + 10, LaneMarkKind::kStop, 0});  // one goes on
    for (std::uint32_t tick = 0; SmallTrace::time_of(tick) < last + 25'000'000; ++tick)
      ticks.push_back({tick, SmallTrace::time_of(tick) - 20'000, SmallTrace::time_of(tick)});
  }

 private:
  std::int64_t any(std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(random_);
  }
  void call(std::uint32_t lane, std::uint32_t function, std::int64_t end) {
    calls.calls.push_back({static_cast<std::int32_t>(lane), lane, function, now_[lane], end,
                           static_cast<std::uint64_t>(any(1000)), Blocking::kUntilAll});
    now_[lane] = end;
  }
  void work(std::uint32_t lane) {
    now_[lane] += any(4'000'000);
    // Now and then at a tick's very moment.
    if (any(3) == 0) now_[lane] += testing::kTickNs - now_[lane] % testing::kTickNs;
    const std::int64_t begin = now_[lane];
    const std::int64_t end =
        any(3) == 0 ? begin + testing::kTickNs - begin % testing::kTickNs : begin + any(25'000'000);
    call(lane, any(1) == 0 ? 1 : 3, end);
    const std::int64_t where = any(4) == 0 && end > begin ? begin + any(end - begin) : end;
    if (any(1) == 0) {
      phase_[lane] ^= 1u;
      marks.push_back({lane, where,
                       phase_[lane] == 1 ? LaneMarkKind::kPhaseBegin : LaneMarkKind::kPhaseEnd,
                       phase_[lane]});
    }
  }
  void meet() {
    for (auto& now : now_) now += any(100'000);
    const std::int64_t all = *std::max_element(now_.begin(), now_.end());
    for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
      call(lane, kBarrier, all + 1 + any(50'000));
      calls.operations.push_back(
          {static_cast<std::uint32_t>(calls.calls.size() - 1), OperationKind::kAllToAll, 0, -1, 0});
    }
  }

  std::mt19937 random_;
  std::array<std::int64_t, kLanes> now_{};
  std::array<std::uint32_t, kLanes> phase_{};
};

/// What happens in the run, in order of time, through the accumulators.
std::vector<ActivityRow> rows_of_accumulators(const Program& run,
                                              const std::vector<WaitCause>& waits,
                                              const std::vector<record::CellRow>& cells) {
  struct Step {
    std::int64_t t_ns;
    int order;  ///< of steps of one moment: ends, marks, begins; looks come last
    std::size_t row;
  };
  std::vector<std::vector<Step>> steps(kLanes);
  for (std::size_t i = 0; i < run.calls.calls.size(); ++i) {
    const CallEvent& call = run.calls.calls[i];
    // A call of no length ends after it begins.
    const bool empty = call.t_begin_ns == call.t_end_ns;
    steps[call.lane].push_back({call.t_begin_ns, 2, i});
    steps[call.lane].push_back({call.t_end_ns, empty ? 3 : 0, i});
  }
  for (std::size_t i = 0; i < run.marks.size(); ++i)
    steps[run.marks[i].lane].push_back({run.marks[i].t_ns, 1, i});
  std::vector<std::vector<ActivityRow>> by_tick(run.ticks.size());
  for (std::uint32_t lane = 0; lane < kLanes; ++lane) {
    std::stable_sort(steps[lane].begin(), steps[lane].end(), [](const Step& a, const Step& b) {
      return std::tie(a.t_ns, a.order) < std::tie(b.t_ns, b.order);
    });
    Accumulators accumulators(lane);
    auto step = steps[lane].begin();
    for (std::size_t tick = 0; tick < run.ticks.size(); ++tick) {
      for (; step != steps[lane].end() && step->t_ns <= run.ticks[tick].t_lanes_ns; ++step) {
        const bool mark = step->order == 1;
        if (mark)
          accumulators.mark(run.marks[step->row]);
        else if (step->order == 2)
          accumulators.begin(run.calls.calls[step->row]);
        else
          accumulators.end(run.calls.calls[step->row], waits[step->row]);
      }
      accumulators.look(run.ticks[tick], cells, by_tick[tick]);
    }
  }
  std::vector<ActivityRow> rows;
  for (const auto& tick : by_tick) rows.insert(rows.end(), tick.begin(), tick.end());
  return rows;
}

NodeResult attribute(const Program& run, const std::vector<record::CellRow>& cells,
                     const std::vector<ActivityRow>& rows) {
  SmallTrace trace;
  trace.node.cells = cells;
  trace.add_sensor("pkg0", 0);
  trace.add_sensor("pkg1", 1);
  trace.add_rank(0, "0");
  trace.add_rank(1, "0");
  trace.add_rank(2, "1");
  trace.block.ticks = run.ticks;
  trace.block.activity = rows;
  std::mt19937 random(7);
  std::uint64_t used[2] = {0, 0};
  for (const record::TickRow& tick : run.ticks) {
    for (std::uint16_t sensor = 0; sensor < 2; ++sensor)
      trace.sample(tick.tick, sensor, used[sensor] += 300'000 + random() % 500'000);
  }
  return trace.attribute();
}

void expect_same(const NodeResult& a, const NodeResult& b) {
  ASSERT_EQ(a.slots.size(), b.slots.size());
  for (std::size_t i = 0; i < a.slots.size(); ++i) {
    const Slot& s = a.slots[i];
    const Slot& t = b.slots[i];
    EXPECT_EQ(std::tie(s.lane, s.cell, s.ns, s.calls, s.bytes, s.wait_ns, s.groups),
              std::tie(t.lane, t.cell, t.ns, t.calls, t.bytes, t.wait_ns, t.groups));
  }
  EXPECT_EQ(a.ignored_rows, b.ignored_rows);
  ASSERT_EQ(a.signals.size(), b.signals.size());
  for (std::size_t i = 0; i < a.signals.size(); ++i) {
    EXPECT_EQ(a.signals[i].by_slot, b.signals[i].by_slot);
    EXPECT_EQ(a.signals[i].rest, b.signals[i].rest);
    ASSERT_EQ(a.signals[i].bounds.size(), b.signals[i].bounds.size());
    for (std::size_t g = 0; g < a.signals[i].bounds.size(); ++g) {
      EXPECT_EQ(a.signals[i].bounds[g].lo, b.signals[i].bounds[g].lo);
      EXPECT_EQ(a.signals[i].bounds[g].hi, b.signals[i].bounds[g].hi);
    }
  }
}

TEST(EventsAsActivity, TheRowsAndTheEnergyAreThoseOfTheAccumulators) {
  for (const unsigned seed : {1u, 2u, 3u, 4u, 5u}) {
    Program run(seed);
    const auto causes = find_wait_causes(run.calls);
    ASSERT_TRUE(causes.ok()) << causes.error().message();
    std::vector<record::CellRow> cells;
    const auto rows =
        events_as_activity({run.calls.calls, causes->by_call, run.marks, run.ticks}, cells);
    ASSERT_TRUE(rows.ok()) << rows.error().message();
    const auto expected = rows_of_accumulators(run, causes->by_call, cells);
    ASSERT_GT(expected.size(), 1000u);
    ASSERT_EQ(rows->size(), expected.size());
    std::uint64_t wait_ns = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(fields((*rows)[i]), fields(expected[i])) << "seed " << seed << ", row " << i;
      wait_ns += expected[i].wait_ns;
    }
    EXPECT_GT(wait_ns, 0u);
    const NodeResult result = attribute(run, cells, *rows);
    EXPECT_GT(result.signals[0].attributed(), 0u);
    EXPECT_EQ(result.ignored_rows, 0u);
    expect_same(result, attribute(run, cells, expected));
  }
}

/// One lane, ticks at 100, 200 and 300.
struct OneLane {
  std::vector<CallEvent> calls;
  std::vector<WaitCause> waits;
  std::vector<LaneMark> marks{{0, 0, LaneMarkKind::kStart, 0}};
  std::vector<record::TickRow> ticks{{0, 99, 100}, {1, 199, 200}, {2, 299, 300}};
  std::vector<record::CellRow> cells{{0, 0, 0}, {1, 0, 1}};

  void call(std::int64_t begin, std::int64_t end, std::int64_t wait_ns = 0) {
    calls.push_back({0, 0, 1, begin, end, 64, Blocking::kUntilAll});
    WaitCause wait;
    wait.wait_ns = wait_ns;
    waits.push_back(wait);
  }
  base::Result<std::vector<ActivityRow>> rows() {
    return events_as_activity({calls, waits, marks, ticks}, cells);
  }
  std::string message() {
    const auto result = rows();
    return result.ok() ? std::string() : result.error().message();
  }
};

void expect_rows(const base::Result<std::vector<ActivityRow>>& rows,
                 const std::vector<ActivityRow>& expected) {
  ASSERT_TRUE(rows.ok()) << rows.error().message();
  ASSERT_EQ(rows->size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(fields((*rows)[i]), fields(expected[i])) << "row " << i;
}

TEST(EventsAsActivity, NothingOfNothing) {
  std::vector<record::CellRow> cells;
  expect_rows(events_as_activity({}, cells), {});
}

TEST(EventsAsActivity, ACallOverATickIsCountedWhereItEnds) {
  OneLane lane;
  lane.call(80, 130, 20);
  lane.marks.push_back({0, 250, LaneMarkKind::kStop, 0});
  expect_rows(lane.rows(), {{0, 0, 0, 80, 0, 0, 0},
                            {0, 0, 1, 20, 0, 0, 0},
                            {1, 0, 0, 70, 0, 0, 0},
                            {1, 0, 1, 30, 1, 64, 20},
                            {2, 0, 0, 50, 0, 0, 0}});
}

TEST(EventsAsActivity, ACallThatNeverReturnedTakesTimeAndIsNotCounted) {
  OneLane lane;
  lane.call(80, kNotEnded);
  expect_rows(lane.rows(), {{0, 0, 0, 80, 0, 0, 0},
                            {0, 0, 1, 20, 0, 0, 0},
                            {1, 0, 1, 100, 0, 0, 0},
                            {2, 0, 1, 100, 0, 0, 0}});
}

TEST(EventsAsActivity, PhasesInsideACallBeginAfterIt) {
  OneLane lane;
  lane.call(20, 60);
  lane.marks.push_back({0, 40, LaneMarkKind::kPhaseBegin, 7});
  lane.ticks.resize(1);
  expect_rows(lane.rows(),
              {{0, 0, 0, 20, 0, 0, 0}, {0, 0, 1, 40, 1, 64, 0}, {0, 0, 2, 40, 1, 0, 0}});
  ASSERT_EQ(lane.cells.size(), 3u);  // a row of its own for the new pair
  EXPECT_EQ(lane.cells[2].phase, 7u);
  EXPECT_EQ(lane.cells[2].function, 0u);
}

TEST(EventsAsActivity, WhatIsTooLongForARowIsSplit) {
  OneLane lane;
  constexpr std::int64_t kMost = 0xffffffff;
  lane.ticks = {{0, 0, 3 * kMost}};
  lane.call(0, 3 * kMost - 5, 2 * kMost + 1);
  expect_rows(lane.rows(), {{0, 0, 0, 5, 0, 0, 0},
                            {0, 0, 1, 0xffffffffu, 1, 64, 0xffffffffu},
                            {0, 0, 1, 0xffffffffu, 0, 0, 0xffffffffu},
                            {0, 0, 1, 0xffffffffu - 5, 0, 0, 1}});
}

TEST(EventsAsActivity, ContradictionsAreErrors) {
  OneLane early;
  early.marks[0].t_ns = 50;
  early.call(10, 20);
  EXPECT_NE(early.message().find("lane 0: a call while the lane counts no time"),
            std::string::npos);
  OneLane back;
  back.call(50, 80);
  back.call(70, 90);
  EXPECT_NE(back.message().find("times go back"), std::string::npos);
  OneLane after;
  after.call(50, kNotEnded);
  after.call(70, 90);
  EXPECT_NE(after.message().find("times go back"), std::string::npos);
  OneLane twice;
  twice.marks.push_back({0, 60, LaneMarkKind::kStart, 0});
  EXPECT_NE(twice.message().find("starts twice"), std::string::npos);
  OneLane fewer;
  fewer.call(50, 80);
  fewer.waits.clear();
  EXPECT_NE(fewer.message().find("not as many waits as calls"), std::string::npos);
  OneLane ticks;
  ticks.ticks[1].t_lanes_ns = 100;
  EXPECT_NE(ticks.message().find("ticks: times go back"), std::string::npos);
}

}  // namespace
}  // namespace joulepath::analysis
