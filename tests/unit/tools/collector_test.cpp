// From channels to rows: what the threads counted arrives in the trace exactly, under the
// right lane, cell and process.
#include "tools/recorder/collector.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <ctime>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <tuple>

#include "core/record/functions.hpp"
#include "core/record/lane_writer.hpp"
#include "core/record/mark_writer.hpp"
#include "core/trace/node_writer.hpp"
#include "core/trace/trace_reader.hpp"
#include "tests/unit/support/child.hpp"
#include "tests/unit/support/temporary_folder.hpp"
#include "tests/unit/tools/session_channel.hpp"

namespace joulepath::tools {
namespace {

using record::HealthKind;
using record::LaneWriter;
using record::ProcessState;

auto at(std::uint64_t now) {
  return [now] { return now; };
}

void use_cpu_ms(int ms) {
  timespec begin{}, now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
  do ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1'000'000 < ms);
}

/// A process that does nothing until it is told to end, which it does with 0.
class WaitingChild {
 public:
  WaitingChild() {
    EXPECT_EQ(::pipe2(hold_, O_CLOEXEC), 0);
    pid_ = test::start_child([this] {
      ::close(hold_[1]);
      char byte = 0;
      return static_cast<int>(::read(hold_[0], &byte, 1));
    });
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Its exit status, once it has ended.
  int end() {
    ::close(hold_[0]);
    ::close(hold_[1]);
    return test::end_of(pid_);
  }

 private:
  int hold_[2] = {-1, -1};
  pid_t pid_ = -1;
};

struct Total {
  std::uint64_t ns = 0, calls = 0, bytes = 0;
  bool operator==(const Total&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Total& total) {
  return out << total.ns << " ns, " << total.calls << " calls, " << total.bytes << " bytes";
}

class CollectorTest : public ::testing::Test {
 protected:
  CollectorTest() {
    std::filesystem::create_directory(session_);
    auto machine = Machine::load(JOULEPATH_SOURCE_DIR "/tests/nodes/topologies/server-2s-4gpu.xml");
    EXPECT_TRUE(machine);
    machine_.emplace(*std::move(machine));
    auto writer = trace::NodeWriter::create(file_, record::NodeInfo{}, record::function_rows());
    EXPECT_TRUE(writer);
    writer_.emplace(*std::move(writer));
    collector_.emplace(session_, *machine_, *writer_);
  }

  void tick() {
    writer_->add(record::TickRow{tick_, now(), now()});
    collector_->release_ended(tick_, now());
    collector_->collect(tick_, now());
    ++tick_;
  }
  [[nodiscard]] std::int64_t now() const { return 1'000'000 * (std::int64_t{tick_} + 1); }

