// From rows of events to operations: requests joined, sources found, ranks translated; and
// what cannot be known said.
#include "core/analysis/event_trace.hpp"

#include <gtest/gtest.h>

#include <map>

#include "core/analysis/wait_causes.hpp"
#include "core/analysis/wait_summary.hpp"

namespace joulepath::analysis {
namespace {

constexpr std::uint32_t kWorld = 0x100;  ///< its id

class EventTraceTest : public ::testing::Test {
 protected:
  EventTraceTest() {
    run_.functions = {{0, "(compute)", "compute"}};
    run_.phases = {{0, "(outside phases)"}, {1, "solve"}};
    node_.info.events = 1;
    node_.info.start_utc_ns = 1'000'000;
    node_.info.start_monotonic_ns = 500;
    node_.cells = {{0, 0, 0}, {1, 1, 0}};
    for (std::int32_t rank = 0; rank < 3; ++rank) {
      const auto key = static_cast<std::uint32_t>(rank);
      record::ProcessRow process;
      process.process = key;
      process.rank = rank;
      process.world_size = 3;
      node_.processes.push_back(process);
      record::LaneRow lane;
      lane.lane = lane.process = key;
      node_.lanes.push_back(lane);
      // Rank r of the world is number 2 - r of the second communicator.
      node_.communicators.push_back({2 * key, key, kWorld, 3, rank});
      node_.communicators.push_back({2 * key + 1, key, 0x200, 3, 2 - rank});
    }
  }

  /// Key of the cell of a function outside all phases.
  std::uint32_t cell(const std::string& name) {
    const auto [known, added] =
        cells_.try_emplace(name, static_cast<std::uint32_t>(node_.cells.size()));
    if (added) {
      const auto function = static_cast<std::uint32_t>(run_.functions.size());
      run_.functions.push_back({function, name, "transfer"});
      node_.cells.push_back({known->second, 0, function});
    }
    return known->second;
  }
  /// A call of `rank`; its row in the events table.
  record::EventRow& call(std::uint32_t rank, const std::string& name, std::int64_t begin,
                         std::int64_t end) {
    record::EventRow row;
    row.lane = rank;
    row.cell = cell(name);
    row.t_begin_ns = 500 + begin;
    row.ns = static_cast<std::uint64_t>(end - begin);
    block_.events.push_back(row);
    return block_.events.back();
  }
  record::EventRow& message(std::uint32_t rank, const std::string& name, std::int64_t begin,
                            std::int64_t end, std::int32_t peer, std::int32_t tag,
                            std::uint32_t request = 0) {
    record::EventRow& row = call(rank, name, begin, end);
    row.peer = peer;
    row.tag = tag;
    row.communicator = 2 * rank;
    row.request = request;
    return row;
  }
  /// More of the last call.
  void item(std::uint32_t request, std::int32_t peer = record::kNoPeer,
            std::int32_t tag = record::kNoTag) {
    block_.event_items.push_back({0, block_.events.size() - 1, request, peer, tag});
  }
  EventTrace finish() {
    EventTraceBuilder builder(run_);
    builder.begin(node_);
    builder.add(block_);
    return builder.finish();
  }
  /// The causes of the waits of all calls, in order of rows.
  std::vector<WaitCause> causes(const EventTrace& trace) {
    EXPECT_EQ(trace.causes_unknown, "");
    const auto found = find_wait_causes(trace.calls);
    EXPECT_TRUE(found) << found.error().message();
    return found ? found->by_call : std::vector<WaitCause>(block_.events.size());
  }

