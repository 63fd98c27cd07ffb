// From a ring to rows: nanoseconds, numbers for handles, one row a call.
#include "tools/recorder/event_drain.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/file.hpp"
#include "core/record/event_writer.hpp"
#include "core/record/functions.hpp"
#include "tests/unit/support/temporary_folder.hpp"
#include "tests/unit/tools/simulated_counters.hpp"

namespace joulepath::tools {
namespace {

using record::EventItem;
using record::EventRecord;

struct EventSink final : test::MemorySink {
  using test::MemorySink::add;
  void add(const record::EventRow& row) override { events.push_back(row); }
  void add(const record::EventItemRow& row) override { items.push_back(row); }
  void add(const record::CommunicatorRow& row) override { communicators.push_back(row); }
  std::vector<record::EventRow> events;
  std::vector<record::EventItemRow> items;
  std::vector<record::CommunicatorRow> communicators;
};

std::uint16_t function(std::string_view name) {
  for (const auto& row : record::function_rows())
    if (row.name == name) return static_cast<std::uint16_t>(row.function);
  return 0;
}

class EventDrainTest : public ::testing::Test {
 protected:
  EventDrainTest() {
    const base::Descriptor fd(::open(events_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    EXPECT_EQ(::ftruncate(fd.get(), sizeof(record::EventFile)), 0);
    void* mapped =
        ::mmap(nullptr, sizeof(record::EventFile), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    EXPECT_NE(mapped, MAP_FAILED);
    file_ = static_cast<record::EventFile*>(mapped);
    file_->header.magic = record::kEventMagic;
    file_->header.version = record::kEventVersion;
    file_->header.rings_ready[0] = 1;
    writer_.start(&file_->rings[0], 0, 0);
  }
  ~EventDrainTest() override { ::munmap(file_, sizeof(record::EventFile)); }

  void put(std::uint16_t id, std::uint64_t begin, std::uint32_t ticks,
           std::vector<EventItem> items = {}, std::int16_t tag = -1, std::int32_t peer = -1) {
    EventRecord event{};
    event.t_begin = begin;
    event.ticks_low = ticks;
    event.function = id;
    event.peer = peer;
    event.communicator = record::kNoCommunicator;
    event.tag = tag;
    writer_.put(event, items.data(), static_cast<std::uint32_t>(items.size()));
  }
  void put_polls(std::uint16_t id, std::uint64_t begin, int count) {
    for (int n = 0; n < count; ++n) {
      EventRecord event{};
      event.t_begin = begin + 20 * static_cast<std::uint64_t>(n);
      event.ticks_low = 10;
      event.function = id;
      event.peer = record::kNoPeer;
      event.communicator = record::kNoCommunicator;
      event.tag = record::kNoTag;
      writer_.put_poll(event, event.t_begin + 10);
    }
    writer_.flush();
  }
  void drain() {
    if (drain_ == nullptr) {
      auto opened = EventDrain::open(channel_, counts_);
      ASSERT_TRUE(opened) << opened.error().message();
      drain_ = *std::move(opened);
    }
    const EventDrain::Keys keys{
        7, [](std::uint32_t lane, std::uint32_t generation) { return 100 * lane + generation; },
        [](std::uint16_t phase, std::uint16_t id) -> std::uint32_t { return 1000u * phase + id; },
        [](std::uint16_t phase) -> std::string_view { return phase == 0 ? "" : "solve"; }};
    drain_->drain(0, 3, record::TickScale::identity(), 0, keys, sink_);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path channel_ = folder_.path() / "channel.1.2.0";
  std::filesystem::path events_ = folder_.path() / "events.1.2.0";
  record::EventFile* file_ = nullptr;
  record::EventWriter writer_;
  EventCounts counts_;
  std::unique_ptr<EventDrain> drain_;
  EventSink sink_;
};

TEST_F(EventDrainTest, ACallBecomesARow) {
  put(function("MPI_Barrier"), 5000, 300);
  drain();
  ASSERT_EQ(sink_.events.size(), 1u);
  const record::EventRow& row = sink_.events[0];
  EXPECT_EQ(row.tick, 3u);
  EXPECT_EQ(row.lane, 0u);
  EXPECT_EQ(row.cell, function("MPI_Barrier"));
  EXPECT_EQ(row.t_begin_ns, 5000);
  EXPECT_EQ(row.ns, 300u);
  EXPECT_EQ(row.communicator, record::kNone32);
}

TEST_F(EventDrainTest, HandlesGetNumbersThatTheyKeep) {
  put(function("MPI_Isend"), 1, 1, {{0xabc0, -1, 4}}, 4, 1);
  put(function("MPI_Isend"), 3, 1, {{0xdef0, -1, 4}}, 4, 1);
  put(function("MPI_Waitall"), 5, 1, {{0xabc0, 2, 9}, {0xdef0, 3, 9}});
  put(function("MPI_Irecv"), 7, 1, {{0xabc0, -1, -2}}, -2, record::kAnyPeer);
  put(function("MPI_Wait"), 9, 1, {{0xabc0, 5, 6}});
  drain();
  ASSERT_EQ(sink_.events.size(), 5u);
  EXPECT_EQ(sink_.events[0].request, 1u);
  EXPECT_EQ(sink_.events[0].peer, 1);
  EXPECT_EQ(sink_.events[1].request, 2u);
  EXPECT_EQ(sink_.events[2].request, 0u);
  EXPECT_EQ(sink_.events[3].request, 1u);
  EXPECT_EQ(sink_.events[3].peer, record::kAnyPeer);
  EXPECT_EQ(sink_.events[4].peer, 5);  // where the message came from
  EXPECT_EQ(sink_.events[4].tag, 6);
  ASSERT_EQ(sink_.items.size(), 2u);
  EXPECT_EQ(sink_.items[1].event, 2u);
  EXPECT_EQ(sink_.items[1].request, 2u);
  EXPECT_EQ(sink_.items[1].peer, 3);
}

TEST_F(EventDrainTest, LongTagsAndExchanges) {
  put(function("MPI_Send"), 1, 1, {{0, record::kNoPeer, 1'000'000}}, record::kTagInItem, 2);
  put(function("MPI_Sendrecv"), 3, 1, {{0, 4, 11}}, 10, 3);
  drain();
  EXPECT_EQ(sink_.events[0].tag, 1'000'000);
  ASSERT_EQ(sink_.items.size(), 1u);
  EXPECT_EQ(sink_.items[0].event, 1u);
  EXPECT_EQ(sink_.items[0].request, 0u);
  EXPECT_EQ(sink_.items[0].peer, 4);
}

TEST_F(EventDrainTest, FurtherItemsBelongToTheEventBefore) {
  put(function("MPI_Waitall"), 1, 1, {{10, -1, -1}, {11, -1, -1}});
  put(record::kFurtherItems, 1, 0, {{12, -1, -1}});
  put(function("MPI_Barrier"), 5, 1);
  drain();
  EXPECT_EQ(sink_.events.size(), 2u);
  ASSERT_EQ(sink_.items.size(), 3u);
  EXPECT_EQ(sink_.items[2].event, 0u);
}

TEST_F(EventDrainTest, PollsInARowAreOneRow) {
  put_polls(function("MPI_Test"), 1000, 50);
  drain();
  ASSERT_EQ(sink_.events.size(), 1u);
  EXPECT_EQ(sink_.events[0].peer, record::kPollsPeer);
  EXPECT_EQ(sink_.events[0].bytes, 50u);
  EXPECT_EQ(sink_.events[0].ns, 20u * 49 + 10);
}

TEST_F(EventDrainTest, AFilterByTimeLooksAtTheSinglePoll) {
  counts_.filter = *EventFilter::make("", 100, "");
  put_polls(function("MPI_Test"), 1000, 50);
  drain();
  EXPECT_TRUE(sink_.events.empty());
  EXPECT_EQ(counts_.left_out, 50);
}

TEST_F(EventDrainTest, FailedCallsAndPhasesAreTold) {
  put(static_cast<std::uint16_t>(function("MPI_Send") | record::kEventFailed), 1, 1, {}, 3, 2);
  put(record::kPhaseEvent, 9, 0);
  drain();
  EXPECT_EQ(sink_.events[0].peer, record::kFailedPeer);
  EXPECT_EQ(sink_.events[1].cell, 0u);
  EXPECT_EQ(sink_.events[1].ns, 0u);
}

TEST_F(EventDrainTest, EventsOfALaneNeverOverlap) {
  put(function("MPI_Barrier"), 100, 50);
  put(function("MPI_Barrier"), 120, 10);  // by a clock whose rate was corrected
  drain();
  EXPECT_EQ(sink_.events[1].t_begin_ns, 150);
  EXPECT_EQ(sink_.events[1].ns, 0u);
}

TEST_F(EventDrainTest, CommunicatorsComeBeforeTheirEvents) {
  file_->header.communicators[0] = {0x77, 4, 2, {}};
  file_->header.communicator_count = 1;
  EventRecord event{};
  event.function = function("MPI_Barrier");
  event.communicator = 0;
  writer_.put(event, nullptr, 0);
  event.communicator = 1;  // not announced: nobody's
  writer_.put(event, nullptr, 0);
  drain();
  ASSERT_EQ(sink_.communicators.size(), 1u);
  EXPECT_EQ(sink_.communicators[0].process, 7u);
  EXPECT_EQ(sink_.communicators[0].id, 0x77u);
  EXPECT_EQ(sink_.communicators[0].rank, 2);
  EXPECT_EQ(sink_.events[0].communicator, 0u);
  EXPECT_EQ(sink_.events[1].communicator, record::kNone32);
}

TEST_F(EventDrainTest, WhatAFilterLeavesOutIsCounted) {
  counts_.filter = *EventFilter::make("MPI_Send", 0, "");
  put(function("MPI_Waitall"), 1, 1, {{10, -1, -1}, {11, -1, -1}});
  put(record::kFurtherItems, 1, 0, {{12, -1, -1}});
  put(function("MPI_Send"), 5, 1, {}, 1, 1);
  drain();
  EXPECT_EQ(sink_.events.size(), 1u);
  EXPECT_TRUE(sink_.items.empty());
  EXPECT_EQ(counts_.left_out, 1);
  EXPECT_EQ(counts_.events, 1u);
}

TEST_F(EventDrainTest, LostEventsAreCountedByLane) {
  drain();
  for (std::uint32_t n = 0; n < record::kRingSlots + 5; ++n) put(function("MPI_Barrier"), n, 0);
  drain();
  ASSERT_EQ(sink_.health.size(), 1u);
  EXPECT_EQ(sink_.health[0].kind, record::HealthKind::kEventsDropped);
  EXPECT_EQ(sink_.health[0].value, 5);
}

TEST_F(EventDrainTest, RefusesWhatIsNoEventFileAndTakesItsOwnAway) {
  file_->header.version = 99;
  const auto refused = EventDrain::open(channel_, counts_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Errc::kFormat);
  EXPECT_FALSE(std::filesystem::exists(events_));
}

}  // namespace
}  // namespace joulepath::tools
