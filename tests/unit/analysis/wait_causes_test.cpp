// Waits whose causes are known, as calls at chosen times.
#include "core/analysis/wait_causes.hpp"

#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace joulepath::analysis {
namespace {

constexpr std::uint32_t kWorld = 0;
constexpr std::uint32_t kSendFunction = 1;
constexpr std::uint32_t kRecvFunction = 2;
constexpr std::uint32_t kWaitFunction = 3;
constexpr std::uint32_t kCollFunction = 4;

class WaitCausesTest : public ::testing::Test {
 protected:
  WaitCausesTest() { trace_.communicators = {{kWorld, {0, 1, 2, 3}}}; }

  std::uint32_t call(std::int32_t rank, std::uint32_t function, std::int64_t begin,
                     std::int64_t end, Blocking blocking = Blocking::kUntilAll) {
    trace_.calls.push_back({rank, 0, function, begin, end, 8, blocking});
    return static_cast<std::uint32_t>(trace_.calls.size() - 1);
  }
  std::uint32_t send(std::int32_t rank, std::int32_t to, std::int64_t begin, std::int64_t end,
                     std::int32_t tag = 0, OperationKind kind = OperationKind::kSend,
                     std::uint32_t communicator = kWorld) {
    const std::uint32_t index = call(rank, kSendFunction, begin, end);
    trace_.operations.push_back({index, kind, communicator, to, tag});
    return index;
  }
  std::uint32_t receive(std::int32_t rank, std::int32_t from, std::int64_t begin, std::int64_t end,
                        std::int32_t tag = 0, std::uint32_t communicator = kWorld) {
    const std::uint32_t index = call(rank, kRecvFunction, begin, end);
    trace_.operations.push_back({index, OperationKind::kReceive, communicator, from, tag});
    return index;
  }
  /// Isend or Irecv.
  std::uint32_t start(std::int32_t rank, OperationKind kind, std::int32_t peer, std::int64_t begin,
                      std::uint64_t request, std::int32_t tag = 0) {
    const std::uint32_t index = call(rank, kSendFunction, begin, begin + 1, Blocking::kNone);
    trace_.operations.push_back({index, kind, kWorld, peer, tag, request});
    return index;
  }
  std::uint32_t wait(std::int32_t rank, std::int64_t begin, std::int64_t end,
                     const std::vector<std::uint64_t>& requests,
                     Blocking blocking = Blocking::kUntilAll) {
    const std::uint32_t index = call(rank, kWaitFunction, begin, end, blocking);
    for (const std::uint64_t request : requests) trace_.completions.push_back({index, request});
    return index;
  }
  std::uint32_t collective(std::int32_t rank, OperationKind kind, std::int64_t begin,
                           std::int64_t end, std::int32_t root = -1,
                           std::uint32_t communicator = kWorld) {
    const std::uint32_t index = call(rank, kCollFunction, begin, end);
    trace_.operations.push_back({index, kind, communicator, root, 0});
    return index;
  }

  [[nodiscard]] WaitCauses causes() const {
    auto result = find_wait_causes(trace_);
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message());
    WaitCauses causes = std::move(result).value_or({});
    // What holds of every call, in every test.
    for (std::size_t i = 0; i < causes.by_call.size(); ++i) {
      const WaitCause& wait = causes.by_call[i];
      const CallEvent& event = trace_.calls[i];
      EXPECT_LE(0, wait.lo_ns);
      EXPECT_LE(wait.lo_ns, wait.wait_ns);
      EXPECT_LE(wait.wait_ns, wait.hi_ns);
      if (event.t_end_ns != kNotEnded) {
        EXPECT_LE(wait.hi_ns, event.t_end_ns - event.t_begin_ns);
      }
      EXPECT_EQ(wait.by_rank < 0, wait.wait_ns == 0);
    }
    return causes;
  }
  [[nodiscard]] WaitCause cause(std::uint32_t call) const { return causes().by_call[call]; }

  CallTrace trace_;
};

