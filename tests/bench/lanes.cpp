// Writes channels as busy MPI processes would, without an MPI: PROCESSES children, each
// with LANES lanes in which RATE calls a second pass over four cells, for SECONDS. Only
// the recorder's side is of interest: the lanes are moved in bursts from one thread of
// each child, so that on a small machine the generator leaves the recorder a core.
//
// lanes SESSION-DIRECTORY PROCESSES LANES RATE SECONDS
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "core/base/tick_counter.hpp"
#include "core/record/lane_writer.hpp"
#include "core/record/session.hpp"

namespace {

using namespace joulepath;
using record::Channel;

constexpr std::uint32_t kCells = 4;
constexpr std::uint64_t kBytes = 1024;
constexpr long kBurst_ns = 2'000'000;

struct Load {
  std::string session;
  int processes = 0;
  std::uint32_t lanes = 0;
  long calls_per_second = 0;
  long seconds = 0;
};

Channel* map_channel(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 || ::ftruncate(fd, sizeof(Channel)) != 0) return nullptr;
  void* mapped = ::mmap(nullptr, sizeof(Channel), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  return mapped != MAP_FAILED ? static_cast<Channel*>(mapped) : nullptr;
}

void fill(record::ChannelHeader& header, const Load& load, int rank) {
  header.magic = record::kChannelMagic;
  header.version = record::kChannelVersion;
  header.tick_kind = static_cast<std::uint32_t>(base::best_tick_kind());
  header.pid = ::getpid();
  header.lane_capacity = record::kLaneCapacity;
  header.start_time = record::process_start_time(header.pid);
  header.init_ticks = base::read_ticks(base::best_tick_kind());
  header.init_ns = base::monotonic_ticks();
  header.rank.store(rank, std::memory_order_relaxed);
  header.world_size.store(load.processes, std::memory_order_relaxed);
  header.local_size = load.processes;
  header.cpuset[0] = 1;
  header.mpi_state.store(static_cast<std::uint32_t>(record::MpiState::kRunning),
                         std::memory_order_release);
}

std::uint64_t now() {
  return base::read_ticks(base::best_tick_kind());
}

void start(Channel& channel, std::uint32_t index, record::LaneWriter& writer) {
  record::Lane& lane = channel.lanes[index];
  lane.cells[record::kOverflowCell].function = record::kOverflowFunction;
  lane.header.cell_count.store(2, std::memory_order_release);
  lane.header.tid.store(::getpid(), std::memory_order_relaxed);
  lane.header.thread.store(index, std::memory_order_relaxed);
  writer.start(&lane, record::kComputeCell, now());
  for (std::uint16_t cell = 1; cell < kCells; ++cell) writer.new_cell(0, cell);
  channel.header.lane_count.store(index + 1, std::memory_order_release);
  channel.header.lanes_ready[index / 64].fetch_or(std::uint64_t{1} << (index % 64),
                                                  std::memory_order_release);
}

/// One process: publishes its channel and makes calls until the time is over.
int be_a_rank(const Load& load, int rank) {
  const std::string hidden = load.session + "/.channel." + std::to_string(::getpid());
  Channel* channel = map_channel(hidden);
  if (channel == nullptr) {
    std::perror(hidden.c_str());
    return 1;
  }
  fill(channel->header, load, rank);
  std::vector<record::LaneWriter> writers(load.lanes);
  for (std::uint32_t lane = 0; lane < load.lanes; ++lane) start(*channel, lane, writers[lane]);
  const std::string name = load.session + "/channel." + std::to_string(::getpid()) + "." +
                           std::to_string(channel->header.start_time) + ".0";
  if (std::rename(hidden.c_str(), name.c_str()) != 0) return 1;

  const long bursts = load.seconds * (1'000'000'000 / kBurst_ns);
  const long calls = load.calls_per_second * kBurst_ns / 1'000'000'000;
  timespec next{};
  clock_gettime(CLOCK_MONOTONIC, &next);
  std::uint32_t cell = 2;
  for (long burst = 0; burst < bursts; ++burst) {
    for (long call = 0; call < calls; ++call)
      for (record::LaneWriter& writer : writers) {
        writer.move_to(cell, &now);
        writer.move_to(record::kComputeCell, &now);
        writer.count(cell, kBytes);
        cell = cell == kCells ? 2 : cell + 1;
      }
    next.tv_nsec += kBurst_ns;
    if (next.tv_nsec >= 1'000'000'000) {
      next.tv_nsec -= 1'000'000'000;
      ++next.tv_sec;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
  }
  channel->header.mpi_state.store(static_cast<std::uint32_t>(record::MpiState::kFinalized),
                                  std::memory_order_release);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: lanes SESSION-DIRECTORY PROCESSES LANES RATE SECONDS\n");
    return 2;
  }
  const Load load{argv[1], std::atoi(argv[2]), static_cast<std::uint32_t>(std::atoi(argv[3])),
                  std::atol(argv[4]), std::atol(argv[5])};
  for (int rank = 0; rank < load.processes; ++rank)
    if (::fork() == 0) return be_a_rank(load, rank);
  int failed = 0;
  for (int status = 0; ::wait(&status) > 0;)
    if (status != 0) failed = 1;
  return failed;
}
