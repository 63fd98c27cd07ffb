// A channel outlives the process that wrote it, also one killed in the middle of a call.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <vector>

#include "core/base/file.hpp"
#include "core/record/channel_layout.hpp"
#include "core/record/lane_reader.hpp"
#include "core/record/lane_writer.hpp"
#include "tests/unit/support/child.hpp"
#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::record {
namespace {

auto at(std::uint64_t now) {
  return [now] { return now; };
}

Channel* map_channel(const std::filesystem::path& file) {
  const base::Descriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.open() || ::ftruncate(fd.get(), sizeof(Channel)) != 0) return nullptr;
  void* mapped = ::mmap(nullptr, sizeof(Channel), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  return mapped == MAP_FAILED ? nullptr : static_cast<Channel*>(mapped);
}

constexpr std::uint64_t kBegin = 1000;
constexpr std::uint64_t kCallsBeforeKill = 10'000;

/// What a rank does until it is killed: one tick in a cell of 8 bytes, one outside.
int write_for_ever(const std::filesystem::path& file, int ready) {
  Channel* channel = map_channel(file);
  if (channel == nullptr) return 1;
  Lane& lane = channel->lanes[0];
  lane.header.cell_count.store(2);
  LaneWriter writer;
  writer.start(&lane, kComputeCell, kBegin);
  const std::uint32_t cell = writer.new_cell(0, 450);
  std::uint64_t now = kBegin;
  for (std::uint64_t call = 0;; ++call) {
    writer.move_to(cell, at(++now));
    writer.count(cell, 8);
    writer.move_to(kComputeCell, at(++now));
    if (call == kCallsBeforeKill && ::write(ready, "", 1) != 1) return 1;
  }
}

TEST(Channel, SurvivesSigkillOfItsWriter) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "channel";
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const base::Descriptor ready(ends[0]), write_end(ends[1]);
  const pid_t pid = test::start_child([&] { return write_for_ever(file, write_end.get()); });
  char byte = 0;
  ASSERT_EQ(::read(ready.get(), &byte, 1), 1);
  ::kill(pid, SIGKILL);
  ASSERT_EQ(test::end_of(pid), 1000 + SIGKILL);

  Channel* channel = map_channel(file);
  ASSERT_NE(channel, nullptr);
  const Lane& lane = channel->lanes[0];
  const std::uint64_t mark = lane.header.mark.load();
  LaneReader reader(&lane);
  std::vector<CellChange> changes;
  const std::uint64_t booked = lane.cells[0].ticks.load() + lane.cells[2].ticks.load();
  reader.look(mark + 100, changes);
  std::uint64_t ticks = 0;
  std::uint64_t calls = 0;
  std::uint64_t bytes = 0;
  for (const CellChange& change : changes) {
    ticks += change.ticks_after - change.ticks_before;
    calls += change.calls;
    bytes += change.bytes;
  }
  EXPECT_GT(calls, kCallsBeforeKill);
  // Between the two stores of one call, or not.
  EXPECT_LE(calls * 8 - bytes, 8u);
  EXPECT_NEAR(static_cast<double>(lane.cells[2].ticks.load()), static_cast<double>(calls), 1);
  if (mark == 0) {  // killed inside a change: what is booked counts
    EXPECT_EQ(ticks, booked);
  } else {
    EXPECT_EQ(booked, mark - kBegin);
    EXPECT_EQ(ticks, booked + 100);
  }
  ::munmap(channel, sizeof(Channel));
}

}  // namespace
}  // namespace joulepath::record
