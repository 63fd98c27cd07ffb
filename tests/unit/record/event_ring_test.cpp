// The ring between a thread and the recorder: order, wrap, items, and what a full one does.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "core/record/event_reader.hpp"
#include "core/record/event_writer.hpp"

namespace joulepath::record {
namespace {

struct Seen {
  EventRecord record;
  std::vector<EventItem> items;
};

class EventRingTest : public ::testing::Test {
 protected:
  EventRecord call(std::uint64_t t) {
    EventRecord record{};
    record.t_begin = t;
    record.function = 7;
    return record;
  }
  std::vector<Seen> take() {
    std::vector<Seen> seen;
    whole_ = reader_.take([&](const EventRecord& record, std::span<const EventItem> items) {
      seen.push_back({record, {items.begin(), items.end()}});
    });
    return seen;
  }

  std::unique_ptr<EventRing> ring_ = std::make_unique<EventRing>();
  EventReader reader_{ring_.get()};
  EventWriter writer_;
  bool whole_ = true;
};

TEST_F(EventRingTest, SaysFirstWhoseEventsFollow) {
  writer_.start(ring_.get(), 5, 100);
  writer_.put(call(200), nullptr, 0);
  const auto seen = take();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].record.function, kThreadEvent);
  EXPECT_EQ(seen[0].record.peer, 5);
  EXPECT_EQ(seen[1].record.t_begin, 200u);
  EXPECT_TRUE(take().empty());
}

TEST_F(EventRingTest, ItemsFollowTheirRecordAlsoAcrossTheEndOfTheRing) {
  writer_.start(ring_.get(), 0, 0);
  take();
  // Three items take two slots: records land on every place before the ring's end.
  for (std::uint64_t n = 0; n < 3 * kRingSlots; ++n) {
    const EventItem items[3] = {{n, 1, 2}, {n + 1, 3, 4}, {n + 2, 5, 6}};
    writer_.put(call(n), items, 3);
    const auto seen = take();
    ASSERT_EQ(seen.size(), 1u) << n;
    ASSERT_EQ(seen[0].items.size(), 3u);
    EXPECT_EQ(seen[0].record.t_begin, n);
    for (std::uint64_t i = 0; i < 3; ++i) ASSERT_EQ(seen[0].items[i].request, n + i);
    ASSERT_EQ(seen[0].items[2].tag, 6);
  }
  EXPECT_EQ(reader_.take_dropped(), 0u);
}

class EventPollsTest : public EventRingTest {
 protected:
  EventPollsTest() {
    writer_.start(ring_.get(), 0, 0);
    take();
  }
  /// From `begin`, 10 ticks long.
  void poll(std::uint64_t begin, std::uint16_t function = 7, std::uint8_t phase = 0) {
    EventRecord record = call(begin);
    record.function = function;
    record.phase = phase;
    record.ticks_low = 10;
    record.peer = kAnyPeer;
    writer_.put_poll(record, begin + 10);
  }
};

TEST_F(EventPollsTest, InARowAreOneEventBeforeTheNext) {
  for (std::uint64_t n = 0; n < 1000; ++n) poll(1000 + 20 * n);
  EXPECT_TRUE(take().empty());
  writer_.put(call(30'000), nullptr, 0);
  const auto seen = take();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].record.t_begin, 1000u);
  EXPECT_EQ(seen[0].record.ticks_low, 20u * 999 + 10);
  EXPECT_EQ(seen[0].record.bytes_low, 1000u);
  EXPECT_EQ(seen[0].record.peer, kPollsPeer);
  EXPECT_EQ(seen[1].record.t_begin, 30'000u);
  EXPECT_EQ(ring_->header.dropped.load(), 0u);
}

TEST_F(EventPollsTest, ASingleOneStaysAsItIs) {
  poll(1000);
  writer_.flush();
  writer_.flush();
  const auto seen = take();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].record.peer, kAnyPeer);
  EXPECT_EQ(seen[0].record.ticks_low, 10u);
  EXPECT_EQ(seen[0].record.bytes_low, 0u);
}

