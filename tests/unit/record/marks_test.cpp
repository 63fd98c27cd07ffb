// Marks of collectives: every rank keeps the same, by their ordinals alone; a reader takes none
// that is changing; and what a node's marks come to.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "core/record/mark_writer.hpp"
#include "core/record/node_marks.hpp"
#include "core/record/synchronising.hpp"

namespace joulepath::record {
namespace {

std::vector<std::uint64_t> ordinals_of(const WorldMarks& marks) {
  std::vector<std::uint64_t> found;
  MarkTicks ticks;
  for (const WorldMark& mark : marks.kept)
    if (read_mark(mark, ticks)) found.push_back(ticks.ordinal);
  return found;
}

struct Rank {
  MarkWriter writer;
  std::unique_ptr<WorldMarks> marks = std::make_unique<WorldMarks>();
  void call(std::uint64_t ordinal) { writer.keep(*marks, ordinal, 10 * ordinal, 10 * ordinal + 3); }
};

TEST(Marks, AreTheFirstAndEachStrideth) {
  for (const std::uint64_t calls : {1u, 2u, 63u, 64u, 65u, 128u, 129u, 1000u, 100'000u}) {
    Rank rank;
    for (std::uint64_t call = 1; call <= calls; ++call) rank.call(call);
    std::uint64_t stride = 1;
    while ((calls - 1) / stride >= kMarkCapacity) stride *= 2;
    std::vector<std::uint64_t> want;
    for (std::uint64_t ordinal = 1; ordinal <= calls; ordinal += stride) want.push_back(ordinal);
    EXPECT_EQ(ordinals_of(*rank.marks), want) << calls;
    if (calls >= kMarkCapacity) {
      EXPECT_GT(want.size(), kMarkCapacity / 2);
    }
    MarkTicks last;
    ASSERT_TRUE(read_mark(rank.marks->last, last));
    EXPECT_EQ(last.ordinal, calls);
    EXPECT_EQ(last.begin, 10 * calls);
    EXPECT_EQ(last.end, 10 * calls + 3);
  }
}

TEST(Marks, KeepTheTimesOfTheirCalls) {
  Rank rank;
  for (std::uint64_t call = 1; call <= 1000; ++call) rank.call(call);
  MarkTicks ticks;
  for (const WorldMark& mark : rank.marks->kept) {
    if (!read_mark(mark, ticks)) continue;
    EXPECT_EQ(ticks.begin, 10 * ticks.ordinal);
    EXPECT_EQ(ticks.end, 10 * ticks.ordinal + 3);
  }
}

TEST(Marks, AreTheSameWhereSomeCallsFailed) {
  Rank good, failed;
  for (std::uint64_t call = 1; call <= 500; ++call) {
    good.call(call);
    if (call % 7 != 0 && call != 257) failed.call(call);
  }
  const auto all = ordinals_of(*good.marks);
  std::vector<std::uint64_t> want;
  for (const std::uint64_t ordinal : all)
    if (ordinal % 7 != 0 && ordinal != 257) want.push_back(ordinal);
  EXPECT_EQ(ordinals_of(*failed.marks), want);
}

TEST(Marks, AreReadWholeWhileTheyChange) {
  Rank rank;
  std::atomic<bool> over{false};
  std::thread writer([&] {
    for (std::uint64_t call = 1; !over.load(); ++call) rank.call(call);
  });
  std::uint64_t seen = 0, wrong = 0;
  constexpr std::uint64_t kEnough = 20'000'000;
  while (rank.marks->last.ordinal.load() < kEnough) {
    MarkTicks ticks;
    const auto look = [&](const WorldMark& mark) {
      if (!read_mark(mark, ticks)) return;
      ++seen;
      wrong += ticks.begin != 10 * ticks.ordinal || ticks.end != 10 * ticks.ordinal + 3;
    };
    for (int i = 0; i < 100; ++i) look(rank.marks->last);
    for (const WorldMark& mark : rank.marks->kept) look(mark);
  }
  over.store(true);
  writer.join();
  EXPECT_EQ(wrong, 0u) << "of " << seen;
}

TEST(Synchronising, IsWhatNobodyLeavesEarly) {
  for (const char* name :
       {"MPI_Barrier", "MPI_Ibarrier", "MPI_Allreduce", "MPI_Iallreduce", "MPI_Allreduce_c",
        "MPI_Allgather", "MPI_Alltoall", "MPI_Reduce_scatter_block", "MPI_Ireduce_scatter_block"})
    EXPECT_TRUE(synchronises(name)) << name;
  for (const char* name :
       {"MPI_Bcast", "MPI_Gather", "MPI_Scatter", "MPI_Reduce", "MPI_Scan", "MPI_Allgatherv",
        "MPI_Alltoallv", "MPI_Alltoallw", "MPI_Reduce_scatter", "MPI_Allreduce_init", "MPI_I",
        "MPI_", "Allreduce", "MPI_Finalize", "MPI_Comm_dup", ""})
    EXPECT_FALSE(synchronises(name)) << name;
  EXPECT_TRUE(is_barrier("MPI_Barrier"));
  EXPECT_FALSE(is_barrier("MPI_Allreduce"));
}

NodeTables node_of(const std::vector<std::int32_t>& ranks) {
  NodeTables node;
  node.info.start_monotonic_ns = 50;
  for (const std::int32_t rank : ranks) {
    ProcessRow process;
    process.process = static_cast<std::uint32_t>(node.processes.size());
    process.rank = rank;
    process.world_size = 4;
    process.first_ns = 60;
    process.last_ns = 900;
    node.processes.push_back(process);
  }
  return node;
}

TEST(NodeMarks, AreTheLastBeginAndTheFirstEnd) {
  NodeTables node = node_of({2, 3});
  node.marks = {{0, 1, 100, 130}, {1, 1, 110, 125}, {1, 2, 300, 320}};
  const NodeMarks found = marks_of(node);
  ASSERT_EQ(found.marks.size(), 2u);
  EXPECT_EQ(found.marks[0].ordinal, 1u);
  EXPECT_EQ(found.marks[0].last_begin_ns, 110);
  EXPECT_EQ(found.marks[0].first_end_ns, 125);
  EXPECT_EQ(found.marks[1].last_begin_ns, 300);
  EXPECT_EQ(found.ranks, (std::set<std::int32_t>{2, 3}));
  EXPECT_EQ(found.world, 4);
  EXPECT_EQ(found.first_ns, 50);
  EXPECT_EQ(found.last_ns, 900);
}

TEST(NodeMarks, OfTwoProgramsAreNone) {
  NodeTables node = node_of({0, 0});
  node.marks = {{0, 1, 100, 130}, {1, 1, 5000, 5025}};
  EXPECT_TRUE(marks_of(node).several_worlds);
  EXPECT_TRUE(marks_of(node).marks.empty());
  // A process without marks, as one that was spawned, is of no matter.
  node.marks.pop_back();
  EXPECT_FALSE(marks_of(node).several_worlds);
  EXPECT_EQ(marks_of(node).marks.size(), 1u);
}

TEST(NodeMarks, AreThoseThatAllNodesKeep) {
  NodeTables node = node_of({0});
  // The recorder looked when the stride was 1, and again at the end.
  for (const std::uint64_t ordinal : {1u, 2u, 3u, 5u, 64u, 65u, 127u, 129u, 200u})
    node.marks.push_back({0, ordinal, static_cast<std::int64_t>(ordinal) * 1000,
                          static_cast<std::int64_t>(ordinal) * 1000 + 9});
  std::vector<std::uint64_t> got;
  for (const NodeMark& mark : marks_of(node).marks) got.push_back(mark.ordinal);
  EXPECT_EQ(got, (std::vector<std::uint64_t>{1, 5, 65, 129, 200}));
}

}  // namespace
}  // namespace joulepath::record
