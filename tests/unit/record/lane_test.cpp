// The accumulators of one thread: time lands in the right cell, and however often a
// reader looks, its differences add up to the totals.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "core/base/tick_counter.hpp"
#include "core/record/lane_reader.hpp"
#include "core/record/lane_writer.hpp"

namespace joulepath::record {
namespace {

auto at(std::uint64_t now) {
  return [now] { return now; };
}

struct Sums {
  std::vector<std::uint64_t> ticks = std::vector<std::uint64_t>(kCellCapacity);
  std::vector<std::uint64_t> calls = std::vector<std::uint64_t>(kCellCapacity);
  std::vector<std::uint64_t> bytes = std::vector<std::uint64_t>(kCellCapacity);
  std::uint64_t all_ticks = 0;

  /// Adds one look; each change must begin where the last one of its cell ended.
  void add(const std::vector<CellChange>& changes) {
    for (const CellChange& change : changes) {
      ASSERT_LT(change.cell, kCellCapacity);
      ASSERT_EQ(change.ticks_before, ticks[change.cell]);
      ASSERT_GE(change.ticks_after, change.ticks_before);
      all_ticks += change.ticks_after - change.ticks_before;
      ticks[change.cell] = change.ticks_after;
      calls[change.cell] += change.calls;
      bytes[change.cell] += change.bytes;
    }
  }
};

class LaneTest : public ::testing::Test {
 protected:
  void SetUp() override { lane_->header.cell_count.store(2); }

  Sums look(std::uint64_t now) {
    changes_.clear();
    reader_.look(now, changes_);
    sums_.add(changes_);
    return sums_;
  }