TEST_F(EventPollsTest, OfAnotherFunctionPhaseOrTimeAreOthers) {
  constexpr std::uint64_t kGap = EventWriter::kMostBetweenPolls;
  poll(0), poll(10 + kGap);               // two
  poll(100'000), poll(100'020);           // two, later
  poll(100'040, 8), poll(100'060, 8, 1);  // one of another function, one in another phase
  poll(100'070 + kGap + 1, 8, 1);         // one too late for it
  writer_.flush();
  const auto seen = take();
  ASSERT_EQ(seen.size(), 5u);
  EXPECT_EQ(seen[0].record.bytes_low, 2u);
  EXPECT_EQ(seen[1].record.bytes_low, 2u);
  for (std::size_t n = 2; n < 5; ++n) EXPECT_NE(seen[n].record.peer, kPollsPeer) << n;
}

TEST_F(EventPollsTest, AreToldNowAndThen) {
  const std::uint64_t longest = EventWriter::kLongestPolls;
  std::uint64_t begin = 0;
  for (; begin + 10 <= longest; begin += 1010) poll(begin);
  EXPECT_TRUE(take().empty());
  poll(begin);
  EXPECT_EQ(take().size(), 1u);
}

TEST_F(EventRingTest, AFullRingForgetsAndCountsAndGoesOnOnceThereIsRoom) {
  writer_.start(ring_.get(), 0, 0);
  for (std::uint64_t n = 0; n < kRingSlots + 9; ++n) writer_.put(call(n), nullptr, 0);
  auto seen = take();
  ASSERT_EQ(seen.size(), kRingSlots);  // with the thread's own
  EXPECT_EQ(seen.back().record.t_begin, kRingSlots - 2);
  EXPECT_EQ(reader_.take_dropped(), 10u);
  EXPECT_EQ(reader_.take_dropped(), 0u);
  writer_.put(call(1'000'000), nullptr, 0);
  seen = take();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].record.t_begin, 1'000'000u);
}

TEST_F(EventRingTest, AThreadThatFindsTheRingFullIsNamedBeforeItsFirstEvent) {
  writer_.start(ring_.get(), 0, 0);
  for (std::uint64_t n = 1; n < kRingSlots; ++n) writer_.put(call(n), nullptr, 0);
  EventWriter next;
  next.start(ring_.get(), 1, 500);
  next.put(call(501), nullptr, 0);
  EXPECT_EQ(take().size(), kRingSlots);
  next.put(call(600), nullptr, 0);
  const auto seen = take();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].record.function, kThreadEvent);
  EXPECT_EQ(seen[0].record.peer, 1);
  EXPECT_EQ(seen[1].record.t_begin, 600u);
}

TEST_F(EventRingTest, ARecordThatContradictsItselfEndsTheReading) {
  writer_.start(ring_.get(), 0, 0);
  writer_.put(call(1), nullptr, 0);
  ring_->slots[1].record.items = 9;
  EXPECT_EQ(take().size(), 1u);
  EXPECT_FALSE(whole_);
  take();
  EXPECT_FALSE(whole_);
}

TEST_F(EventRingTest, NothingIsLostOrTornBetweenTwoThreads) {
  constexpr std::uint64_t kEvents = 2'000'000;
  std::atomic<bool> ended = false;
  std::thread thread([&] {
    EventWriter writer;
    writer.start(ring_.get(), 0, 0);
    for (std::uint64_t n = 1; n <= kEvents; ++n) {
      EventRecord record = call(n);
      record.bytes_low = static_cast<std::uint32_t>(n);
      const EventItem item{n, 0, 0};
      writer.put(record, &item, n % 2);
    }
    ended.store(true);
  });
  std::uint64_t last = 0, got = 0;
  bool torn = false;
  const auto look = [&] {
    reader_.take([&](const EventRecord& record, std::span<const EventItem> items) {
      if (record.function == kThreadEvent) return;
      torn = torn || record.t_begin <= last ||
             record.bytes_low != static_cast<std::uint32_t>(record.t_begin) ||
             (!items.empty() && items[0].request != record.t_begin);
      last = record.t_begin;
      ++got;
    });
  };
  // A reader that gets no CPU sees less of them, and counts the rest as dropped.
  while (!ended.load()) look();
  thread.join();
  look();
  EXPECT_FALSE(torn);
  EXPECT_EQ(got + reader_.take_dropped(), kEvents);
  EXPECT_GE(got, kRingSlots / 2);
}

}  // namespace
}  // namespace joulepath::record