  record::RunTables run_;
  record::NodeTables node_;
  record::Block block_;
  std::map<std::string, std::uint32_t> cells_;
};

void expect_waits(const WaitCause& cause, WaitKind kind, std::int64_t wait_ns, std::int32_t rank) {
  EXPECT_EQ(cause.kind, kind) << to_string(cause.kind);
  EXPECT_EQ(cause.wait_ns, wait_ns);
  EXPECT_EQ(cause.by_rank, rank);
}

TEST_F(EventTraceTest, BlockingMessageOfALateSender) {
  message(1, "MPI_Recv", 1000, 9000, 0, 7);
  message(0, "MPI_Ssend", 6000, 9100, 1, 7);
  const EventTrace trace = finish();
  expect_waits(causes(trace)[0], WaitKind::kLateSender, 5000, 0);
  EXPECT_EQ(trace.calls.calls[0].t_begin_ns, 1000);  // since the recording began
  EXPECT_EQ(trace.events, 2u);
}

TEST_F(EventTraceTest, RanksOfACommunicatorAreTranslated) {
  message(1, "MPI_Recv", 1000, 9000, 2, 7).communicator = 3;  // number 2 is rank 0
  message(0, "MPI_Send", 6000, 9100, 1, 7).communicator = 1;  // number 1 is rank 1
  expect_waits(causes(finish())[0], WaitKind::kLateSender, 5000, 0);
}

TEST_F(EventTraceTest, AnySourceIsTheOneThatTheCompletionTold) {
  message(2, "MPI_Irecv", 0, 10, record::kAnyPeer, record::kAnyTag, 1);
  record::EventRow& wait = call(2, "MPI_Wait", 1000, 9000);
  wait.request = 1;
  wait.peer = 0;
  wait.tag = 5;
  message(1, "MPI_Send", 3000, 3100, 0, 5);
  message(0, "MPI_Send", 7000, 7100, 2, 5);
  message(0, "MPI_Recv", 8000, 8100, 1, 5);
  const auto found = causes(finish());
  expect_waits(found[1], WaitKind::kLateSender, 6000, 0);
}

TEST_F(EventTraceTest, PollsThatFoundNothingCountAndCompleteNothing) {
  message(1, "MPI_Irecv", 0, 10, 0, 7, 3);
  record::EventRow& polls = call(1, "MPI_Test", 20, 900);
  polls.peer = record::kPollsPeer;
  polls.bytes = 40;
  message(1, "MPI_Wait", 1000, 9000, 0, 7, 3);
  message(0, "MPI_Ssend", 6000, 9100, 1, 7);
  const EventTrace trace = finish();
  EXPECT_EQ(trace.events, 43u);
  EXPECT_EQ(trace.calls.calls[1].polls, 40u);
  EXPECT_EQ(trace.calls.calls[1].bytes, 0u);
  const auto found = causes(trace);
  expect_waits(found[1], WaitKind::kNone, 0, -1);
  expect_waits(found[2], WaitKind::kLateSender, 5000, 0);
}

TEST_F(EventTraceTest, AnySourceThatNobodyToldIsNotMatched) {
  message(2, "MPI_Irecv", 0, 10, record::kAnyPeer, 5, 1);
  call(2, "MPI_Wait", 1000, 9000).request = 1;
  message(0, "MPI_Send", 7000, 7100, 2, 5);
  const EventTrace trace = finish();
  EXPECT_EQ(trace.calls.unsure_receivers, std::vector<std::int32_t>{2});
  EXPECT_EQ(causes(trace)[1].kind, WaitKind::kNotMatched);
}

TEST_F(EventTraceTest, WaitallOfSeveralWaitsForTheLast) {
  message(2, "MPI_Irecv", 0, 10, 0, 1, 11);
  message(2, "MPI_Irecv", 20, 30, 1, 1, 12);
  call(2, "MPI_Waitall", 100, 9000);
  item(11);
  item(12);
  message(0, "MPI_Send", 2000, 2100, 2, 1);
  message(1, "MPI_Send", 5000, 5100, 2, 1);
  expect_waits(causes(finish())[2], WaitKind::kLateSender, 4900, 1);
}

TEST_F(EventTraceTest, OneHandleForManyRequestsIsTakenInOrder) {
  // As an MPI does that has sent already when Isend returns.
  message(0, "MPI_Isend", 0, 10, 1, 1, 3);
  message(0, "MPI_Isend", 20, 30, 1, 1, 3);
  call(0, "MPI_Waitall", 40, 60);
  item(3);
  item(3);
  message(1, "MPI_Recv", 0, 50, 0, 1);
  message(1, "MPI_Recv", 55, 70, 0, 1);
  const EventTrace trace = finish();
  EXPECT_EQ(trace.calls.completions.size(), 2u);
  EXPECT_NE(trace.calls.completions[0].request, trace.calls.completions[1].request);
  EXPECT_EQ(causes(trace)[2].unmatched, 0u);
}

TEST_F(EventTraceTest, PersistentRequestsStartAgainAndAgain) {
  message(1, "MPI_Recv_init", 0, 10, 0, 4, 8);
  for (std::int64_t round = 0; round < 2; ++round) {
    const std::int64_t t = 1000 + 10'000 * round;
    call(1, "MPI_Start", t, t + 10).request = 8;
    call(1, "MPI_Wait", t + 20, t + 5000).request = 8;
    message(0, "MPI_Send", t + 3020, t + 3100, 1, 4);
  }
  const auto found = causes(finish());
  expect_waits(found[2], WaitKind::kLateSender, 3000, 0);
  expect_waits(found[5], WaitKind::kLateSender, 3000, 0);
}

TEST_F(EventTraceTest, AnExchangeSendsAndReceives) {
  message(0, "MPI_Sendrecv", 0, 5000, 1, 1);
  item(0, 2, 9);
  message(1, "MPI_Recv", 0, 100, 0, 1);
  message(2, "MPI_Send", 4000, 4100, 0, 9);
  expect_waits(causes(finish())[0], WaitKind::kLateSender, 4000, 2);
}

TEST_F(EventTraceTest, ProcNullWaitsForNobody) {
  message(0, "MPI_Irecv", 0, 10, record::kNullPeer, 1, 2);
  call(0, "MPI_Wait", 20, 40).request = 2;
  const auto found = causes(finish());
  EXPECT_EQ(found[1].kind, WaitKind::kNone);
  EXPECT_EQ(found[1].unmatched, 0u);
}

TEST_F(EventTraceTest, CollectivesByCommunicatorAndRoot) {
  for (std::uint32_t rank = 0; rank < 3; ++rank) {
    auto& barrier = call(rank, "MPI_Barrier", 100 * rank, 1000);
    barrier.communicator = 2 * rank + 1;
  }
  for (std::uint32_t rank = 0; rank < 3; ++rank) {
    auto& bcast = call(rank, "MPI_Bcast", rank == 1 ? 5000 : 2000, 6000);
    bcast.communicator = 2 * rank + 1;
    bcast.peer = 1;
  }
  const auto found = causes(finish());
  expect_waits(found[0], WaitKind::kCollective, 200, 2);
  expect_waits(found[3], WaitKind::kCollective, 3000, 1);
  EXPECT_EQ(found[4].by_rank, -1);
}

TEST_F(EventTraceTest, ACommunicatorWithMembersElsewhereIsNotMatched) {
  node_.communicators[0].size = node_.communicators[2].size = node_.communicators[4].size = 4;
  call(0, "MPI_Barrier", 0, 100).communicator = 0;
  call(1, "MPI_Barrier", 50, 100).communicator = 2;
  call(2, "MPI_Barrier", 50, 100).communicator = 4;
  for (const WaitCause& cause : causes(finish())) EXPECT_EQ(cause.kind, WaitKind::kNotMatched);
}

TEST_F(EventTraceTest, FailedCallsStartNothing) {
  message(0, "MPI_Send", 0, 100, record::kFailedPeer, 1);
  const EventTrace trace = finish();
  EXPECT_EQ(trace.calls.calls.size(), 1u);
  EXPECT_TRUE(trace.calls.operations.empty());
}

TEST_F(EventTraceTest, CancelAndLostEventsMakeARankIncomplete) {
  call(0, "MPI_Cancel", 0, 10);
  node_.health.push_back({0, record::HealthKind::kEventsDropped, 2, 0, 5});
  const EventTrace trace = finish();
  EXPECT_EQ(trace.calls.incomplete_ranks, (std::vector<std::int32_t>{0, 2}));
  EXPECT_EQ(trace.dropped, 5u);
}

TEST_F(EventTraceTest, PhasesAreNoCalls) {
  record::EventRow row;
  row.lane = 1;
  row.cell = 1;
  row.t_begin_ns = 700;
  block_.events.push_back(row);
  const EventTrace trace = finish();
  EXPECT_TRUE(trace.calls.calls.empty());
  ASSERT_EQ(trace.phases.size(), 1u);
  EXPECT_EQ(trace.phases[0].t_ns, 200);
  EXPECT_EQ(trace.phases[0].phase, 1u);
}

TEST_F(EventTraceTest, SaysWhyThereAreNoCauses) {
  message(1, "MPI_Recv", 1000, 9000, 0, 7);
  node_.health.push_back({0, record::HealthKind::kEventsFilteredOut, record::kNone32, 0, 3});
  EXPECT_NE(finish().causes_unknown.find("filter"), std::string::npos);
  node_.health.clear();
  node_.processes[1].rank = 0;
  EXPECT_NE(finish().causes_unknown.find("several programs"), std::string::npos);
  node_.processes[1].rank = 1;
  node_.info.events = 0;
  EXPECT_NE(finish().causes_unknown.find("--events"), std::string::npos);
  node_.info.events = 1;
  EventTraceBuilder small(run_, 0);
  small.begin(node_);
  small.add(block_);
  EXPECT_NE(small.finish().causes_unknown.find("memory"), std::string::npos);
}

TEST_F(EventTraceTest, SummaryNamesWhoWasWaitedFor) {
  message(1, "MPI_Recv", 1'000, 9'000, 0, 7);
  message(0, "MPI_Ssend", 6'000, 9'100, 1, 7);
  message(2, "MPI_Recv", 10'000, 14'000, 0, 7);
  message(0, "MPI_Ssend", 11'000, 14'000, 2, 7);
  const EventTrace trace = finish();
  const auto causes = find_wait_causes(trace.calls);
  ASSERT_TRUE(causes);
  const WaitSummary summary = summarize_waits(trace, *causes);
  ASSERT_EQ(summary.functions.size(), 1u);
  EXPECT_EQ(summary.functions[0].function, "MPI_Recv");
  EXPECT_EQ(summary.functions[0].calls, 2u);
  EXPECT_DOUBLE_EQ(summary.functions[0].seconds.wait, 6e-6);
  ASSERT_EQ(summary.ranks.size(), 1u);
  EXPECT_EQ(summary.ranks[0].rank, 0);
  ASSERT_EQ(summary.longest.size(), 2u);
  EXPECT_DOUBLE_EQ(summary.longest[0].at_s, 1e-6);
  EXPECT_DOUBLE_EQ(summary.longest[0].until_s, 6e-6);
}

}  // namespace
/// Rank r on node r, whose clock is `later` ns ahead of the first's although its UTC says that
/// they agree.
class NodesTest : public EventTraceTest {
 protected:
  EventTrace on_nodes(const std::vector<std::int64_t>& later) {
    EventTraceBuilder builder(run_);
    const record::NodeTables all = node_;
    for (std::uint32_t node = 0; node < later.size(); ++node) {
      record::NodeTables one = all;
      one.info.hostname = "n" + std::to_string(node);
      one.processes = {all.processes[node]};
      one.lanes = {all.lanes[node]};
      one.communicators = {all.communicators[2 * node], all.communicators[2 * node + 1]};
      one.processes[0].process = one.lanes[0].lane = one.lanes[0].process = 0;
      for (std::uint32_t n = 0; n < 2; ++n) {
        one.communicators[n].communicator = n;
        one.communicators[n].process = 0;
      }
      record::Block block;
      for (record::EventRow row : block_.events) {
        if (row.lane != node) continue;
        row.lane = 0;
        row.communicator = row.communicator == record::kNone32 ? row.communicator : 0;
        row.t_begin_ns += later[node];
        block.events.push_back(row);
      }
      builder.begin(one);
      builder.add(block);
    }
    return builder.finish();
  }
  /// Back and forth between ranks 0 and the others, 2 us each way.
  void ping_pong() {
    for (std::int32_t round = 0; round < 20; ++round)
      for (std::uint32_t other = 1; other < 3; ++other) {
        const auto far = static_cast<std::int32_t>(other);
        const std::int64_t at = 100'000'000 * round + 10'000 * far;
        message(0, "MPI_Send", at, at + 500, far, 1);
        message(other, "MPI_Recv", at - 100, at + 2'000, 0, 1);
        message(other, "MPI_Send", at + 3'000, at + 3'500, 0, 2);
        message(0, "MPI_Recv", at + 600, at + 5'000, far, 2);
      }
  }
};

TEST_F(NodesTest, MessagesAlignTheClocks) {
  ping_pong();
  message(1, "MPI_Recv", 3'000'000'000, 3'000'900'000, 2, 7);
  message(2, "MPI_Send", 3'000'800'000, 3'000'801'000, 1, 7);
  const EventTrace trace = on_nodes({0, 700'000'000, -40'000});
  const auto waits = causes(trace);
  ASSERT_EQ(trace.clocks.size(), 3u);
  EXPECT_NEAR(trace.clocks[1].offset_ns(700'000'000), -7e8, 3e3);
  EXPECT_LT(trace.calls.clock_error_ns, 500'000);
  std::size_t found = 0;
  for (std::size_t i = 0; i < waits.size(); ++i) {
    if (waits[i].by_rank != 2 || trace.calls.calls[i].rank != 1) continue;
    ++found;
    EXPECT_EQ(waits[i].kind, WaitKind::kLateSender);
    EXPECT_NEAR(static_cast<double>(waits[i].wait_ns), 800'000, 10'000);
    EXPECT_LE(waits[i].lo_ns, 800'000);
    EXPECT_GE(waits[i].hi_ns, 800'000);
  }
  EXPECT_EQ(found, 1u);
  EXPECT_EQ(trace.aligned_ns(1, 700'000'000 + 5'000'000),
            trace.clocks[1].to_reference(705'000'000));
}

TEST_F(NodesTest, BarriersAlignThemToo) {
  for (std::int32_t round = 0; round < 20; ++round)
    for (std::uint32_t rank = 0; rank < 3; ++rank) {
      // Each in turn comes last; all leave 5 us after it.
      const std::int64_t at = 50'000'000 * round;
      const bool last = static_cast<std::uint32_t>(round) % 3 == rank;
      record::EventRow& row =
          call(rank, "MPI_Barrier", last ? at + 100'000 : at + 1'000 * rank, at + 105'000);
      row.communicator = 2 * rank;
    }
  const EventTrace trace = on_nodes({0, 3'000'000, -2'000'000});
  EXPECT_EQ(trace.causes_unknown, "");
  ASSERT_EQ(trace.clocks.size(), 3u);
  EXPECT_NEAR(trace.clocks[1].offset_ns(3'000'000), -3e6, 1e4);
  EXPECT_NEAR(trace.clocks[2].offset_ns(-2'000'000), 2e6, 1e4);
}

TEST_F(NodesTest, MessagesOneWayAreNotEnough) {
  message(0, "MPI_Send", 1'000, 1'500, 1, 1);
  message(1, "MPI_Recv", 900, 3'000, 0, 1);
  const EventTrace trace = on_nodes({0, 5'000, 0});
  EXPECT_NE(trace.causes_unknown.find("not aligned (n1: too few messages"), std::string::npos)
      << trace.causes_unknown;
  EXPECT_TRUE(trace.clocks.empty());
}

}  // namespace joulepath::analysis
