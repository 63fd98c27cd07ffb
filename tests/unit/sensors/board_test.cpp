// The board: what is published is read, once, and by nobody changed; what is not published fails
// with a reason. And a recorder's choice when a board is there.
#include "sensors/board/board.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "core/base/message.hpp"
#include "fake.hpp"
#include "sensors/board/request.hpp"
#include "sensors/board/writer.hpp"

namespace joulepath::sensors::board {
namespace {

constexpr std::int64_t kPeriod = 10 * kMs;

record::Signal package(const std::string& id) {
  record::Signal signal;
  signal.id = id;
  signal.domain = record::Domain::kPackage;
  signal.device = "package-0";
  signal.socket = 0;
  signal.unit = "uJ";
  signal.si_per_unit = 1e-6;
  signal.modulus = 262143328911;
  signal.update_period_ns = kMs;
  signal.source = "powercap";
  signal.readable = true;
  return signal;
}

class BoardTest : public ::testing::Test {
 protected:
  BoardTest() {
    auto made = BoardWriter::create(signals_, kPeriod);
    if (!made) return;
    writer_ = std::make_unique<BoardWriter>(*std::move(made));
    memory_ = base::Descriptor(::dup(writer_->descriptor()));
    source_ = open_board(memory_, clock_);
  }
  void SetUp() override { ASSERT_NE(source_, nullptr); }

  void publish(std::uint64_t raw) {
    writer_->begin_pass(clock_.now_ns);
    writer_->reading(0, {clock_.now_ns, clock_.now_ns + 1000, raw});
    clock_.now_ns += kPeriod;
  }

  FakeClock clock_;
  FakeSink sink_;
  std::vector<record::Signal> signals_{package("powercap:intel-rapl:0"), [] {
                                         record::Signal core = package("powercap:intel-rapl:0:0");
                                         core.contained_in = "powercap:intel-rapl:0";
                                         return core;
                                       }()};
  std::unique_ptr<BoardWriter> writer_;
  base::Descriptor memory_;
  std::unique_ptr<Source> source_;
};

TEST_F(BoardTest, SignalsArriveWithTheirIdsMarked) {
  const auto found = source_->signals();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].id, "board:powercap:intel-rapl:0");
  EXPECT_EQ(found[0].source, "powercap");
  EXPECT_EQ(found[0].device, "package-0");
  EXPECT_EQ(found[0].modulus, 262143328911u);
  EXPECT_DOUBLE_EQ(found[0].si_per_unit, 1e-6);
  EXPECT_EQ(found[0].update_period_ns, kPeriod);
  EXPECT_TRUE(found[0].readable);
  EXPECT_EQ(found[1].contained_in, found[0].id);
}

TEST_F(BoardTest, EachReadingComesOnce) {
  publish(100);
  source_->sample(sink_);
  source_->sample(sink_);
  publish(200);
  source_->sample(sink_);
  ASSERT_EQ(sink_.readings[0].size(), 2u);
  EXPECT_EQ(sink_.readings[0][0].raw, 100u);
  EXPECT_EQ(sink_.readings[0][1].raw, 200u);
  EXPECT_EQ(sink_.readings[0][1].t_hi_ns - sink_.readings[0][1].t_lo_ns, 1000);
  EXPECT_TRUE(sink_.failures[0].empty());
}

TEST_F(BoardTest, FailuresArriveWithTheirErrno) {
  publish(100);
  writer_->failure(0, EIO);
  source_->sample(sink_);
  EXPECT_EQ(sink_.failures[0], std::vector<int>{EIO});
  EXPECT_EQ(sink_.failures[1], std::vector<int>{EAGAIN});  // never published
}

TEST_F(BoardTest, SilenceIsAFailureEachSecond) {
  publish(100);
  source_->sample(sink_);
  sink_.clear();
  for (int ms = 0; ms < 5000; ms += 10) {
    clock_.now_ns += 10 * kMs;
    source_->sample_one(0, sink_);
  }
  EXPECT_TRUE(sink_.readings[0].empty());
  EXPECT_EQ(sink_.failures[0], (std::vector<int>{ETIMEDOUT, ETIMEDOUT, ETIMEDOUT}));
}

TEST_F(BoardTest, AClosedBoardFails) {
  publish(100);
  source_->sample(sink_);
  writer_.reset();
  source_->sample(sink_);
  EXPECT_EQ(sink_.failures[0], std::vector<int>{ESHUTDOWN});
}

TEST_F(BoardTest, NobodyElseCanWriteIt) {
  EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0),
            MAP_FAILED);
  EXPECT_LT(::pwrite(memory_.get(), "x", 1, 0), 0);
  EXPECT_NE(::ftruncate(memory_.get(), 0), 0);
  void* mapped = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, memory_.get(), 0);
  ASSERT_NE(mapped, MAP_FAILED);
  EXPECT_NE(::mprotect(mapped, 4096, PROT_READ | PROT_WRITE), 0);
  ::munmap(mapped, 4096);
}