void expect_wait(const WaitCause& wait, WaitKind kind, std::int64_t ns, std::int32_t by_rank,
                 std::int64_t at_ns) {
  EXPECT_EQ(wait.kind, kind) << to_string(wait.kind);
  EXPECT_EQ(wait.wait_ns, ns);
  EXPECT_EQ(wait.by_rank, by_rank);
  EXPECT_EQ(wait.at_ns, at_ns);
}

void expect_bounds(const WaitCause& wait, std::int64_t lo_ns, std::int64_t hi_ns) {
  EXPECT_EQ(wait.lo_ns, lo_ns);
  EXPECT_EQ(wait.hi_ns, hi_ns);
}

void expect_none(const WaitCause& wait) {
  expect_wait(wait, WaitKind::kNone, 0, -1, 0);
  expect_bounds(wait, 0, 0);
  EXPECT_EQ(wait.unmatched, 0u);
}

void expect_not_matched(const WaitCause& wait, std::int64_t longest_ns) {
  expect_wait(wait, WaitKind::kNotMatched, 0, -1, 0);
  expect_bounds(wait, 0, longest_ns);
  EXPECT_EQ(wait.unmatched, 1u);
}

TEST_F(WaitCausesTest, NothingOfNothing) {
  trace_.communicators.clear();
  const WaitCauses none = causes();
  EXPECT_TRUE(none.by_call.empty());
  EXPECT_TRUE(none.by_function.empty());
  EXPECT_TRUE(none.by_rank.empty());
}

TEST_F(WaitCausesTest, ALateSender) {
  const auto recv = receive(1, 0, 100, 1000);
  const auto sent = send(0, 1, 700, 750);
  expect_wait(cause(recv), WaitKind::kLateSender, 600, 0, 700);
  expect_bounds(cause(recv), 600, 600);
  expect_none(cause(sent));
}

TEST_F(WaitCausesTest, ASenderInTimeIsNoWait) {
  send(0, 1, 50, 60);
  const auto recv = receive(1, 0, 100, 1000);
  expect_none(cause(recv));
}

TEST_F(WaitCausesTest, TheClocksErrorWidensTheBounds) {
  trace_.clock_error_ns = 30;
  const auto recv = receive(1, 0, 100, 1000);
  send(0, 1, 700, 750);
  expect_wait(cause(recv), WaitKind::kLateSender, 600, 0, 700);
  expect_bounds(cause(recv), 570, 630);
}

// The sender's clock runs ahead of the receiver's by anything that the error allows: the
// bounds hold what was so.
TEST_F(WaitCausesTest, TheBoundsHoldTheTruthWhateverTheClocks) {
  for (const std::int64_t sent_at : {0, 90, 110, 600, 990}) {
    for (const std::int64_t ahead : {-40, -7, 0, 13, 40}) {
      trace_.calls.clear();
      trace_.operations.clear();
      trace_.clock_error_ns = 40;
      const auto recv = receive(1, 0, 100, 1000);
      send(0, 1, sent_at + ahead, sent_at + ahead + 2000);
      const std::int64_t truth = std::max<std::int64_t>(sent_at - 100, 0);
      EXPECT_LE(cause(recv).lo_ns, truth) << sent_at << ' ' << ahead;
      EXPECT_GE(cause(recv).hi_ns, truth) << sent_at << ' ' << ahead;
      EXPECT_LE(cause(recv).hi_ns - cause(recv).lo_ns, 80);
    }
  }
}

TEST_F(WaitCausesTest, AMessageToItselfKnowsOneClock) {
  trace_.clock_error_ns = 1000;
  start(0, OperationKind::kReceive, 0, 10, 7);
  send(0, 0, 20, 30);
  const auto waited = wait(0, 40, 50, {7});
  expect_none(cause(waited));
}

TEST_F(WaitCausesTest, ALateReceiverOfASynchronousSend) {
  const auto sent = send(0, 1, 100, 900, 0, OperationKind::kSynchronousSend);
  const auto recv = receive(1, 0, 800, 950);
  expect_wait(cause(sent), WaitKind::kLateReceiver, 700, 1, 800);
  expect_bounds(cause(sent), 700, 700);
  expect_none(cause(recv));
}

