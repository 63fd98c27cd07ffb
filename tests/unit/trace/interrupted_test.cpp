// Files whose writer is still at work, was killed, or met a full disk.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <functional>
#include <optional>

#include "tests/unit/trace/example_trace.hpp"

namespace joulepath::trace::testing {
namespace {

using Interrupted = TraceTest;

/// Runs `body` in a child that is killed with SIGKILL where it says "here".
void run_until_killed(const std::function<void(const std::function<void()>& here)>& body) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    body([&] {
      if (::write(ends[1], "x", 1) != 1) ::_exit(1);
      while (true) ::pause();
    });
    ::_exit(1);
  }
  ::close(ends[1]);
  char said = 0;
  EXPECT_EQ(::read(ends[0], &said, 1), 1) << "the writer ended early";
  ::kill(child, SIGKILL);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  ::close(ends[0]);
}

TEST_F(Interrupted, KilledWriterLeavesWhatWasFlushed) {
  for (const std::uint32_t flushes : {0u, 1u, 2u, 7u, 30u}) {
    const auto path = file("killed-" + std::to_string(flushes) + ".h5");
    run_until_killed([&](const auto& here) {
      NodeWriter writer = create(path);
      add_entities(writer, {"setup", "solve"});
      for (std::uint32_t n = 0; n < flushes; ++n) {
        add_ticks(writer, n * 97, 97);
        if (!writer.flush().ok()) ::_exit(2);
      }
      add_ticks(writer, flushes * 97, 50);  // never flushed
      here();
    });
    const auto before = std::filesystem::last_write_time(path);
    const auto got = read_all(path, 10);
    ASSERT_TRUE(got.ok()) << flushes << ": " << got.error().message();
    const auto want = read_all(whole("whole-" + std::to_string(flushes) + ".h5", flushes * 97));
    ASSERT_TRUE(want.ok());
    EXPECT_TRUE(same_blocks(got->rows, want->rows)) << flushes;
    EXPECT_EQ(got->node.sensors.size(), flushes == 0 ? 0u : 2u);
    EXPECT_FALSE(got->node.complete);
    EXPECT_EQ(std::filesystem::last_write_time(path), before) << "the reader changed the file";
  }
}

TEST_F(Interrupted, WriterKilledAtAnyMomentLeavesWholeTicks) {
  const auto want = read_all(whole("whole.h5", 5000));
  ASSERT_TRUE(want.ok());
  for (int round = 0; round < 12; ++round) {
    const auto path = file("killed-" + std::to_string(round) + ".h5");
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      NodeWriter writer = create(path);
      add_entities(writer, {"setup", "solve"});
      for (std::uint32_t n = 0; n < 5000; n += 5) {
        add_ticks(writer, n, 5);
        if (!writer.flush().ok() || ::write(ends[1], "x", 1) != 1) ::_exit(2);
      }
      while (true) ::pause();
    }
    ::close(ends[1]);
    // Killed somewhere in the flush after this many, wherever it then is.
    for (int n = 0; n <= round * 3; ++n) {
      char said = 0;
      ASSERT_EQ(::read(ends[0], &said, 1), 1);
    }
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    ::close(ends[0]);
    const auto got = read_all(path);
    ASSERT_TRUE(got.ok()) << got.error().message();
    const std::size_t ticks = got->rows.ticks.size();
    EXPECT_GE(ticks, static_cast<std::size_t>(round) * 15 + 5);
    ASSERT_LE(ticks, 5000u);
    EXPECT_TRUE(same_blocks(got->rows, first_ticks(want->rows, ticks)));
  }
}

/// A writer in a process of its own, as in life: HDF5 shares an open file within a
/// process. It takes one step of `steps` for each next().
class OtherProcess {
 public:
  explicit OtherProcess(const std::function<void(int step)>& step) {
    EXPECT_EQ(::pipe(orders_), 0);
    EXPECT_EQ(::pipe(answers_), 0);
    child_ = ::fork();
    if (child_ != 0) return;
    ::close(orders_[1]);
    char order = 0;
    for (int n = 0; ::read(orders_[0], &order, 1) == 1; ++n) {
      step(n);
      if (::write(answers_[1], "x", 1) != 1) break;
    }
    ::_exit(0);
  }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;
  ~OtherProcess() {
    for (const int end : {orders_[0], orders_[1], answers_[0], answers_[1]}) ::close(end);
    ::waitpid(child_, nullptr, 0);
  }
  void next() {
    char answer = 0;
    EXPECT_EQ(::write(orders_[1], "x", 1), 1);
    EXPECT_EQ(::read(answers_[0], &answer, 1), 1);
  }

 private:
  int orders_[2] = {};
  int answers_[2] = {};
  pid_t child_ = -1;
};

