// The ipmi backend on a library that a test fills: what it finds, asks, hands over once, and
// does when the BMC is silent, refuses, answers nonsense, goes away and comes back.
#include "sensors/ipmi/ipmi.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "sensors/ipmi/place.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors::ipmi {
namespace {

using record::Domain;
using record::Kind;
using record::Provenance;

/// A clock for two threads: every look is a microsecond later.
class SharedClock final : public base::Clock {
 public:
  [[nodiscard]] std::int64_t monotonic_ns() const noexcept override { return now_ += 1000; }

 private:
  mutable std::atomic<std::int64_t> now_{1'000'000'000};
};

std::vector<std::uint8_t> reply_of(std::uint16_t current, std::uint16_t average,
                                   std::uint32_t period_ms = 1000, std::uint8_t state = 0x40,
                                   std::uint16_t lowest = 190, std::uint16_t highest = 250) {
  const auto low = [](std::uint32_t value, int byte) {
    return static_cast<std::uint8_t>(value >> (8 * byte));
  };
  return {0x02,
          0x00,
          0xDC,
          low(current, 0),
          low(current, 1),
          low(lowest, 0),
          low(lowest, 1),
          low(highest, 0),
          low(highest, 1),
          low(average, 0),
          low(average, 1),
          0,
          0,
          0,
          0,
          low(period_ms, 0),
          low(period_ms, 1),
          low(period_ms, 2),
          low(period_ms, 3),
          state};
}

/// The BMC behind the fake library. Each question waits until the test answers it.
class FakeBmc {
 public:
  FakeBmc() : before_(std::exchange(current, this)) {}
  ~FakeBmc() {
    let_go();
    current = before_;
  }

  /// The answer to the next question that has none yet.
  void answer(std::vector<std::uint8_t> reply) { push({std::move(reply), 0}); }
  void fail(int error) { push({{}, error}); }
  /// Every question from now on gets the last answer.
  void let_go() {
    const std::lock_guard lock(mutex);
    free_running = true;
    changed.notify_all();
  }
  void wait_until_asked(int times) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return asked >= times; });
  }
  template <class Value>
  Value look(Value FakeBmc::*member) {
    const std::lock_guard lock(mutex);
    return this->*member;
  }

  static Freeipmi table();
  inline static FakeBmc* current = nullptr;

  std::mutex mutex;
  std::condition_variable changed;
  int asked = 0;
  int opened = 0;
  int closed = 0;
  int errnum = 0;
  int open_errnum = 0;            ///< not 0: opening fails so
  std::uint8_t known_suite = 17;  ///< others are "no such cipher suite"
  std::string device, host, user, password;
  std::uint8_t privilege = 0;
  std::vector<std::uint8_t> request;

 private:
  FakeBmc* before_;  // tests of several cases have one for each
  struct Reply {
    std::vector<std::uint8_t> bytes;
    int errnum = 0;
  };
  void push(Reply reply) {
    const std::lock_guard lock(mutex);
    replies.push_back(std::move(reply));
    changed.notify_all();
  }
  int command(const void* bytes, unsigned size, void* reply, unsigned room);

  std::vector<Reply> replies;
  std::size_t next = 0;
  bool free_running = false;
};

int FakeBmc::command(const void* bytes, unsigned size, void* reply, unsigned room) {
  std::unique_lock lock(mutex);
  const auto* first = static_cast<const std::uint8_t*>(bytes);
  request.assign(first, first + size);
  ++asked;
  changed.notify_all();
  changed.wait(lock, [&] { return next < replies.size() || free_running; });
  Reply given;
  if (next < replies.size())
    given = replies[next++];
  else if (!replies.empty())
    given = replies.back();
  errnum = given.errnum;
  if (errnum != 0) return -1;
  const std::size_t got = std::min<std::size_t>(given.bytes.size(), room);
  std::copy_n(given.bytes.begin(), got, static_cast<std::uint8_t*>(reply));
  return static_cast<int>(got);
}