TEST_F(WaitCausesTest, AStandardSendMayHaveCopiedInThatTime) {
  const auto sent = send(0, 1, 100, 900);
  receive(1, 0, 800, 950);
  expect_wait(cause(sent), WaitKind::kLateReceiver, 700, 1, 800);
  expect_bounds(cause(sent), 0, 700);
}

TEST_F(WaitCausesTest, ASendThatEndedBeforeItsReceiveDidNotWait) {
  const auto sent = send(0, 1, 100, 150);
  receive(1, 0, 800, 950);
  expect_none(cause(sent));
  trace_.clock_error_ns = 640;  // or the receive began from 160 on: still after its end
  expect_none(cause(sent));
  trace_.clock_error_ns = 660;  // or from 140 on
  EXPECT_EQ(cause(sent).wait_ns, 0);
  expect_bounds(cause(sent), 0, 50);
}

TEST_F(WaitCausesTest, ABufferedSendWaitsForNobody) {
  const auto sent = send(0, 1, 100, 900, 0, OperationKind::kBufferedSend);
  const auto recv = receive(1, 0, 50, 950);
  expect_none(cause(sent));
  expect_wait(cause(recv), WaitKind::kLateSender, 50, 0, 100);
}

TEST_F(WaitCausesTest, ABarrierWithOneLateRank) {
  const auto a = collective(0, OperationKind::kAllToAll, 100, 520);
  const auto b = collective(1, OperationKind::kAllToAll, 200, 530);
  const auto late = collective(2, OperationKind::kAllToAll, 500, 540);
  const auto c = collective(3, OperationKind::kAllToAll, 150, 550);
  const WaitCauses all = causes();
  expect_wait(all.by_call[a], WaitKind::kCollective, 400, 2, 500);
  expect_wait(all.by_call[b], WaitKind::kCollective, 300, 2, 500);
  expect_wait(all.by_call[c], WaitKind::kCollective, 350, 2, 500);
  expect_none(all.by_call[late]);
  ASSERT_EQ(all.by_rank.size(), 1u);
  EXPECT_EQ(all.by_rank[0].key, 2);
  EXPECT_EQ(all.by_rank[0].calls, 3u);
  EXPECT_EQ(all.by_rank[0].wait_ns, 1050);
  ASSERT_EQ(all.by_function.size(), 1u);
  EXPECT_EQ(all.by_function[0].key, kCollFunction);
  EXPECT_EQ(all.by_function[0].calls, 4u);
  EXPECT_EQ(all.by_function[0].wait_ns, 1050);
  EXPECT_EQ(all.by_function[0].not_matched, 0u);
  trace_.clock_error_ns = 25;
  expect_bounds(cause(a), 375, 420);  // not beyond the call's end
  expect_bounds(cause(late), 0, 0);
}

TEST_F(WaitCausesTest, NonRootsWaitForTheRootOfABcast) {
  const auto root = collective(1, OperationKind::kFromRoot, 300, 310, 1);
  const auto early = collective(0, OperationKind::kFromRoot, 100, 350, 1);
  const auto later = collective(2, OperationKind::kFromRoot, 320, 350, 1);
  const auto last = collective(3, OperationKind::kFromRoot, 900, 950, 1);
  expect_none(cause(root));
  expect_wait(cause(early), WaitKind::kCollective, 200, 1, 300);
  expect_none(cause(later));
  expect_none(cause(last));
}

TEST_F(WaitCausesTest, TheRootOfAReduceWaitsForTheLastOfTheOthers) {
  const auto root = collective(1, OperationKind::kToRoot, 100, 700, 1);
  const auto early = collective(0, OperationKind::kToRoot, 50, 60, 1);
  const auto middle = collective(2, OperationKind::kToRoot, 300, 900, 1);
  const auto last = collective(3, OperationKind::kToRoot, 600, 610, 1);
  expect_wait(cause(root), WaitKind::kCollective, 500, 3, 600);
  expect_none(cause(early));
  expect_none(cause(middle));
  expect_none(cause(last));
}

