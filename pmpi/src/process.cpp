#include "pmpi/src/process.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/base/clock_ns.hpp"
#include "core/record/session.hpp"
#include "pmpi/src/abi.hpp"
#include "pmpi/src/annotations.hpp"
#include "pmpi/src/channel_file.hpp"
#include "pmpi/src/communicators.hpp"
#include "pmpi/src/device_files.hpp"
#include "pmpi/src/event_file.hpp"
#include "pmpi/src/message.hpp"
#include "pmpi/src/next_function.hpp"
#include "pmpi/src/recorder_start.hpp"
#include "pmpi/src/thread_state.hpp"
#include "pmpi/src/world_marks.hpp"

namespace joulepath::pmpi {

namespace {

using record::ChannelHeader;

ChannelFile channel_file{};
/// Null until the process records; and in a forked child, which has no channel.
std::atomic<record::Channel*> channel{nullptr};
std::atomic<bool> begun{false};
std::atomic<std::uint32_t> threads_seen{0};
bool started_recorder = false;
pthread_key_t thread_end;

std::int32_t number_from(std::initializer_list<const char*> variables) noexcept {
  for (const char* name : variables)
    if (const char* value = std::getenv(name)) return static_cast<std::int32_t>(std::atoi(value));
  return -1;
}

/// Advice for the reasons a user can meet.
const char* advice(int error) noexcept {
  switch (error) {
    case ENOSPC: return "; free some of /dev/shm (df /dev/shm)";
    case ENOENT: return "; is /dev/shm there, or set JOULEPATH_SHM_DIR to another tmpfs";
    case EPERM: return "; the session's directory must be yours alone (mode 0700)";
    default: return "";
  }
}

void not_recording(const char* what, const char* where, int error) noexcept {
  say("not recording this process: %s %s: %s%s", what, where, std::strerror(error), advice(error));
}

void fill_header(ChannelHeader& header, BegunBy by) noexcept {
  header.magic = record::kChannelMagic;
  header.version = record::kChannelVersion;
  header.tick_kind = static_cast<std::uint32_t>(tick_kind);
  header.pid = ::getpid();
  header.lane_capacity = record::kLaneCapacity;
  header.start_time = record::process_start_time(header.pid);
  header.init_ticks = now_ticks();
  header.init_ns = base::monotonic_ticks();
  header.mpi_state.store(
      static_cast<std::uint32_t>(by == BegunBy::kMpi ? record::MpiState::kStarting
                                                     : record::MpiState::kNone),
      std::memory_order_relaxed);
  header.phase_count.store(1, std::memory_order_relaxed);
  header.rank.store(-1, std::memory_order_relaxed);
  header.world_size.store(-1, std::memory_order_relaxed);
  header.local_size = number_from({"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"});
  header.thread_level = -1;
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  sched_getaffinity(0, sizeof cpus, &cpus);
  static_assert(sizeof cpus >= sizeof header.cpuset);
  std::memcpy(header.cpuset, &cpus, sizeof header.cpuset);
  ask_for_devices(header.devices, &::access);
}

/// Makes the channel and its recorder; begins anew while a recorder that is just ending
/// takes the directory away.
bool open_channel(record::SessionPath& directory, BegunBy by) noexcept {
  const record::SessionKey key = record::find_session_key();
  for (int attempt = 0; attempt < 10; ++attempt) {
    if (const int error = record::make_session_directory(key, directory)) {
      not_recording("cannot make the session directory", directory.text, error);
      return false;
    }
    int error = create_channel(directory, channel_file);
    if (error == 0) {
      fill_header(channel_file.channel->header, by);
      error = publish_channel(directory, channel_file);
    }
    if (error == ENOENT) continue;
    if (error != 0) {
      not_recording("cannot make the channel", channel_file.path, error);
      ::rmdir(directory.text);  // fails, rightly, when it is not empty
      return false;
    }
    const ElectionOutcome outcome = ensure_recorder(directory);
    started_recorder = outcome.election == Election::kStarted;
    if (started_recorder || outcome.election == Election::kElected) return true;
    ::unlink(channel_file.path);
    ::munmap(channel_file.channel, sizeof(record::Channel));
    if (outcome.election == Election::kVanished) continue;
    not_recording("cannot start the recorder", outcome.recorder, outcome.sys_errno);
    ::rmdir(directory.text);
    return false;
  }
  not_recording("the session directory keeps vanishing", directory.text, ENOENT);
  return false;
}

/// Beside the channel, which stays good without it.
void open_events() noexcept {
  if (const int error = open_event_file(channel_file.path)) {
    say("no events of this process: cannot make its event file beside %s: %s%s", channel_file.path,
        std::strerror(error), advice(error));
    return;
  }
  // Pairs with the acquire load in the recorder's EventDrain.
  channel_file.channel->header.events.store(1, std::memory_order_release);
}

void in_forked_child() noexcept {
  channel.store(nullptr, std::memory_order_relaxed);
  abandon_event_file();
  thread_state.lane.abandon();
  thread_state.frame = nullptr;
}

void free_tables(ThreadState& thread) noexcept {
  if (thread.tables != nullptr) ::munmap(thread.tables, sizeof(ThreadTables));
  thread.tables = nullptr;
}

void at_thread_end(void* state) noexcept {
  auto& thread = *static_cast<ThreadState*>(state);
  if (!thread.lane.open()) return;
  record::LaneHeader& header = thread.lane.lane()->header;
  thread.lane.stop(&now_ticks);
  thread.tables->events.flush();
  // Pairs with the acquire exchange in take_lane.
  header.state.store(static_cast<std::uint32_t>(record::LaneState::kReleased),
                     std::memory_order_release);
  free_tables(thread);
}

/// A lane that another thread has left, or a new one; null when all are taken.
record::Lane* take_lane(record::Channel& shared) noexcept {
  constexpr auto kInUse = static_cast<std::uint32_t>(record::LaneState::kInUse);
  const std::uint32_t count =
      std::min(shared.header.lane_count.load(std::memory_order_acquire), record::kLaneCapacity);
  for (std::uint32_t index = 0; index < count; ++index) {
    auto expected = static_cast<std::uint32_t>(record::LaneState::kReleased);
    record::Lane& lane = shared.lanes[index];
    if (lane.header.state.load(std::memory_order_relaxed) == expected &&
        lane.header.state.compare_exchange_strong(expected, kInUse, std::memory_order_acq_rel)) {
      lane.header.cpu_ns.store(0, std::memory_order_relaxed);
      lane.header.generation.fetch_add(1, std::memory_order_release);
      return &lane;
    }
  }
  std::uint32_t index = count;
  do {
    if (index >= record::kLaneCapacity) return nullptr;
  } while (
      !shared.header.lane_count.compare_exchange_weak(index, index + 1, std::memory_order_acq_rel));
  if (populate_lane(channel_file, index) != 0) return nullptr;  // its slot stays unused
  record::Lane& lane = shared.lanes[index];
  lane.cells[record::kOverflowCell].function = record::kOverflowFunction;
  lane.header.current.store(record::kNoCell, std::memory_order_relaxed);
  lane.header.cell_count.store(2, std::memory_order_release);
  lane.header.state.store(kInUse, std::memory_order_relaxed);
  // Pairs with the acquire load in the recorder's ProcessChannel.
  shared.header.lanes_ready[index / 64].fetch_or(std::uint64_t{1} << (index % 64),
                                                 std::memory_order_release);
  return &lane;
}

/// A program that named phases before it turns to MPI.
void note_mpi_init() noexcept {
  record::Channel* shared = channel.load(std::memory_order_acquire);
  if (shared == nullptr) return;
  auto none = static_cast<std::uint32_t>(record::MpiState::kNone);
  shared->header.mpi_state.compare_exchange_strong(
      none, static_cast<std::uint32_t>(record::MpiState::kStarting), std::memory_order_relaxed);
}

std::uint64_t cpu_ns(clockid_t clock) noexcept {
  return static_cast<std::uint64_t>(base::clock_ns(clock));
}

/// A recorder that comes too late to ask the kernel, as the launcher has already reaped this
/// process, still has this.
void tell_cpu_time(record::Channel& shared) noexcept {
  if (thread_state.lane.open())
    thread_state.lane.lane()->header.cpu_ns.store(cpu_ns(CLOCK_THREAD_CPUTIME_ID),
                                                  std::memory_order_relaxed);
  shared.header.cpu_ns.store(cpu_ns(CLOCK_PROCESS_CPUTIME_ID), std::memory_order_relaxed);
}

/// A program without MPI has no MPI_Finalize that would tell its end from its death.
[[gnu::destructor]] void at_process_end() noexcept {
  record::Channel* shared = channel.load(std::memory_order_acquire);
  if (shared == nullptr) return;
  tell_cpu_time(*shared);
  shared->header.end_ticks.store(now_ticks(), std::memory_order_relaxed);
  auto none = static_cast<std::uint32_t>(record::MpiState::kNone);
  shared->header.mpi_state.compare_exchange_strong(
      none, static_cast<std::uint32_t>(record::MpiState::kEnded), std::memory_order_release);
}

}  // namespace

bool thread_join(ThreadState& thread) noexcept {
  record::Channel* shared = channel.load(std::memory_order_acquire);
  if (shared == nullptr || thread.refused) return false;
  void* mapped = ::mmap(nullptr, sizeof(ThreadTables), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  record::Lane* lane = mapped != MAP_FAILED ? take_lane(*shared) : nullptr;
  if (lane == nullptr) {
    if (mapped != MAP_FAILED) ::munmap(mapped, sizeof(ThreadTables));
    shared->header.lanes_refused.fetch_add(1, std::memory_order_relaxed);
    thread.refused = true;
    return false;
  }
  thread.tables = static_cast<ThreadTables*>(mapped);
  thread.map = thread.tables->cells[0];
  thread.phase = 0;
  thread.compute_cell = record::kComputeCell;
  lane->header.tid.store(static_cast<std::int32_t>(::syscall(SYS_gettid)),
                         std::memory_order_relaxed);
  lane->header.thread.store(threads_seen.fetch_add(1, std::memory_order_relaxed),
                            std::memory_order_relaxed);
  const std::uint64_t now = now_ticks();
  thread.lane.start(lane, record::kComputeCell, now);
  open_ring(thread.tables->events, static_cast<std::uint32_t>(lane - shared->lanes),
            lane->header.generation.load(std::memory_order_relaxed), now);
  pthread_setspecific(thread_end, &thread);
  return true;
}

record::Channel* recorded_channel() noexcept {
  return channel.load(std::memory_order_acquire);
}

void process_begin(ThreadState& thread, BegunBy by) noexcept {
  if (begun.load(std::memory_order_acquire) || begun.exchange(true, std::memory_order_acq_rel)) {
    if (by == BegunBy::kMpi) note_mpi_init();
    if (!thread.lane.open()) thread_join(thread);
    return;
  }
  if (disabled()) return;
  const int kept = errno;
  tick_kind = base::best_tick_kind();
  record::SessionPath directory{};
  if (open_channel(directory, by) && pthread_key_create(&thread_end, &at_thread_end) == 0) {
    if (events_wanted()) open_events();
    plain_calls = tick_kind == base::TickKind::kCpuCounter && event_file() == nullptr;
    pthread_atfork(nullptr, nullptr, &in_forked_child);
    // Pairs with the acquire load in thread_join.
    channel.store(channel_file.channel, std::memory_order_release);
    thread_join(thread);
  }
  errno = kept;
}

bool named_a_phase(ThreadState& thread) noexcept {
  if (thread.lane.open()) [[likely]]
    return true;
  process_begin(thread, BegunBy::kRegionApi);
  return thread.lane.open();
}

void process_ready(InitKind kind) noexcept {
  record::Channel* shared = channel.load(std::memory_order_acquire);
  if (shared == nullptr) return;
  ChannelHeader& header = shared->header;
  using Comm = int (*)(Arg, std::int32_t*);
  using Query = int (*)(std::int32_t*);
  using Version = int (*)(char*, int*);
  std::int32_t rank = -1, size = -1;
  if (kind == InitKind::kWorld && abi().known()) {
    auto comm_rank = reinterpret_cast<Comm>(next_function_or_null("PMPI_Comm_rank"));
    auto comm_size = reinterpret_cast<Comm>(next_function_or_null("PMPI_Comm_size"));
    if (comm_rank != nullptr) comm_rank(abi().comm_world, &rank);
    if (comm_size != nullptr) comm_size(abi().comm_world, &size);
  }
  if (rank < 0)
    rank = number_from({"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"});
  if (size < 0) size = number_from({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_NTASKS"});
  if (auto query = reinterpret_cast<Query>(next_function_or_null("PMPI_Query_thread"));
      query != nullptr && kind == InitKind::kWorld)
    query(&header.thread_level);
  if (kind == InitKind::kWorld) {
    add_predefined_communicators();
    begin_world_marks(header.thread_level);
  }
  if (auto version = reinterpret_cast<Version>(next_function_or_null("PMPI_Get_library_version"))) {
    char text[8192];  // MPICH's MPI_MAX_LIBRARY_VERSION_STRING, the largest known
    int length = 0;
    if (version(text, &length) == 0) {
      text[sizeof text - 1] = '\0';
      std::snprintf(header.mpi_library, sizeof header.mpi_library, "%.*s",
                    static_cast<int>(std::strcspn(text, "\n")), text);
    }
  }
  header.mpi_abi.store(static_cast<std::uint32_t>(abi().kind), std::memory_order_relaxed);
  header.world_size.store(size, std::memory_order_relaxed);
  header.rank.store(rank, std::memory_order_relaxed);
  // Pairs with the acquire load in the recorder, which reads the facts above after it.
  header.mpi_state.store(static_cast<std::uint32_t>(record::MpiState::kRunning),
                         std::memory_order_release);
}

void process_finalized() noexcept {
  record::Channel* shared = channel.load(std::memory_order_acquire);
  if (shared == nullptr) return;
  tell_cpu_time(*shared);
  ChannelHeader& header = shared->header;
  header.mpi_state.store(static_cast<std::uint32_t>(record::MpiState::kFinalized),
                         std::memory_order_release);
  // One voice for the node: the process that started the recorder.
  if (started_recorder && header.recorder_state.load(std::memory_order_acquire) ==
                              static_cast<std::uint32_t>(record::RecorderState::kFailed))
    say("nothing was recorded: %s", header.recorder_message);
}

}  // namespace joulepath::pmpi