Freeipmi FakeBmc::table() {
  Freeipmi table{};
  table.create = []() -> void* { return current; };
  table.destroy = [](void*) {};
  table.close = [](void*) {
    const std::lock_guard lock(current->mutex);
    ++current->closed;
    return 0;
  };
  table.errnum = [](void*) {
    const std::lock_guard lock(current->mutex);
    return current->errnum;
  };
  table.strerror = [](int) -> char* {
    static char text[] = "as the library says it";
    return text;
  };
  table.open_inband = [](void*, unsigned driver, int, std::uint16_t, std::uint8_t,
                         const char* device, unsigned, unsigned) {
    const std::lock_guard lock(current->mutex);
    EXPECT_EQ(driver, kDriverOpenipmi);
    ++current->opened;
    current->device = device;
    current->errnum = current->open_errnum;
    return current->open_errnum == 0 ? 0 : -1;
  };
  table.open_lan_2_0 = [](void*, const char* host, const char* user, const char* password,
                          const unsigned char*, unsigned, std::uint8_t privilege,
                          std::uint8_t suite, unsigned, unsigned, unsigned, unsigned) {
    const std::lock_guard lock(current->mutex);
    ++current->opened;
    current->host = host;
    current->user = user;
    current->password = password;
    current->privilege = privilege;
    current->errnum = suite == current->known_suite ? current->open_errnum : kErrCipherSuite;
    return current->errnum == 0 ? 0 : -1;
  };
  table.command = [](void*, std::uint8_t, std::uint8_t net_fn, const void* request, unsigned size,
                     void* reply, unsigned room) {
    EXPECT_EQ(net_fn, kGroupExtension);
    return current->command(request, size, reply, room);
  };
  return table;
}

/// As fast as it can go; the waits are for what must come.
constexpr PollTiming kFast{std::chrono::nanoseconds(0), std::chrono::seconds(60),
                           std::chrono::seconds(60)};

class Ipmi : public testing::Test {
 protected:
  Ipmi() {
    tree_.write("dev/ipmi0", "");
    environment_ = tree_.environment(clock_);
  }
  Discovery find(const PollTiming& timing = kFast) {
    return discover(
        environment_, [] { return base::Result<Freeipmi>(FakeBmc::table()); }, timing);
  }
  void use_lan() {
    tree_.write("password", "secret\nnot this\n");
    ::chmod(tree_.at("password").c_str(), 0600);
    environment_.ipmi = {"bmc-of-%h", "watcher", tree_.at("password"), "user"};
  }
  /// Samples until something comes.
  static FakeSink next(Source& source) {
    FakeSink sink;
    while (sink.readings.empty() && sink.failures.empty()) {
      source.sample(sink);
      std::this_thread::yield();
    }
    return sink;
  }

  SharedClock clock_;
  Tree tree_;
  Environment environment_;
  FakeBmc bmc_;
};

void expect_unreadable(const Discovery& found, std::string_view reason) {
  ASSERT_NE(found.source, nullptr) << found.absent;
  const record::Signal& signal = found.source->signals()[0];
  EXPECT_FALSE(signal.readable);
  EXPECT_EQ(signal.provenance, Provenance::kAbsent);
  EXPECT_NE(signal.reason.find(reason), std::string::npos) << signal.reason;
  FakeSink sink;
  found.source->sample(sink);
  EXPECT_TRUE(sink.readings.empty() && sink.failures.empty());
}