TEST_F(WaitCausesTest, AWaitallWaitsForTheLastOfItsRequests) {
  const auto irecv = start(0, OperationKind::kReceive, 1, 10, 1);
  start(0, OperationKind::kReceive, 2, 20, 2);
  start(0, OperationKind::kSynchronousSend, 3, 30, 3);
  const auto all = wait(0, 100, 900, {1, 2, 3});
  send(1, 0, 400, 410);
  send(2, 0, 700, 710);
  receive(3, 0, 500, 910);
  expect_none(cause(irecv));
  expect_wait(cause(all), WaitKind::kLateSender, 600, 2, 700);
  expect_bounds(cause(all), 600, 600);
}

TEST_F(WaitCausesTest, ARequestsReceiverIsThereWhenItStarts) {
  start(0, OperationKind::kReceive, 1, 300, 1);
  wait(0, 800, 900, {1});
  const auto sent = send(1, 0, 100, 850, 0, OperationKind::kSynchronousSend);
  expect_wait(cause(sent), WaitKind::kLateReceiver, 200, 0, 300);
}

TEST_F(WaitCausesTest, AWaitsomeWaitsForTheFirst) {
  start(0, OperationKind::kReceive, 1, 10, 1);
  start(0, OperationKind::kReceive, 2, 20, 2);
  const auto some = wait(0, 100, 900, {1, 2}, Blocking::kUntilFirst);
  send(1, 0, 400, 410);
  send(2, 0, 700, 710);
  expect_wait(cause(some), WaitKind::kLateSender, 300, 1, 400);
}

TEST_F(WaitCausesTest, ATestNeverWaits) {
  start(0, OperationKind::kReceive, 1, 10, 1);
  const auto test = wait(0, 100, 900, {1}, Blocking::kNone);
  send(1, 0, 400, 410);
  expect_none(cause(test));
}

TEST_F(WaitCausesTest, ARequestsNumberComesAgain) {
  start(0, OperationKind::kReceive, 1, 10, 1);
  const auto first = wait(0, 20, 300, {1});
  start(0, OperationKind::kReceive, 1, 310, 1);
  const auto second = wait(0, 320, 900, {1});
  send(1, 0, 200, 210);
  send(1, 0, 600, 610);
  expect_wait(cause(first), WaitKind::kLateSender, 180, 1, 200);
  expect_wait(cause(second), WaitKind::kLateSender, 280, 1, 600);
}

TEST_F(WaitCausesTest, MessagesOfOneTagKeepTheirOrderAndOthersPassThem) {
  start(1, OperationKind::kReceive, 0, 10, 1, 5);
  start(1, OperationKind::kReceive, 0, 20, 2, 5);
  start(1, OperationKind::kReceive, 0, 30, 3, 6);
  // Completed in another order than they were started.
  const auto third = wait(1, 40, 150, {3});
  const auto second = wait(1, 160, 400, {2});
  const auto first = wait(1, 410, 420, {1});
  send(0, 1, 100, 110, 6);
  send(0, 1, 200, 210, 5);
  send(0, 1, 300, 310, 5);
  expect_wait(cause(third), WaitKind::kLateSender, 60, 0, 100);
  expect_wait(cause(second), WaitKind::kLateSender, 140, 0, 300);
  expect_none(cause(first));
}

TEST_F(WaitCausesTest, CommunicatorsDoNotMix) {
  trace_.communicators.push_back({9, {0, 1}});
  const auto ours = receive(1, 0, 100, 400, 0, 9);
  const auto world = receive(1, 0, 500, 900, 0, kWorld);
  send(0, 1, 200, 210);
  send(0, 1, 300, 310, 0, OperationKind::kSend, 9);
  expect_wait(cause(ours), WaitKind::kLateSender, 200, 0, 300);
  expect_none(cause(world));
  const auto a = collective(0, OperationKind::kAllToAll, 1000, 1600, -1, 9);
  const auto b = collective(1, OperationKind::kAllToAll, 1500, 1600, -1, 9);
  const auto alone = collective(2, OperationKind::kAllToAll, 1000, 1700);
  expect_wait(cause(a), WaitKind::kCollective, 500, 1, 1500);
  expect_none(cause(b));
  expect_not_matched(cause(alone), 700);
}