  std::unique_ptr<Lane> lane_ = std::make_unique<Lane>();
  LaneWriter writer_;
  LaneReader reader_{lane_.get()};
  std::vector<CellChange> changes_;
  Sums sums_;
};

TEST_F(LaneTest, TimeIsBookedOnTheCellThatIsLeft) {
  writer_.start(lane_.get(), kComputeCell, 1000);
  const std::uint32_t send = writer_.new_cell(3, 450);
  EXPECT_EQ(send, 2u);
  EXPECT_EQ(lane_->cells[send].phase, 3u);
  EXPECT_EQ(lane_->cells[send].function, 450u);
  writer_.move_to(send, at(1700));
  EXPECT_EQ(writer_.current(), send);
  EXPECT_EQ(lane_->cells[kComputeCell].ticks.load(), 700u);
  EXPECT_EQ(lane_->cells[send].ticks.load(), 0u);
  writer_.move_to(kComputeCell, at(1705));
  EXPECT_EQ(lane_->cells[kComputeCell].ticks.load(), 700u);
  EXPECT_EQ(lane_->cells[send].ticks.load(), 5u);
  EXPECT_EQ(lane_->header.mark.load(), 1705u);
}

TEST_F(LaneTest, ClockThatGoesBackBooksNothing) {
  writer_.start(lane_.get(), kComputeCell, 1000);
  writer_.move_to(kOverflowCell, at(990));
  EXPECT_EQ(lane_->cells[kComputeCell].ticks.load(), 0u);
  EXPECT_EQ(lane_->header.mark.load(), 1000u);
  writer_.move_to(kComputeCell, at(1010));
  EXPECT_EQ(lane_->cells[kOverflowCell].ticks.load(), 10u);
}

TEST_F(LaneTest, OpenStretchCountsUpToNow) {
  writer_.start(lane_.get(), kComputeCell, 1000);
  EXPECT_EQ(look(1400).ticks[kComputeCell], 400u);
  EXPECT_EQ(look(1600).ticks[kComputeCell], 600u);
  EXPECT_TRUE(look(1600).all_ticks == 600u && changes_.empty());
  writer_.move_to(kOverflowCell, at(1650));
  look(1660);
  EXPECT_EQ(sums_.ticks[kComputeCell], 650u);
  EXPECT_EQ(sums_.ticks[kOverflowCell], 10u);
}

TEST_F(LaneTest, LookTellsUpToWhenItCounts) {
  writer_.start(lane_.get(), kComputeCell, 1000);
  EXPECT_EQ(reader_.look(1400, changes_), 1400u);
  writer_.move_to(kOverflowCell, at(1650));
  EXPECT_EQ(reader_.look(1600, changes_), 1650u);  // the change was there before the look
  EXPECT_EQ(reader_.look(1700, changes_), 1700u);
}

TEST_F(LaneTest, LookOlderThanTheLastChangeTakesNothingBack) {
  writer_.start(lane_.get(), kComputeCell, 1000);
  look(1500);
  writer_.move_to(kOverflowCell, at(1490));  // a core whose clock is 10 behind
  EXPECT_EQ(look(1495).all_ticks, 505u);
  writer_.move_to(kComputeCell, at(1600));
  EXPECT_EQ(look(1600).ticks[kComputeCell], 500u);
  EXPECT_EQ(sums_.ticks[kOverflowCell], 110u);
  writer_.move_to(kOverflowCell, at(1700));
  // 490 + 100 are booked there by now: what was counted early is not counted again.
  EXPECT_EQ(look(1700).ticks[kComputeCell], 590u);
}

TEST_F(LaneTest, ManyLooksAddUpToTheTotals) {
  std::uint64_t now = 50;
  writer_.start(lane_.get(), kComputeCell, now);
  std::vector<std::uint32_t> cells{kComputeCell, writer_.new_cell(0, 7), writer_.new_cell(1, 7)};
  std::uint64_t random = 12345;
  for (int step = 0; step < 20'000; ++step) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    const std::uint32_t cell = cells[(random >> 33) % cells.size()];
    const std::uint64_t stretch = (random >> 40) % 1000;
    if ((random >> 20) % 3 == 0) look(now + stretch / 2);
    now += stretch;
    writer_.move_to(cell, at(now));
    writer_.count(cell, random >> 50);
  }
  writer_.stop(at(now + 1000));
  look(now + 5000);
  EXPECT_EQ(sums_.all_ticks, now + 1000 - 50);
  for (std::uint32_t cell = 0; cell < 4; ++cell) {
    EXPECT_EQ(sums_.ticks[cell], lane_->cells[cell].ticks.load()) << cell;
    EXPECT_EQ(sums_.calls[cell], lane_->cells[cell].calls.load()) << cell;
    EXPECT_EQ(sums_.bytes[cell], lane_->cells[cell].bytes.load()) << cell;
  }
  EXPECT_EQ(sums_.calls[0] + sums_.calls[2] + sums_.calls[3], 20'000u);
}

TEST_F(LaneTest, FullLaneBooksOnTheOverflowCell) {
  writer_.start(lane_.get(), kComputeCell, 1);
  for (std::uint32_t cell = 2; cell < kCellCapacity; ++cell)
    ASSERT_EQ(writer_.new_cell(0, static_cast<std::uint16_t>(cell)), cell);
  const std::uint32_t late = writer_.new_cell(0, 9);
  EXPECT_EQ(late, kOverflowCell);
  EXPECT_EQ(lane_->header.cell_count.load(), kCellCapacity);
  writer_.count(kCellCapacity - 1, 1);
  writer_.count(late, 100);
  writer_.count(late, 0);
  look(1);
  EXPECT_EQ(sums_.calls[kOverflowCell], 2u);
  EXPECT_EQ(sums_.bytes[kOverflowCell], 100u);
}

TEST_F(LaneTest, NoTimePassesInALaneThatWasLeft) {
  writer_.start(lane_.get(), kComputeCell, 100);
  writer_.stop(at(300));
  EXPECT_FALSE(writer_.open());
  EXPECT_EQ(lane_->header.current.load(), kNoCell);
  EXPECT_EQ(look(1'000'000).all_ticks, 200u);
  // The next thread goes on in the same cells.
  writer_.start(lane_.get(), kComputeCell, 2'000'000);
  EXPECT_EQ(look(2'000'040).all_ticks, 240u);
}

TEST_F(LaneTest, AbandonedLaneIsNotTouched) {
  writer_.start(lane_.get(), kComputeCell, 100);
  writer_.abandon();
  EXPECT_FALSE(writer_.open());
  EXPECT_EQ(lane_->header.current.load(), kComputeCell);
  EXPECT_EQ(lane_->header.mark.load(), 100u);
}

TEST_F(LaneTest, ReaderDoesNotWaitForAWriterThatStopsInsideAChange) {
  writer_.start(lane_.get(), kComputeCell, 100);
  writer_.move_to(kOverflowCell, at(150));
  lane_->header.mark.store(0);  // killed in the middle of move_to
  EXPECT_EQ(look(10'000).all_ticks, 50u);
}

TEST_F(LaneTest, DamagedCountsStayInsideTheLane) {
  writer_.start(lane_.get(), kComputeCell, 100);
  lane_->header.cell_count.store(0xfffffff0u);
  lane_->header.current.store(kCellCapacity);
  look(200);
  for (const CellChange& change : changes_) EXPECT_LT(change.cell, kCellCapacity);
}

TEST_F(LaneTest, ExactWhileAnotherThreadWrites) {
  constexpr std::uint64_t kCalls = 2'000'000;
  const base::TickKind kind = base::best_tick_kind();
  const auto clock = [kind] { return base::read_ticks(kind); };
  const std::uint64_t begin = base::read_ticks(kind);
  writer_.start(lane_.get(), kComputeCell, begin);
  std::atomic<bool> done{false};
  std::thread thread([&] {
    const std::uint32_t cells[] = {writer_.new_cell(0, 1), writer_.new_cell(0, 2)};
    for (std::uint64_t call = 0; call < kCalls; ++call) {
      const std::uint32_t cell = cells[call & 1u];
      writer_.move_to(cell, clock);
      writer_.count(cell, 8);
      writer_.move_to(kComputeCell, clock);
    }
    writer_.stop(clock);
    done.store(true, std::memory_order_release);
  });
  std::uint64_t looks = 0;
  std::uint64_t excess = 0;
  while (!done.load(std::memory_order_acquire)) {
    look(base::read_ticks(kind));
    ++looks;
    // Counted twice would show as more time than has passed. The processor may read its
    // counter a little before what was to come earlier.
    const std::uint64_t passed = base::read_ticks(kind) - begin;
    excess = std::max(excess, sums_.all_ticks > passed ? sums_.all_ticks - passed : 0);
  }
  thread.join();
  look(base::read_ticks(kind));
  const std::uint64_t end = lane_->header.mark.load();
  EXPECT_GT(looks, 0u);
  EXPECT_LT(excess, 2000u);
  EXPECT_EQ(sums_.all_ticks, end - begin);
  EXPECT_EQ(sums_.calls[2], kCalls / 2);
  EXPECT_EQ(sums_.calls[3], kCalls / 2);
  EXPECT_EQ(sums_.bytes[2] + sums_.bytes[3], kCalls * 8);
  for (std::uint32_t cell = 0; cell < 4; ++cell)
    EXPECT_EQ(sums_.ticks[cell], lane_->cells[cell].ticks.load()) << cell;
}

}  // namespace
}  // namespace joulepath::record