TEST_F(Ipmi, DescribesTheNodesPower) {
  bmc_.answer(reply_of(200, 210));
  const Discovery found = find();
  ASSERT_NE(found.source, nullptr) << found.absent;
  const auto signal = signal_of(found.source->signals(), "ipmi:dcmi-power");
  EXPECT_EQ(signal.domain, Domain::kNode);
  EXPECT_EQ(signal.kind, Kind::kPowerAveraged);
  EXPECT_EQ(signal.provenance, Provenance::kDeviceAveraged);
  EXPECT_EQ(signal.unit, "W");
  EXPECT_DOUBLE_EQ(signal.si_per_unit, 1.0);
  EXPECT_EQ(signal.averaging_ns, kSecond);
  EXPECT_EQ(signal.source, "ipmi");
  EXPECT_EQ(signal.device, tree_.at("dev/ipmi0").string());
  EXPECT_TRUE(signal.readable);
  EXPECT_TRUE(found.notes.empty());
  EXPECT_EQ(bmc_.look(&FakeBmc::device), tree_.at("dev/ipmi0").string());
  EXPECT_EQ(bmc_.look(&FakeBmc::request),
            (std::vector<std::uint8_t>{0x02, 0xDC, 0x01, 0x00, 0x00}));
  bmc_.let_go();
}

TEST_F(Ipmi, HandsEachAnswerOverOnceWithTheIntervalOfItsExchange) {
  bmc_.answer(reply_of(200, 210));
  const Discovery found = find();
  FakeSink sink = next(*found.source);
  ASSERT_EQ(sink.readings[0].size(), 1u);
  const record::Reading first = sink.readings[0][0];
  EXPECT_EQ(first.raw, 210u) << "the average over the last second";
  EXPECT_LT(first.t_lo_ns, first.t_hi_ns);
  bmc_.wait_until_asked(2);  // the second question is under way, and nothing new is here
  sink.clear();
  for (int pass = 0; pass < 10; ++pass) found.source->sample(sink);
  EXPECT_TRUE(sink.readings.empty() && sink.failures.empty());
  bmc_.answer(reply_of(200, 210));
  sink = next(*found.source);
  ASSERT_EQ(sink.readings[0].size(), 1u) << "the same power, asked for anew";
  EXPECT_GT(sink.readings[0][0].t_lo_ns, first.t_hi_ns);
  bmc_.let_go();
}