TEST_F(Interrupted, UnflushedRowsAreAbsentAndReadersFollow) {
  std::optional<NodeWriter> writer;
  OtherProcess other([&](int step) {
    switch (step) {
      case 0:
        writer = create(file("t.h5"));
        add_entities(*writer, {"setup", "solve"});
        add_ticks(*writer, 0, 10);
        if (!writer->flush().ok()) ::_exit(1);
        add_ticks(*writer, 10, 9000);
        break;
      case 1:
        writer->add(record::CellRow{3, 1, 1});
        writer->add(record::ActivityRow{9009, 0, 3, 1, 1, 1});
        if (!writer->flush().ok()) ::_exit(1);
        break;
      default:
        add_end(*writer);
        if (!writer->close().ok()) ::_exit(1);
    }
  });
  other.next();
  std::optional<base::Result<TraceReader>> early = TraceReader::open(file("t.h5"));
  ASSERT_TRUE(early->ok()) << early->error().message();
  other.next();
  // Opened before the second flush: that moment is what it shows.
  const auto before = read_node(**early, 0);
  early.reset();
  ASSERT_TRUE(before.ok()) << before.error().message();
  EXPECT_EQ(before->rows.ticks.size(), 10u);
  EXPECT_EQ(before->rows.samples.size(), 20u);
  EXPECT_EQ(before->node.cells.size(), 3u);
  const auto after = read_all(file("t.h5"));
  ASSERT_TRUE(after.ok()) << after.error().message();
  EXPECT_EQ(after->rows.ticks.size(), 9010u);
  EXPECT_EQ(after->rows.activity.size(), 36041u);
  EXPECT_EQ(after->node.cells.size(), 4u);
  EXPECT_FALSE(after->node.complete);
  other.next();
  const auto closed = read_all(file("t.h5"));
  ASSERT_TRUE(closed.ok()) << closed.error().message();
  EXPECT_TRUE(same_blocks(closed->rows, after->rows));
  EXPECT_TRUE(closed->node.complete);
}

TEST_F(Interrupted, WriterThatGoesAwayWithoutCloseLosesOnlyUnflushedRows) {
  {
    NodeWriter writer = create(file("t.h5"));
    add_entities(writer, {"setup", "solve"});
    add_ticks(writer, 0, 10);
    ASSERT_TRUE(writer.flush().ok());
    add_ticks(writer, 10, 10);
  }
  const auto got = read_all(file("t.h5"));
  ASSERT_TRUE(got.ok()) << got.error().message();
  EXPECT_EQ(got->rows.ticks.size(), 10u);
}

/// A limit on the size of files stands for the full disk.
class FullDisk {
 public:
  explicit FullDisk(std::uintmax_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit small = before_;
    small.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Interrupted, FullDiskKeepsRowsAndWritesThemOnceLater) {
  for (const std::uintmax_t room : {0u, 1000u, 70000u, 200000u, 300000u}) {
    const auto path = file("full-" + std::to_string(room) + ".h5");
    NodeWriter writer = create(path);
    add_entities(writer, {"setup", "solve"});
    add_ticks(writer, 0, 100);
    ASSERT_TRUE(writer.flush().ok());
    add_ticks(writer, 100, 9000);
    {
      const FullDisk full(std::filesystem::file_size(path) + room);
      const auto failed = writer.flush();
      ASSERT_FALSE(failed.ok());
      EXPECT_EQ(failed.error().code, base::Errc::kIo);
      EXPECT_EQ(failed.error().sys_errno, EFBIG) << failed.error().message();
      add_ticks(writer, 9100, 10);
      EXPECT_FALSE(writer.flush().ok());
      EXPECT_GT(writer.buffered_bytes(), 0u);
    }
    add_end(writer);
    const auto closed = writer.close();
    ASSERT_TRUE(closed.ok()) << closed.error().message();
    const auto got = read_all(path);
    ASSERT_TRUE(got.ok()) << got.error().message();
    const auto want = read_all(whole("whole-" + std::to_string(room) + ".h5", 9110));
    EXPECT_TRUE(same_blocks(got->rows, want->rows)) << room;
    EXPECT_TRUE(got->node.complete);
  }
}

TEST_F(Interrupted, DiskThatStaysFullLeavesATraceThatOpens) {
  const auto want = read_all(whole("whole.h5", 9100));
  for (const std::uintmax_t room : {0u, 1000u, 70000u, 200000u, 300000u}) {
    const auto path = file("full-" + std::to_string(room) + ".h5");
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      NodeWriter writer = create(path);
      add_entities(writer, {"setup", "solve"});
      add_ticks(writer, 0, 100);
      if (!writer.flush().ok()) ::_exit(2);
      const FullDisk full(std::filesystem::file_size(path) + room);
      add_ticks(writer, 100, 9000);
      const bool failed = !writer.flush().ok() && !writer.close().ok();
      { const NodeWriter gone = std::move(writer); }
      ::_exit(failed ? 0 : 3);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    const auto got = read_all(path);
    ASSERT_TRUE(got.ok()) << room << ": " << got.error().message();
    EXPECT_EQ(got->rows.ticks.size(), 100u);
    EXPECT_TRUE(same_blocks(got->rows, first_ticks(want->rows, 100)));
    EXPECT_FALSE(got->node.complete);
  }
}

}  // namespace
}  // namespace joulepath::trace::testing
