// Readings that come from a thread: each once, with its own time, and a pass that never waits.
#include "sensors/api/background_source.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>

#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

record::Signal signal(const std::string& id, bool readable = true) {
  record::Signal one;
  one.id = id;
  one.readable = readable;
  return one;
}

/// Answers what the test says; each call takes 5 ms.
class Scripted final : public SlowDevice {
 public:
  struct State {
    std::vector<Read> answers;
    std::vector<int> calls;
    const FakeClock* clock = nullptr;
    std::vector<GpuUser> users;  ///< on the GPU of signal 2
  };
  explicit Scripted(State& state) : state_(state) {}
  Read read(std::size_t at) noexcept override {
    ++state_.calls[at];
    state_.clock->now_ns += 5 * kMs;
    return state_.answers[at];
  }
  bool users(std::size_t at, std::vector<GpuUser>& users) override {
    users = state_.users;
    return at == 2;
  }

 private:
  State& state_;
};

class ByHand : public ::testing::Test {
 protected:
  BackgroundSource source() {
    state.clock = &clock;
    return {{signal("a"), signal("refused", false), signal("b")},
            std::make_unique<Scripted>(state),
            clock,
            "test",
            BackgroundSource::Rounds::kByHand};
  }
  FakeClock clock;
  Scripted::State state{{{100, 0, 0}, {}, {200, 0, 0}}, {0, 0, 0}, nullptr, {}};
  FakeSink sink;
};

TEST_F(ByHand, LooksAtTheUsersNowAndThenAndTellsTheNewestOnce) {
  state.users = {{11, 500}};
  BackgroundSource all = source();
  std::vector<GpuLook> looks;
  all.take_gpu_looks(looks);
  ASSERT_EQ(looks.size(), 1u);
  EXPECT_EQ(looks[0].signal, 2u);
  ASSERT_EQ(looks[0].users.size(), 1u);
  EXPECT_EQ(looks[0].users[0].pid, 11);
  all.take_gpu_looks(looks);
  EXPECT_EQ(looks.size(), 1u) << "nothing new";
  for (unsigned round = 0; round < 2 * BackgroundSource::kRoundsBetweenLooks; ++round) {
    state.users = {{static_cast<std::int32_t>(100 + round), 500}};
    all.round();
  }
  looks.clear();
  all.take_gpu_looks(looks);
  ASSERT_EQ(looks.size(), 1u) << "two were taken: the newest";
  EXPECT_EQ(looks[0].users[0].pid, 100 + 19);
}

TEST_F(ByHand, HandsOverTheTimeOfTheCallNotOfThePass) {
  const std::int64_t began = clock.now_ns;
  BackgroundSource all = source();
  const std::int64_t ended = clock.now_ns;
  clock.now_ns += kSecond;
  all.sample(sink);
  ASSERT_EQ(sink.readings[0].size(), 1u);
  ASSERT_EQ(sink.readings[2].size(), 1u);
  EXPECT_EQ(sink.readings[0][0].raw, 100u);
  EXPECT_EQ(sink.readings[2][0].raw, 200u);
  EXPECT_GT(sink.readings[0][0].t_lo_ns, began);
  EXPECT_GE(sink.readings[0][0].t_hi_ns, sink.readings[0][0].t_lo_ns + 5 * kMs);
  EXPECT_GE(sink.readings[2][0].t_lo_ns, sink.readings[0][0].t_hi_ns);
  EXPECT_LE(sink.readings[2][0].t_hi_ns, ended);
  EXPECT_EQ(state.calls, (std::vector{1, 0, 1}));
}

TEST_F(ByHand, HandsEachReadingOverOnce) {
  BackgroundSource all = source();
  for (int pass = 0; pass < 10; ++pass) all.sample(sink);
  EXPECT_EQ(sink.readings[0].size(), 1u);
  all.round();
  for (int pass = 0; pass < 10; ++pass) all.sample_one(0, sink);
  EXPECT_EQ(sink.readings[0].size(), 2u);
  EXPECT_EQ(sink.readings[2].size(), 1u);
  EXPECT_TRUE(sink.failures.empty());
  EXPECT_EQ(state.calls, (std::vector{2, 0, 2}));
}

TEST_F(ByHand, SaysWhatFailedAndComesBack) {
  BackgroundSource all = source();
  all.sample(sink);
  state.answers[0].sys_errno = ENODEV;
  all.round();
  all.sample(sink);
  EXPECT_EQ(sink.readings[0].size(), 1u);
  EXPECT_EQ(sink.failures[0], std::vector{ENODEV});
  EXPECT_EQ(sink.readings[2].size(), 2u);
  state.answers[0].sys_errno = 0;
  all.round();
  all.sample(sink);
  EXPECT_EQ(sink.readings[0].size(), 2u);
  EXPECT_EQ(sink.failures[0].size(), 1u);
}