TEST_F(Ipmi, AnAverageOverDaysIsNotUsed) {
  // As seen in the field: statistics since the last reset, and "1 s" that cannot be one.
  for (const auto& reply : {reply_of(215, 176, 1'131'466'000, 0x40, 162, 276),
                            reply_of(215, 176, 1000, 0x40, 6, 304), reply_of(215, 176, 0)}) {
    FakeBmc bmc;
    bmc.answer(reply);
    const Discovery found = find();
    ASSERT_NE(found.source, nullptr);
    EXPECT_EQ(found.source->signals()[0].averaging_ns, 0) << "not known";
    ASSERT_EQ(found.notes.size(), 1u);
    EXPECT_NE(found.notes[0].find("current power is read"), std::string::npos) << found.notes[0];
    EXPECT_EQ(next(*found.source).readings[0][0].raw, 215u);
    bmc.let_go();
  }
}

TEST_F(Ipmi, StatisticsThatAreSetUpAnewAreNoReading) {
  bmc_.answer(reply_of(200, 210, 5000));
  const Discovery found = find();
  EXPECT_EQ(found.source->signals()[0].averaging_ns, 5 * kSecond);
  EXPECT_EQ(next(*found.source).readings[0][0].raw, 210u);
  bmc_.answer(reply_of(200, 211, 60'000));
  EXPECT_EQ(next(*found.source).failures[0], std::vector<int>{EPROTO});
  bmc_.answer(reply_of(200, 212, 5001));
  EXPECT_EQ(next(*found.source).readings[0][0].raw, 212u);
  bmc_.let_go();
}

TEST_F(Ipmi, ErrorsAreFailuresAndReadingsResume) {
  bmc_.answer(reply_of(200, 210));
  const Discovery found = find();
  next(*found.source);
  bmc_.fail(kErrSessionTimeout);
  EXPECT_EQ(next(*found.source).failures[0], std::vector<int>{ETIMEDOUT});
  bmc_.answer({0x02, 0xC0});
  EXPECT_EQ(next(*found.source).failures[0], std::vector<int>{EBUSY});
  bmc_.answer({0x02, 0x00, 0xDC, 0x11});
  EXPECT_EQ(next(*found.source).failures[0], std::vector<int>{EBADMSG});
  bmc_.answer({});
  EXPECT_EQ(next(*found.source).failures[0], std::vector<int>{EBADMSG});
  bmc_.answer(reply_of(0, 0));
  EXPECT_EQ(next(*found.source).failures[0], std::vector<int>{ENODATA}) << "0 W";
  bmc_.answer(reply_of(200, 210, 1000, 0x00));
  EXPECT_EQ(next(*found.source).failures[0], std::vector<int>{ENODATA}) << "not active";
  bmc_.answer(reply_of(200, 220));
  EXPECT_EQ(next(*found.source).readings[0][0].raw, 220u);
  bmc_.let_go();
}

TEST_F(Ipmi, ADeviceThatVanishesIsOpenedAgain) {
  bmc_.answer(reply_of(200, 210));
  const Discovery found = find();
  next(*found.source);
  bmc_.wait_until_asked(2);
  EXPECT_EQ(bmc_.look(&FakeBmc::opened), 1) << "one session for all questions";
  {
    const std::lock_guard lock(bmc_.mutex);
    bmc_.open_errnum = kErrDeviceNotFound;
  }
  bmc_.fail(kErrDeviceNotFound);
  EXPECT_EQ(next(*found.source).failures[0], std::vector<int>{ENODEV});
  EXPECT_EQ(next(*found.source).failures[0], std::vector<int>{ENODEV}) << "not even opened";
  EXPECT_EQ(bmc_.look(&FakeBmc::asked), 2);
  {
    const std::lock_guard lock(bmc_.mutex);
    bmc_.open_errnum = 0;
  }
  bmc_.answer(reply_of(200, 230));
  FakeSink sink = next(*found.source);
  while (sink.readings.empty()) sink = next(*found.source);
  EXPECT_EQ(sink.readings[0][0].raw, 230u);
  bmc_.let_go();
}

TEST_F(Ipmi, ABmcWithoutDcmiIsAbsent) {
  bmc_.answer({0x02, 0xC1});
  bmc_.let_go();
  const Discovery found = find();
  EXPECT_EQ(found.source, nullptr);
  EXPECT_NE(found.absent.find("0xC1 (invalid command)"), std::string::npos) << found.absent;
  EXPECT_NE(found.absent.find("ipmi0"), std::string::npos) << found.absent;
}

TEST_F(Ipmi, WhatDoesNotWorkAtTheStartIsExplained) {
  const std::pair<std::vector<std::uint8_t>, std::string_view> cases[] = {
      {reply_of(200, 210, 1000, 0x00), "not active"},
      {reply_of(0, 0), "0 W"},
      {{0x02, 0xD4}, "0xD4 (insufficient privilege level)"},
      {{0x55}, "Bad message"}};
  for (const auto& [reply, reason] : cases) {
    FakeBmc bmc;
    bmc.answer(reply);
    bmc.let_go();
    expect_unreadable(find(), reason);
  }
  FakeBmc bmc;
  bmc.fail(kErrPassword);
  bmc.let_go();
  expect_unreadable(find(), "as the library says it, Permission denied (errno 13)");
}

TEST_F(Ipmi, ASilentBmcHoldsNobodyUp) {
  PollTiming timing = kFast;
  timing.first_answer = timing.stop = std::chrono::milliseconds(1);
  {
    const auto bmc = std::make_shared<Bmc>(FakeBmc::table(), BmcPlace{"/dev/ipmi0", "", "", "", 2});
    Poller poller([bmc] { return bmc->power(); }, clock_, timing);
    bmc_.wait_until_asked(1);
    EXPECT_FALSE(poller.first_answer());
    EXPECT_FALSE(poller.newest());
  }
  // The question is still under way, without its owner; its thread ends when it is answered.
  EXPECT_EQ(bmc_.look(&FakeBmc::closed), 0);
  bmc_.let_go();
  while (bmc_.look(&FakeBmc::closed) == 0) std::this_thread::yield();
  EXPECT_EQ(bmc_.look(&FakeBmc::asked), 1) << "it asks no more";
}

TEST_F(Ipmi, TheEndWaitsForAQuestionUnderWay) {
  bmc_.answer(reply_of(200, 210));
  Discovery found = find();
  bmc_.wait_until_asked(2);
  std::thread later([&] { bmc_.let_go(); });
  found.source.reset();
  EXPECT_EQ(bmc_.look(&FakeBmc::closed), 1) << "the session was closed before";
  later.join();
}

TEST_F(Ipmi, OverTheLan) {
  use_lan();
  bmc_.known_suite = 3;
  bmc_.answer(reply_of(200, 210));
  const Discovery found = find();
  ASSERT_NE(found.source, nullptr) << found.absent;
  EXPECT_TRUE(found.source->signals()[0].readable) << found.source->signals()[0].reason;
  EXPECT_EQ(bmc_.look(&FakeBmc::host), "bmc-of-" + short_node_name());
  EXPECT_EQ(bmc_.look(&FakeBmc::user), "watcher");
  EXPECT_EQ(bmc_.look(&FakeBmc::password), "secret");
  EXPECT_EQ(bmc_.look(&FakeBmc::privilege), 2);
  EXPECT_EQ(bmc_.look(&FakeBmc::opened), 2) << "suite 17, then 3";
  EXPECT_TRUE(found.notes.empty());
  bmc_.let_go();
}

TEST_F(Ipmi, AWrongPasswordIsTriedOnce) {
  use_lan();
  bmc_.open_errnum = kErrPassword;
  PollTiming timing = kFast;
  timing.period = std::chrono::hours(1);
  expect_unreadable(find(timing), "Permission denied");
  EXPECT_EQ(bmc_.look(&FakeBmc::opened), 1);
}

TEST_F(Ipmi, SettingsForTheLanAreChecked) {
  use_lan();
  environment_.ipmi.user.clear();
  expect_unreadable(find(), "no ipmi-user");
  use_lan();
  environment_.ipmi.password_file.clear();
  expect_unreadable(find(), "no ipmi-password-file");
  use_lan();
  environment_.ipmi.password_file = tree_.at("none");
  expect_unreadable(find(), "No such file");
  use_lan();
  ::chmod(tree_.at("password").c_str(), 0640);
  const Discovery open_to_all = find();
  expect_unreadable(open_to_all, "may be used by other users");
  EXPECT_EQ(open_to_all.source->signals()[0].remedy, "chmod 600 " + tree_.at("password").string());
  use_lan();
  tree_.write("password", "\n");
  expect_unreadable(find(), "first line is empty");
  tree_.write("password", "123456789012345678901\n");
  expect_unreadable(find(), "at most 20 characters");
  EXPECT_EQ(bmc_.look(&FakeBmc::opened), 0);
}

TEST_F(Ipmi, AHostForAllNodesIsRemarkedOn) {
  use_lan();
  environment_.ipmi.host = "bmc";
  bmc_.answer(reply_of(200, 210));
  const Discovery found = find();
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_NE(found.notes[0].find("this node's BMC"), std::string::npos);
  bmc_.let_go();
}

TEST_F(Ipmi, WithoutADeviceOrAHostThereIsNone) {
  tree_.remove("dev/ipmi0");
  const Discovery found = find();
  EXPECT_EQ(found.source, nullptr);
  EXPECT_NE(found.absent.find("ipmi0 is not there"), std::string::npos) << found.absent;
}

TEST_F(Ipmi, WithoutTheLibraryItSaysWhatToInstall) {
  const Discovery found = discover(
      environment_,
      [] {
        return base::Result<Freeipmi>(
            base::Error{base::Errc::kNotFound, "cannot open", "libfreeipmi", 0, "install it"});
      },
      kFast);
  expect_unreadable(found, "libfreeipmi: cannot open");
  EXPECT_EQ(found.source->signals()[0].remedy, "install it");
}

}  // namespace
}  // namespace joulepath::sensors::ipmi
