// A session with channels made by hand, as the shim of a rank would make them.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "core/base/file.hpp"
#include "core/base/tick_counter.hpp"
#include "core/record/channel_layout.hpp"
#include "core/record/session.hpp"

namespace joulepath::test {

/// One mapped channel file; its ticks are nanoseconds.
class SessionChannel {
 public:
  /// `image`: the how manieth program that the process executes.
  SessionChannel(const std::filesystem::path& session, pid_t pid, int image = 0)
      : file_(session /
              ("channel." + std::to_string(pid) + "." +
               std::to_string(record::process_start_time(pid)) + "." + std::to_string(image))) {
    const base::Descriptor fd(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    EXPECT_EQ(::ftruncate(fd.get(), sizeof(record::Channel)), 0);
    void* mapped =
        ::mmap(nullptr, sizeof(record::Channel), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    EXPECT_NE(mapped, MAP_FAILED);
    channel_ = static_cast<record::Channel*>(mapped);
    record::ChannelHeader& header = channel_->header;
    header.magic = record::kChannelMagic;
    header.version = record::kChannelVersion;
    header.tick_kind = static_cast<std::uint32_t>(base::TickKind::kMonotonicNs);
    header.pid = pid;
    header.lane_capacity = record::kLaneCapacity;
    header.start_time = record::process_start_time(pid);
    header.init_ns = 1;
    header.rank.store(-1);
    header.world_size.store(-1);
    header.local_size = -1;
    header.cpuset[0] = 1;
  }
  ~SessionChannel() { ::munmap(channel_, sizeof(record::Channel)); }
  SessionChannel(const SessionChannel&) = delete;
  SessionChannel& operator=(const SessionChannel&) = delete;

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }
  record::Channel* operator->() { return channel_; }

  /// Lane `index`, ready for a thread.
  record::Lane& lane(std::uint32_t index, std::int32_t tid) {
    record::Lane& lane = channel_->lanes[index];
    lane.cells[record::kOverflowCell].function = record::kOverflowFunction;
    lane.header.current.store(record::kNoCell);
    lane.header.cell_count.store(2);
    lane.header.tid.store(tid);
    lane.header.thread.store(index);
    channel_->header.lane_count.store(index + 1);
    channel_->header.lanes_ready[index / 64].fetch_or(std::uint64_t{1} << (index % 64));
    return lane;
  }
  void running(std::int32_t rank, std::int32_t world_size) {
    std::snprintf(channel_->header.mpi_library, sizeof channel_->header.mpi_library, "Fake MPI 1");
    channel_->header.rank.store(rank);
    channel_->header.world_size.store(world_size);
    set_state(record::MpiState::kRunning);
  }
  void set_state(record::MpiState state) {
    channel_->header.mpi_state.store(static_cast<std::uint32_t>(state));
  }

 private:
  std::filesystem::path file_;
  record::Channel* channel_ = nullptr;
};

}  // namespace joulepath::test