TEST_F(ByHand, SilenceIsAFailureEachSecond) {
  BackgroundSource all = source();
  all.sample(sink);
  sink.clear();
  const std::int64_t heard = clock.now_ns;
  while (clock.now_ns < heard + 1900 * kMs) {
    clock.now_ns += 10 * kMs;
    all.sample(sink);
  }
  EXPECT_TRUE(sink.failures.empty());
  while (clock.now_ns < heard + 4900 * kMs) {
    clock.now_ns += 10 * kMs;
    all.sample(sink);
  }
  EXPECT_EQ(sink.failures[0], (std::vector{ETIMEDOUT, ETIMEDOUT, ETIMEDOUT}));
  EXPECT_TRUE(sink.readings.empty());
}

TEST_F(ByHand, ReadingsThatTheDeviceStampsTheSameAreOne) {
  state.answers[0].device_ns = 77;
  BackgroundSource all = source();
  all.sample(sink);
  all.round();
  all.sample(sink);
  EXPECT_EQ(sink.readings[0].size(), 1u);
  EXPECT_EQ(sink.readings[2].size(), 2u);
}

/// Lets the test hold a call, as a library that hangs does.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = true;
  int inside = 0;
  int done = 0;
  bool signals_blocked = false;

  void wait(int Gate::*count, int at_least) {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(
        changed.wait_for(lock, std::chrono::seconds(30), [&] { return this->*count >= at_least; }));
  }
  void set(bool now_open) {
    const std::lock_guard lock(mutex);
    open = now_open;
    changed.notify_all();
  }
};

class Gated final : public SlowDevice {
 public:
  explicit Gated(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
  Read read(std::size_t) noexcept override {
    std::unique_lock lock(gate_->mutex);
    sigset_t mask;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    gate_->signals_blocked = ::sigismember(&mask, SIGTERM) == 1;
    ++gate_->inside;
    gate_->changed.notify_all();
    gate_->changed.wait(lock, [&] { return gate_->open; });
    ++gate_->done;
    gate_->changed.notify_all();
    return {static_cast<std::uint64_t>(gate_->done), 0, 0};
  }

 private:
  std::shared_ptr<Gate> gate_;
};

TEST(BackgroundSource, ReadsOnAThreadThatTakesNoSignals) {
  const auto gate = std::make_shared<Gate>();
  const base::SystemClock clock;
  BackgroundSource source({signal("a")}, std::make_unique<Gated>(gate), clock, "test");
  gate->wait(&Gate::done, 3);
  FakeSink sink;
  source.sample(sink);
  ASSERT_EQ(sink.readings[0].size(), 1u);
  EXPECT_GE(sink.readings[0][0].raw, 2u);  // the third may not have been handed in
  const std::lock_guard lock(gate->mutex);
  EXPECT_TRUE(gate->signals_blocked);
}

TEST(BackgroundSource, APassWaitsForNoLibrary) {
  const auto gate = std::make_shared<Gate>();
  const base::SystemClock clock;
  FakeSink sink;
  {
    BackgroundSource source({signal("a")}, std::make_unique<Gated>(gate), clock, "test");
    gate->set(false);
    int inside = 0;
    {
      const std::lock_guard lock(gate->mutex);
      inside = gate->inside;
    }
    // A call that began before the gate was shut may be over; this one is not.
    gate->wait(&Gate::inside, inside + 1);
    source.sample(sink);  // would never return if it waited
    source.sample(sink);
    EXPECT_LE(sink.readings[0].size(), 1u);
    gate->set(true);
  }
}

TEST(BackgroundSource, LeavesALibraryBehindThatHangs) {
  const auto gate = std::make_shared<Gate>();
  const base::SystemClock clock;
  auto source = std::make_unique<BackgroundSource>(std::vector{signal("a")},
                                                   std::make_unique<Gated>(gate), clock, "test");
  gate->set(false);
  int inside = 0;
  {
    const std::lock_guard lock(gate->mutex);
    inside = gate->inside;
  }
  gate->wait(&Gate::inside, inside + 1);
  source.reset();  // returns though the call has not
  const int done = [&] {
    const std::lock_guard lock(gate->mutex);
    return gate->done;
  }();
  gate->set(true);
  gate->wait(&Gate::done, done + 1);  // the thread goes on, alone, and ends
}

}  // namespace
}  // namespace joulepath::sensors
