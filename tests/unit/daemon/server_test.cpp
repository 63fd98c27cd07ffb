// joulepathd's loop against clients of every kind. The rig tests/rigs/slurm has the whole daemon,
// and users who are not root.
#include "tools/daemon/server.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <thread>

#include "core/base/clock.hpp"
#include "sensors/board/board.hpp"
#include "sensors/board/request.hpp"
#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::daemon {
namespace {

using sensors::board::kRequestMagic;
using sensors::board::kRequestVersion;
using sensors::board::Reply;
using sensors::board::Request;
using sensors::board::Verb;

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.allow = {::geteuid()};
    std::filesystem::create_directories(folder_.path() / "class/powercap/intel-rapl:0");
    for (const auto& [file, text] :
         {std::pair{"name", "package-0\n"}, std::pair{"energy_uj", "5000000\n"},
          std::pair{"max_energy_range_uj", "262143328850\n"}})
      folder_.write(std::string("class/powercap/intel-rapl:0/") + file, text);
    sensors::Environment environment;
    environment.sysfs_root = folder_.path();
    environment.clock = &clock_;
    auto sampler = sensors::Sampler::open(environment, "powercap");
    ASSERT_TRUE(sampler) << sampler.error().message();
    ASSERT_EQ(sampler->sensors().size(), 1u);
    sampler_ = std::make_unique<sensors::Sampler>(*std::move(sampler));
    base::Descriptor listening(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    address_.sun_family = AF_UNIX;
    std::strcpy(address_.sun_path, (folder_.path() / "socket").c_str());
    ASSERT_EQ(::bind(listening.get(), reinterpret_cast<sockaddr*>(&address_), sizeof address_), 0);
    ASSERT_EQ(::listen(listening.get(), 128), 0);
    thread_ = std::thread([this, listening = std::move(listening)]() mutable {
      ended_ = serve(options_, *sampler_, std::move(listening), Until::kLastJob).ok();
    });
  }
  void TearDown() override {
    // Ends with its last job: whoever is root here may say so.
    if (::geteuid() == 0) {
      EXPECT_EQ(ask(Verb::kAdmit, 4242, 4242), 0);
      EXPECT_EQ(ask(Verb::kDismiss, 4242, 4242), 0);
    } else {
      ::pthread_kill(thread_.native_handle(), SIGTERM);
    }
    thread_.join();
    EXPECT_TRUE(ended_);
  }

  [[nodiscard]] base::Descriptor connected() const {
    base::Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0)
      return {};
    return socket;
  }
  [[nodiscard]] int ask(Verb verb, std::uint32_t uid, std::uint32_t job) const {
    const Request request{kRequestMagic, kRequestVersion, static_cast<std::uint16_t>(verb), uid,
                          job};
    return ask({reinterpret_cast<const char*>(&request), sizeof request});
  }
  /// The reply's errno; -1: none.
  [[nodiscard]] int ask(std::string_view bytes) const {
    const base::Descriptor socket = connected();
    Reply reply{};
    if (::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0 ||
        ::recv(socket.get(), &reply, sizeof reply, 0) != sizeof reply)
      return -1;
    return reply.sys_errno;
  }

  test::TemporaryFolder folder_;
  base::SystemClock clock_;
  Options options_;
  std::unique_ptr<sensors::Sampler> sampler_;
  sockaddr_un address_{};
  std::thread thread_;
  bool ended_ = false;
};

TEST_F(ServerTest, HandsTheBoardOut) {
  const auto memory = sensors::board::ask_for_board(folder_.path() / "socket");
  ASSERT_TRUE(memory) << memory.error().message();
  const auto source = sensors::board::open_board(*memory, clock_);
  ASSERT_NE(source, nullptr);
  ASSERT_EQ(source->signals().size(), 1u);
  EXPECT_EQ(source->signals()[0].id, "board:powercap:intel-rapl:0");
}

TEST_F(ServerTest, RefusesWhatIsMalformed) {
  EXPECT_EQ(ask(Verb::kMap, 1, 0), EINVAL);
  EXPECT_EQ(ask(Verb::kMap, 0, 1), EINVAL);
  EXPECT_EQ(ask(static_cast<Verb>(0), 0, 0), EINVAL);
  EXPECT_EQ(ask(static_cast<Verb>(4), 0, 0), EINVAL);
  EXPECT_EQ(ask(Verb::kAdmit, 1000, 0), ::geteuid() == 0 ? EINVAL : EPERM);
  EXPECT_EQ(ask(std::string(15, 'x')), EINVAL);
  EXPECT_EQ(ask(std::string(17, 'x')), EINVAL);
  EXPECT_EQ(ask(std::string(4000, 'x')), EINVAL);
  Request request{kRequestMagic, kRequestVersion + 1, static_cast<std::uint16_t>(Verb::kMap), 0, 0};
  EXPECT_EQ(ask({reinterpret_cast<const char*>(&request), sizeof request}), EINVAL);
}

TEST_F(ServerTest, TenThousandMalformedRequests) {
  std::mt19937 random(7);
  for (int turn = 0; turn < 10'000; ++turn) {
    std::string text(random() % 40, '\0');
    for (char& c : text) c = static_cast<char>(random());
    const base::Descriptor socket = connected();
    if (turn % 3 == 0) continue;  // dies at once
    ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (turn % 3 == 1) continue;  // dies before the reply
    Reply reply{};
    if (::recv(socket.get(), &reply, sizeof reply, 0) == sizeof reply) {
      EXPECT_NE(reply.sys_errno, 0);
    }
  }
  EXPECT_EQ(ask(Verb::kMap, 0, 0), 0);
}

TEST_F(ServerTest, ThoseWhoSayNothingKeepNobodyOut) {
  std::vector<base::Descriptor> idle;
  for (int count = 0; count < 100; ++count) idle.push_back(connected());
  // They are let go after a second; root is not counted by user, so it may take until then.
  const auto begin = clock_.monotonic_ns();
  while (ask(Verb::kMap, 0, 0) != 0 && clock_.monotonic_ns() - begin < 30'000'000'000) {
  }
  EXPECT_EQ(ask(Verb::kMap, 0, 0), 0);
}

}  // namespace
}  // namespace joulepath::daemon