TEST_F(WaitCausesTest, TheSameOrderOfCollectivesInEachMember) {
  trace_.communicators = {{kWorld, {0, 1}}};
  const auto a1 = collective(0, OperationKind::kAllToAll, 0, 100);
  const auto a2 = collective(0, OperationKind::kFromRoot, 110, 500, 1);
  const auto b1 = collective(1, OperationKind::kAllToAll, 90, 100);
  collective(1, OperationKind::kFromRoot, 400, 410, 1);
  expect_wait(cause(a1), WaitKind::kCollective, 90, 1, 90);
  expect_wait(cause(a2), WaitKind::kCollective, 290, 1, 400);
  expect_none(cause(b1));
}

TEST_F(WaitCausesTest, MembersOutOfStepAreNotMatched) {
  trace_.communicators = {{kWorld, {0, 1}}};
  const auto a = collective(0, OperationKind::kAllToAll, 0, 100);
  const auto b = collective(1, OperationKind::kFromRoot, 90, 100, 1);
  expect_not_matched(cause(a), 100);
  expect_not_matched(cause(b), 10);
}

TEST_F(WaitCausesTest, AReceiveWithoutSendIsNotMatched) {
  const auto recv = receive(1, 0, 100, 1000);
  expect_not_matched(cause(recv), 900);
  const WaitCauses all = causes();
  ASSERT_EQ(all.by_function.size(), 1u);
  EXPECT_EQ(all.by_function[0].not_matched, 1u);
  EXPECT_EQ(all.by_function[0].hi_ns, 900);
  EXPECT_TRUE(all.by_rank.empty());
}

TEST_F(WaitCausesTest, AMissingSendSpoilsItsWholeOrder) {
  const auto first = receive(1, 0, 100, 200);
  const auto second = receive(1, 0, 300, 400);
  send(0, 1, 150, 160);
  expect_not_matched(cause(first), 100);
  expect_not_matched(cause(second), 100);
}

TEST_F(WaitCausesTest, AReceiveThatWasOverBeforeItsSendIsNotMatched) {
  const auto recv = receive(1, 0, 100, 200);
  send(0, 1, 250, 260);
  expect_not_matched(cause(recv), 100);
  trace_.clock_error_ns = 60;  // now it may have been before
  EXPECT_EQ(cause(recv).kind, WaitKind::kLateSender);
  expect_bounds(cause(recv), 90, 100);
}

TEST_F(WaitCausesTest, PartOfAWaitallMayBeUnknown) {
  start(0, OperationKind::kReceive, 1, 10, 1);
  start(0, OperationKind::kReceive, 2, 20, 2);
  const auto all = wait(0, 100, 900, {1, 2});
  send(1, 0, 400, 410);
  expect_wait(cause(all), WaitKind::kLateSender, 300, 1, 400);
  expect_bounds(cause(all), 300, 800);
  EXPECT_EQ(cause(all).unmatched, 1u);
}

TEST_F(WaitCausesTest, AnUnknownRequestIsNotMatched) {
  const auto waited = wait(0, 100, 900, {77});
  expect_not_matched(cause(waited), 800);
}

TEST_F(WaitCausesTest, ARequestCompletesOnce) {
  start(0, OperationKind::kReceive, 1, 10, 1);
  const auto first = wait(0, 100, 300, {1});
  const auto again = wait(0, 400, 900, {1});
  send(1, 0, 200, 210);
  expect_wait(cause(first), WaitKind::kLateSender, 100, 1, 200);
  expect_not_matched(cause(again), 500);
}