TEST_F(BoardTest, NoReaderSeesHalfAReading) {
  std::atomic<bool> over{false};
  std::thread writing([&] {
    for (std::int64_t turn = 1; !over.load(); ++turn)
      writer_->reading(0, {turn, 2 * turn, static_cast<std::uint64_t>(3 * turn)});
  });
  for (int turn = 0; turn < 20'000; ++turn) source_->sample_one(0, sink_);
  over.store(true);
  writing.join();
  for (const record::Reading& reading : sink_.readings[0]) {
    EXPECT_EQ(reading.t_hi_ns, 2 * reading.t_lo_ns);
    EXPECT_EQ(reading.raw, static_cast<std::uint64_t>(3 * reading.t_lo_ns));
  }
}

TEST(Board, OtherMemoryIsNone) {
  FakeClock clock;
  for (const std::size_t bytes : {0UL, 8UL, 40UL, 4096UL, 1UL << 20}) {
    base::Descriptor memory(::memfd_create("other", MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(memory.get(), static_cast<off_t>(bytes)), 0);
    EXPECT_EQ(open_board(memory, clock), nullptr) << bytes;
  }
  // Right, but for its length.
  base::Descriptor memory(::memfd_create("other", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(memory.get(), static_cast<off_t>(board_bytes(1))), 0);
  const std::uint64_t magic = kMagic;
  const std::uint32_t numbers[] = {kVersion, 2};
  const std::int64_t period = kPeriod;
  ASSERT_EQ(::pwrite(memory.get(), &magic, 8, 0), 8);
  ASSERT_EQ(::pwrite(memory.get(), numbers, 8, 8), 8);
  ASSERT_EQ(::pwrite(memory.get(), &period, 8, 16), 8);
  EXPECT_EQ(open_board(memory, clock), nullptr);
}

TEST(Board, NamesThatAreTooLongAreRefused) {
  const std::vector<record::Signal> signals{package(std::string(200, 'x'))};
  EXPECT_FALSE(BoardWriter::create(signals, kPeriod));
}

TEST(Board, WhereNoDaemonIs) {
  Tree tree;
  const auto asked = ask_for_board(tree.root() / "socket");
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, base::Errc::kNotFound);
  EXPECT_FALSE(ask_for_board(std::string(200, 'x')));
}

/// Answers one request, as joulepathd would.
class OneAnswer {
 public:
  OneAnswer(const std::filesystem::path& socket, int descriptor, int sys_errno)
      : listening_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, socket.c_str());
    ::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(listening_.get(), 1);
    thread_ = std::thread([this, descriptor, sys_errno] {
      const base::Descriptor client(::accept(listening_.get(), nullptr, nullptr));
      Request request{};
      if (::recv(client.get(), &request, sizeof request, 0) != sizeof request) return;
      const Reply reply{kRequestMagic, sys_errno};
      base::send_message(client.get(), &reply, sizeof reply, descriptor);
    });
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;
  ~OneAnswer() { thread_.join(); }

 private:
  base::Descriptor listening_;
  std::thread thread_;
};

TEST_F(BoardTest, TheSamplerPrefersIt) {
  publish(1'000'000);
  Tree tree;
  tree.write("sys/class/powercap/intel-rapl:0/name", "package-0\n");
  tree.write("sys/class/powercap/intel-rapl:0/energy_uj", "5000000\n");
  tree.write("sys/class/powercap/intel-rapl:0/max_energy_range_uj", "262143328850\n");
  std::filesystem::create_directories(tree.root() / "run/joulepath");
  Environment environment;
  environment.sysfs_root = tree.root() / "sys";
  environment.run_root = tree.root() / "run";
  environment.clock = &clock_;
  for (const char* selection : {"powercap", "rapl", "board", "package"}) {
    std::filesystem::remove(tree.root() / "run/joulepath/socket");
    const OneAnswer daemon(tree.root() / "run/joulepath/socket", memory_.get(), 0);
    const auto sampler = Sampler::open(environment, selection);
    ASSERT_TRUE(sampler) << sampler.error().message();
    ASSERT_GE(sampler->sensors().size(), 1u) << selection;
    for (const record::SensorRow& row : sampler->sensors()) {
      EXPECT_EQ(row.signal.source, "powercap");
      EXPECT_TRUE(row.signal.id.starts_with("board:")) << row.signal.id;
    }
    EXPECT_TRUE(sampler->sensors()[0].signal.counted);
  }
  const auto without = Sampler::open(environment, "powercap,!board");
  ASSERT_TRUE(without);
  ASSERT_EQ(without->sensors().size(), 1u);
  EXPECT_EQ(without->sensors()[0].signal.id, "powercap:intel-rapl:0");
}

TEST_F(BoardTest, WhoIsNotAdmittedIsTold) {
  Tree tree;
  const OneAnswer daemon(tree.root() / "socket", -1, EPERM);
  const auto asked = ask_for_board(tree.root() / "socket");
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, base::Errc::kPermission);
  EXPECT_NE(asked.error().message().find("admits no job"), std::string::npos);
}

}  // namespace
}  // namespace joulepath::sensors::board