  /// Ends the recording and reads all of it back.
  void read_back() {
    collector_->describe_all(tick_ - 1, now());
    ASSERT_TRUE(writer_->close());
    const auto reader = trace::TraceReader::open(file_);
    ASSERT_TRUE(reader) << reader.error().message();
    run_ = reader->run();
    auto node = reader->node(0);
    ASSERT_TRUE(node) << node.error().message();
    node_ = *std::move(node);
    auto blocks = reader->blocks(0);
    ASSERT_TRUE(blocks);
    record::Block block;
    for (;;) {
      const auto more = blocks->next(block);
      ASSERT_TRUE(more) << more.error().message();
      if (!*more) break;
      cpu_.insert(cpu_.end(), block.cpu.begin(), block.cpu.end());
      for (const record::ActivityRow& row : block.activity) {
        activity_.push_back(row);
        Total& total =
            totals_[{row.lane, node_.cells[row.cell].phase, node_.cells[row.cell].function}];
        total.ns += row.ns;
        total.calls += row.calls;
        total.bytes += row.bytes;
      }
    }
  }
  [[nodiscard]] std::int64_t health(HealthKind kind) const {
    std::int64_t sum = 0;
    for (const record::HealthRow& row : node_.health)
      if (row.kind == kind) sum += row.value;
    return sum;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path session_ = folder_.path() / "session";
  std::filesystem::path file_ = folder_.path() / "node.h5";
  std::optional<Machine> machine_;
  std::optional<trace::NodeWriter> writer_;
  std::optional<Collector> collector_;
  std::uint32_t tick_ = 0;
  record::RunTables run_;
  record::NodeTables node_;
  std::vector<record::ActivityRow> activity_;
  std::vector<record::CpuRow> cpu_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, Total> totals_;
};

TEST_F(CollectorTest, MarksArriveOnceAndTheLastAtTheEnd) {
  test::SessionChannel channel(session_, ::getpid());
  channel.running(3, 8);
  record::MarkWriter marks;
  const auto call = [&](std::uint64_t ordinal) {
    marks.keep(channel->marks, ordinal, 1000 * ordinal, 1000 * ordinal + 7);
  };
  for (std::uint64_t ordinal = 1; ordinal <= 65; ++ordinal) call(ordinal);  // each second is kept
  EXPECT_EQ(collector_->find_processes(), 1u);
  for (const std::int64_t now_s : {2, 3, 4}) {
    collector_->collect(tick_, now_s * 1'000'000'000);
    if (now_s == 3) call(66), call(67), call(68);
  }
  tick();
  read_back();
  std::vector<std::uint64_t> ordinals;
  for (const record::MarkRow& row : node_.marks) {
    ordinals.push_back(row.ordinal);
    EXPECT_EQ(row.process, 0u);
    EXPECT_EQ(row.t_begin_ns, static_cast<std::int64_t>(1000 * row.ordinal));
    EXPECT_EQ(row.t_end_ns, static_cast<std::int64_t>(1000 * row.ordinal + 7));
  }
  std::vector<std::uint64_t> want;
  for (std::uint64_t ordinal = 1; ordinal <= 67; ordinal += 2) want.push_back(ordinal);
  want.push_back(68);
  EXPECT_EQ(ordinals, want);
}

TEST_F(CollectorTest, TotalsArriveExactly) {
  test::SessionChannel channel(session_, ::getpid());
  channel.running(3, 8);
  channel->header.local_size = 4;
  channel->header.cpuset[0] = 0x4040;
  std::snprintf(channel->phases[1].name, sizeof channel->phases[1].name, "solve");
  channel->header.phase_count.store(2);
  LaneWriter writer;
  record::Lane& lane = channel.lane(0, ::getpid());
  writer.start(&lane, record::kComputeCell, 1000);
  const std::uint32_t send = writer.new_cell(0, 450);
  writer.move_to(send, at(1700));
  writer.count(send, 800);
  writer.stop(at(1905));
  EXPECT_EQ(collector_->find_processes(), 1u);
  EXPECT_EQ(collector_->find_processes(), 0u);
  EXPECT_EQ(channel->header.recorder_state.load(),
            static_cast<std::uint32_t>(record::RecorderState::kAttached));
  tick();
  tick();  // nothing has changed
  writer.start(&lane, record::kComputeCell, 5000);
  const std::uint32_t in_solve = writer.new_cell(1, 450);
  writer.move_to(in_solve, at(5011));
  writer.count(in_solve, 7'000'000'000);
  writer.count(in_solve, 1);
  writer.stop(at(5100));
  tick();
  EXPECT_EQ(collector_->alive(), 1u);
  EXPECT_EQ(collector_->expected(), 4u);
  EXPECT_EQ(collector_->ranks_seen().ranks, 4u);  // promised
  EXPECT_EQ(collector_->cpus_in_use()[0], 0x4040u);
  read_back();
  ASSERT_EQ(totals_.size(), 3u);
  EXPECT_EQ((totals_[{0, 0, 0}]), (Total{711, 0, 0}));
  EXPECT_EQ((totals_[{0, 0, 450}]), (Total{205, 1, 800}));
  EXPECT_EQ((totals_[{0, 1, 450}]), (Total{89, 2, 7'000'000'001}));
  EXPECT_EQ(activity_.size(), 5u);
  ASSERT_EQ(run_.phases.size(), 2u);
  EXPECT_EQ(run_.phases[1].name, "solve");
  EXPECT_EQ(run_.meta_value("mpi"), "Fake MPI 1");
  ASSERT_EQ(node_.processes.size(), 1u);
  const record::ProcessRow& process = node_.processes[0];
  EXPECT_EQ(process.rank, 3);
  EXPECT_EQ(process.world_size, 8);
  EXPECT_EQ(process.pid, ::getpid());
  EXPECT_EQ(process.state, ProcessState::kRunning);
  EXPECT_EQ(process.cpuset, "6,14");
  EXPECT_EQ(process.sockets, "1");
  EXPECT_EQ(process.dies, "1:1");
  EXPECT_EQ(process.numa, "1");
  EXPECT_EQ(process.gpus, "") << "none was found";
}

TEST_F(CollectorTest, ValuesThatFitNoColumnAreSplit) {
  test::SessionChannel channel(session_, ::getpid());
  channel.running(0, 1);
  record::Lane& lane = channel.lane(0, ::getpid());
  constexpr std::uint64_t kNs = 3 * 0x100000000u + 12'345;
  lane.cells[0].ticks.store(kNs);
  lane.cells[1].ticks.store(5);
  lane.cells[1].calls.store(7);
  lane.cells[1].bytes.store(0xfffffffffffu);
  lane.cells[1].wait_ticks.store(kNs);
  collector_->find_processes();
  tick();
  EXPECT_GT(collector_->ranks_seen().world, 0u);
  EXPECT_EQ(collector_->ranks_seen().ranks, collector_->ranks_seen().world);
  read_back();
  EXPECT_EQ((totals_[{0, 0, 0}]), (Total{kNs, 0, 0}));
  EXPECT_EQ((totals_[{0, 0, record::overflow_function_key()}]), (Total{5, 7, 0xfffffffffffu}));
  EXPECT_EQ(activity_.size(), 5u + 5u) << "and what is left over at the end of each";
}

TEST_F(CollectorTest, AProgramExecutedInItsPlaceEndsTheOneBefore) {
  test::SessionChannel first(session_, ::getpid(), 0);
  first.running(0, 1);
  first.set_state(record::MpiState::kFinalized);
  LaneWriter writer;
  writer.start(&first.lane(0, ::getpid()), record::kComputeCell, 1000);
  collector_->find_processes();
  tick();
  EXPECT_EQ(collector_->alive(), 1u);
  test::SessionChannel second(session_, ::getpid(), 1);
  second.running(0, 1);
  EXPECT_EQ(collector_->find_processes(), 1u);
  tick();
  EXPECT_EQ(collector_->alive(), 1u);
  read_back();
  ASSERT_EQ(node_.processes.size(), 2u);
  EXPECT_EQ(node_.processes[0].state, ProcessState::kFinalized);
  EXPECT_EQ(node_.processes[1].state, ProcessState::kRunning);
}

TEST_F(CollectorTest, ThreadsThatTellNothingHaveLanesOfTheirOwn) {
  test::SessionChannel channel(session_, ::getpid());
  channel.running(0, 1);
  LaneWriter writer;
  writer.start(&channel.lane(0, ::getpid()), record::kComputeCell, 1000);
  collector_->find_processes();
  tick();
  std::atomic<std::int32_t> tid{0};
  std::atomic<bool> leave{false};
  std::thread busy([&] {
    ::pthread_setname_np(::pthread_self(), "busy");
    use_cpu_ms(40);
    tid = static_cast<std::int32_t>(::syscall(SYS_gettid));
    while (!leave) std::this_thread::yield();
  });
  while (tid == 0) std::this_thread::yield();
  std::thread([] { use_cpu_ms(30); }).join();
  writer_->add(record::TickRow{tick_, now(), now()});
  collector_->collect(tick_, now());
  collector_->collect_threads(tick_, now());
  ++tick_;
  leave = true;
  busy.join();
  read_back();
  ASSERT_EQ(node_.lanes.size(), 3u);
  EXPECT_EQ(node_.lanes[0].kind, record::LaneKind::kTold);
  const record::LaneRow& sampled = node_.lanes[1];
  EXPECT_EQ(sampled.kind, record::LaneKind::kSampled);
  EXPECT_EQ(sampled.tid, tid);
  EXPECT_EQ(sampled.name, "busy");
  EXPECT_EQ(sampled.thread, record::kNone32);
  EXPECT_EQ(node_.lanes[2].kind, record::LaneKind::kOthers);
  // The first tells from when on its CPU time is known; then one row for each.
  ASSERT_EQ(cpu_.size(), 4u);
  EXPECT_EQ(cpu_[0].lane, 0u);
  EXPECT_EQ(cpu_[0].since, cpu_[0].tick);
  for (std::size_t row = 1; row < 4; ++row) {
    EXPECT_EQ(cpu_[row].tick, 1u);
    EXPECT_EQ(cpu_[row].since, 0u) << "since the tick before";
  }
  EXPECT_GE(cpu_[2].cpu_ns, 20'000'000u);
  EXPECT_GE(cpu_[2].last_cpu, 0);
  EXPECT_GE(cpu_[3].cpu_ns, 10'000'000u) << "of the thread that came and went";
}

TEST_F(CollectorTest, LaneOfAnotherThreadIsALaneOfItsOwn) {
  test::SessionChannel channel(session_, ::getpid());
  channel.running(0, 1);
  record::Lane& lane = channel.lane(0, 111);
  LaneWriter writer;
  writer.start(&lane, record::kComputeCell, 1000);
  writer.stop(at(1300));
  collector_->find_processes();
  tick();
  lane.header.generation.fetch_add(1);
  lane.header.tid.store(222);
  lane.header.thread.store(5);
  writer.start(&lane, record::kComputeCell, 9000);
  writer.stop(at(9040));
  tick();
  // The same kernel thread number again is another thread too.
  lane.header.generation.fetch_add(1);
  writer.start(&lane, record::kComputeCell, 10'000);
  writer.stop(at(10'002));
  tick();
  read_back();
  ASSERT_EQ(node_.lanes.size(), 3u);
  EXPECT_EQ(node_.lanes[0].tid, 111);
  EXPECT_EQ(node_.lanes[1].tid, 222);
  EXPECT_EQ(node_.lanes[1].thread, 5u);
  EXPECT_EQ(node_.lanes[2].tid, 222);
  EXPECT_EQ((totals_[{0, 0, 0}]).ns, 300u);
  EXPECT_EQ((totals_[{1, 0, 0}]).ns, 40u);
  EXPECT_EQ((totals_[{2, 0, 0}]).ns, 2u);
}

TEST_F(CollectorTest, LaneSeenBeforeItsThreadHasSignedIt) {
  test::SessionChannel first(session_, ::getpid());
  record::Lane& other = first.lane(0, 111);
  record::Lane& lane = first.lane(1, 0);
  LaneWriter writer;
  writer.start(&other, record::kComputeCell, 1000);
  writer.stop(at(1300));
  writer.start(&lane, record::kComputeCell, 1000);
  writer.stop(at(1070));
  collector_->find_processes();
  tick();
  lane.header.tid.store(333);
  tick();
  // Taken anew; the number of its new thread comes a little later.
  lane.header.generation.fetch_add(1);
  tick();
  lane.header.tid.store(444);
  tick();
  read_back();
  ASSERT_EQ(node_.lanes.size(), 3u);
  EXPECT_EQ(node_.lanes[1].tid, 333);
  EXPECT_EQ(node_.lanes[2].tid, 444);
  EXPECT_EQ((totals_[{0, 0, 0}]).ns, 300u);
  EXPECT_EQ((totals_[{1, 0, 0}]).ns, 70u);
}

TEST_F(CollectorTest, LaneThatIsNotReadyIsNotTouched) {
  test::SessionChannel channel(session_, ::getpid());
  channel.lane(0, 111).cells[0].ticks.store(5);
  channel->header.lanes_ready[0].store(0);
  collector_->find_processes();
  tick();
  read_back();
  EXPECT_TRUE(node_.lanes.empty());
  EXPECT_TRUE(activity_.empty());
}

TEST_F(CollectorTest, UnknownFunctionIsKeptUnderOther) {
  test::SessionChannel channel(session_, ::getpid());
  record::Lane& lane = channel.lane(0, 111);
  lane.cells[2].function = 60'000;  // of a newer shim
  lane.cells[2].phase = 999;
  lane.cells[2].ticks.store(12);
  lane.header.cell_count.store(3);
  collector_->find_processes();
  tick();
  read_back();
  EXPECT_EQ((totals_[{0, 0, record::overflow_function_key()}]), (Total{12, 0, 0}));
}

TEST_F(CollectorTest, DroppedCallsAndRefusedThreadsAreCounted) {
  test::SessionChannel channel(session_, ::getpid());
  record::Lane& lane = channel.lane(0, 111);
  lane.cells[record::kOverflowCell].function = record::kOverflowFunction;
  lane.cells[record::kOverflowCell].calls.store(30);
  channel->header.lanes_refused.store(2);
  collector_->find_processes();
  tick();
  tick();
  lane.cells[record::kOverflowCell].calls.store(35);
  tick();
  read_back();
  EXPECT_EQ(health(HealthKind::kCellsDropped), 35);
  EXPECT_EQ(health(HealthKind::kLanesRefused), 2);
}

TEST_F(CollectorTest, EndedProcessesAreReleasedWithTheirLastChanges) {
  int hold[2];
  ASSERT_EQ(::pipe2(hold, O_CLOEXEC), 0);
  std::array<pid_t, 2> ranks{};
  for (pid_t& rank : ranks)
    rank = test::start_child([&] {
      ::close(hold[1]);
      char byte = 0;
      return static_cast<int>(::read(hold[0], &byte, 1));
    });
  test::SessionChannel finalized(session_, ranks[0]);
  test::SessionChannel died(session_, ranks[1]);
  finalized.running(0, 2);
  died.running(1, 2);
  record::Lane& lane = finalized.lane(0, ranks[0]);
  record::Lane& other = died.lane(0, ranks[1]);
  EXPECT_EQ(collector_->find_processes(), 2u);
  EXPECT_EQ(collector_->take_new_exit_descriptors().size(), 2u);
  EXPECT_TRUE(collector_->take_new_exit_descriptors().empty());
  tick();
  EXPECT_EQ(collector_->alive(), 2u);
  EXPECT_GT(collector_->ranks_seen().world, 0u);
  EXPECT_EQ(collector_->ranks_seen().ranks, collector_->ranks_seen().world);
  lane.cells[0].ticks.store(4000);
  other.cells[0].ticks.store(6000);
  finalized.set_state(record::MpiState::kFinalized);
  ::close(hold[1]);
  for (const pid_t rank : ranks) test::end_of(rank);
  tick();
  EXPECT_EQ(collector_->alive(), 0u);
  EXPECT_EQ(collector_->seen(), 2u);
  EXPECT_FALSE(std::filesystem::exists(finalized.file()));
  EXPECT_FALSE(std::filesystem::exists(died.file()));
  read_back();
  ASSERT_EQ(node_.processes.size(), 2u);
  for (const record::ProcessRow& process : node_.processes)
    EXPECT_EQ(process.state, process.rank == 0 ? ProcessState::kFinalized : ProcessState::kDied);
  std::uint64_t ns = 0;
  for (const record::ActivityRow& row : activity_) ns += row.ns;
  EXPECT_EQ(ns, 10'000u);
  ::close(hold[0]);
}

TEST_F(CollectorTest, AProcessCountsUntilItsEndNotUntilWeHearOfIt) {
  WaitingChild child;
  test::SessionChannel channel(session_, child.pid());
  record::Lane& lane = channel.lane(0, child.pid());
  const std::uint64_t begin = base::read_ticks(base::TickKind::kMonotonicNs);
  LaneWriter writer;
  writer.start(&lane, record::kComputeCell, begin);
  collector_->find_processes();
  channel->header.end_ticks.store(begin + 1'000'000);
  EXPECT_EQ(child.end(), 0);
  use_cpu_ms(5);
  tick();
  read_back();
  std::uint64_t ns = 0;
  for (const record::ActivityRow& row : activity_) ns += row.ns;
  EXPECT_EQ(ns, 1'000'000u);
}

TEST_F(CollectorTest, OfAProcessThatWasReapedBeforeTheLookItsLastWordsCount) {
  WaitingChild child;
  test::SessionChannel channel(session_, child.pid());
  record::Lane& lane = channel.lane(0, child.pid());
  collector_->find_processes();
  tick();
  EXPECT_EQ(child.end(), 0);
  lane.header.cpu_ns.store(3'000'000'000);  // beyond what a child that waits has used
  channel->header.cpu_ns.store(7'000'000'000);
  tick();
  read_back();
  std::uint64_t told_ns = 0, others_ns = 0;
  for (const record::CpuRow& row : cpu_)
    (node_.lanes[row.lane].kind == record::LaneKind::kOthers ? others_ns : told_ns) += row.cpu_ns;
  EXPECT_NEAR(static_cast<double>(told_ns), 3e9, 1e8);
  EXPECT_NEAR(static_cast<double>(others_ns), 4e9, 1e8);
}

TEST_F(CollectorTest, DroppedPhasesAreCounted) {
  test::SessionChannel channel(session_, ::getpid());
  channel->header.phases_dropped.store(3);
  collector_->find_processes();
  tick();
  tick();
  channel->header.phases_dropped.store(5);
  tick();
  read_back();
  EXPECT_EQ(health(HealthKind::kPhasesDropped), 5);
}

TEST_F(CollectorTest, EndWithoutMpiIsNoDeath) {
  for (const record::MpiState state : {record::MpiState::kEnded, record::MpiState::kNone}) {
    WaitingChild child;
    test::SessionChannel channel(session_, child.pid());
    channel.set_state(state);
    collector_->find_processes();
    tick();
    EXPECT_EQ(child.end(), 0);
    tick();
  }
  EXPECT_EQ(collector_->alive(), 0u);
  read_back();
  ASSERT_EQ(node_.processes.size(), 2u);
  EXPECT_EQ(node_.processes[0].state, ProcessState::kFinalized);
  EXPECT_EQ(node_.processes[1].state, ProcessState::kDied);  // _exit, or a signal
  EXPECT_EQ(node_.processes[0].rank, -1);
}

TEST_F(CollectorTest, EnergyIsShownToWhoWantsIt) {
  EnergyBoard energy({}, 1);  // a node without sensors
  collector_.emplace(session_, *machine_, *writer_, &energy);
  test::SessionChannel channel(session_, ::getpid());
  collector_->find_processes();
  tick();
  EXPECT_EQ(channel->energy.sequence.load(), 0u);
  channel->energy.wanted.store(1);
  tick();
  EXPECT_EQ(channel->energy.sequence.load(), 2u);
  EXPECT_EQ(channel->energy.entries[record::kBoardNode].state.load(),
            static_cast<std::uint32_t>(record::EnergyState::kNoSensor));
}

TEST_F(CollectorTest, GarbageIsRefusedAndCounted) {
  folder_.write("session/channel.1.1.0", "too short");
  {
    test::SessionChannel wrong(session_, ::getpid());
    wrong->header.magic = 42;
  }
  folder_.write("session/lock", "");
  std::filesystem::create_symlink("/etc/passwd", session_ / "channel.link");
  EXPECT_EQ(collector_->find_processes(), 0u);
  EXPECT_EQ(collector_->find_processes(), 0u);
  EXPECT_EQ(collector_->alive(), 0u);
  tick();
  read_back();
  EXPECT_EQ(health(HealthKind::kProcessRefused), 3);
  EXPECT_TRUE(node_.processes.empty());
}

TEST_F(CollectorTest, ProcessesLearnWhatBecameOfTheRecording) {
  test::SessionChannel channel(session_, ::getpid());
  collector_->find_processes();
  collector_->tell_all(record::RecorderState::kFailed, std::string(2000, 'x'));
  EXPECT_EQ(channel->header.recorder_state.load(),
            static_cast<std::uint32_t>(record::RecorderState::kFailed));
  EXPECT_EQ(std::string(channel->header.recorder_message), std::string(511, 'x'));
}

}  // namespace
}  // namespace joulepath::tools