TEST_F(WaitCausesTest, ACallThatNeverReturnedWaitsForTheOthersThatCame) {
  trace_.communicators = {{kWorld, {0, 1}}};
  const auto stuck = collective(0, OperationKind::kAllToAll, 100, kNotEnded);
  collective(1, OperationKind::kAllToAll, 400, kNotEnded);
  const auto alone = receive(2, 3, 100, kNotEnded);
  const auto alone_too = receive(3, 2, 100, kNotEnded);
  expect_wait(cause(stuck), WaitKind::kCollective, 300, 1, 400);
  expect_not_matched(cause(alone), kNotEnded);
  expect_not_matched(cause(alone_too), kNotEnded);
  EXPECT_EQ(causes().by_function[0].hi_ns, kNotEnded);  // and not beyond the type
}

TEST_F(WaitCausesTest, WhatIsNotKnownToThisAnalysisIsNotMatched) {
  const auto scan = collective(0, OperationKind::kOther, 10, 30);
  expect_not_matched(cause(scan), 20);
}

TEST_F(WaitCausesTest, RanksThatLostEventsAreNotMatched) {
  const auto lost = receive(1, 0, 100, 1000);
  send(0, 1, 700, 750);
  const auto kept = receive(1, 2, 1100, 1500);
  send(2, 1, 1200, 1210);
  trace_.incomplete_ranks = {0};
  expect_not_matched(cause(lost), 900);
  expect_wait(cause(kept), WaitKind::kLateSender, 100, 2, 1200);
}

TEST_F(WaitCausesTest, TwoThreadsAtOnceHaveNoOrder) {
  const auto a = receive(1, 0, 100, 300);
  const auto b = receive(1, 0, 150, 400);
  trace_.calls[b].lane = 1;
  send(0, 1, 200, 210);
  send(0, 1, 250, 260);
  expect_not_matched(cause(a), 200);
  expect_not_matched(cause(b), 250);
  trace_.calls[b].t_begin_ns = 320;  // one after the other they have
  expect_wait(cause(a), WaitKind::kLateSender, 100, 0, 200);
  expect_none(cause(b));
}

TEST_F(WaitCausesTest, ASendrecvWaitsForBoth) {
  const auto both = call(0, kSendFunction, 100, 900);
  trace_.operations.push_back({both, OperationKind::kSynchronousSend, kWorld, 1, 0});
  trace_.operations.push_back({both, OperationKind::kReceive, kWorld, 2, 0});
  receive(1, 0, 600, 950);
  send(2, 0, 300, 310);
  expect_wait(cause(both), WaitKind::kLateReceiver, 500, 1, 600);
}

TEST_F(WaitCausesTest, ContradictionsAreErrors) {
  const auto message = [&] {
    const auto result = find_wait_causes(trace_);
    return result.ok() ? std::string() : result.error().message();
  };
  call(0, kSendFunction, 10, 5);
  EXPECT_NE(message().find("call 0: ends before it begins"), std::string::npos) << message();
  trace_.calls.clear();
  call(0, kSendFunction, 10, 20);
  call(0, kSendFunction, 15, 30);
  EXPECT_NE(message().find("call 1: begins before"), std::string::npos) << message();
  trace_.calls.clear();
  trace_.operations = {{3, OperationKind::kSend, kWorld, 0, 0}};
  EXPECT_NE(message().find("operation 0: names a call"), std::string::npos) << message();
  trace_.operations.clear();
  trace_.completions = {{3, 1}};
  EXPECT_NE(message().find("completion 0"), std::string::npos) << message();
  trace_.completions.clear();
  collective(0, OperationKind::kAllToAll, 1, 2, -1, 55);
  EXPECT_NE(message().find("communicator"), std::string::npos) << message();
  trace_.operations[0].communicator = kWorld;
  EXPECT_EQ(message(), "");
  trace_.clock_error_ns = -1;
  EXPECT_NE(message().find("clock error"), std::string::npos) << message();
}

}  // namespace
}  // namespace joulepath::analysis
