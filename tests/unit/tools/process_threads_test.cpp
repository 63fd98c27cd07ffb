// Threads as the system shows them: what each used and what others used add up to the process's
// own CPU clock, whoever came and went in between.
#include "tools/recorder/process_threads.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <memory>
#include <thread>
#include <vector>

#include "tools/recorder/thread_cadence.hpp"

namespace joulepath::tools {
namespace {

std::uint64_t cpu_ns(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_nsec);
}

/// Uses CPU time until this thread has used so much more.
void work(std::uint64_t ns) {
  const std::uint64_t until = cpu_ns(CLOCK_THREAD_CPUTIME_ID) + ns;
  while (cpu_ns(CLOCK_THREAD_CPUTIME_ID) < until) {
  }
}

std::int32_t own_tid() {
  return static_cast<std::int32_t>(::syscall(SYS_gettid));
}

/// A thread that stays until it is told to end.
class Stays {
 public:
  explicit Stays(std::uint64_t work_ns)
      : thread_([this, work_ns] {
          ::pthread_setname_np(::pthread_self(), "stays");
          work(work_ns);
          tid_.store(own_tid());
          while (!end_.load()) std::this_thread::yield();
        }) {
    while (tid_.load() == 0) std::this_thread::yield();
  }
  ~Stays() {
    end_.store(true);
    thread_.join();
  }
  [[nodiscard]] std::int32_t tid() const { return tid_.load(); }

 private:
  std::atomic<std::int32_t> tid_{0};
  std::atomic<bool> end_{false};
  std::thread thread_;
};

constexpr std::uint64_t kMs = 1'000'000;
/// The kernel brings a running thread's account up to date at its clock's ticks.
constexpr std::uint64_t kTick = 20 * kMs;

class ProcessThreadsTest : public ::testing::Test {
 protected:
  const ThreadTime* find(std::int32_t tid) const {
    for (const ThreadTime& time : look_.times)
      if (time.tid == tid) return &time;
    return nullptr;
  }
  void look(ProcessThreads& threads, const ProcessThreads::Told& told = {}) {
    threads.look(told, look_);
    for (const ThreadTime& time : look_.times) sum_ns_ += time.cpu_ns;
    sum_ns_ += look_.others_ns;
  }
  OpenFiles files_{100};
  ThreadsLook look_;
  std::uint64_t sum_ns_ = 0;
};

TEST_F(ProcessThreadsTest, CountsFromTheBeginningAndNamesWhoRuns) {
  Stays before(40 * kMs);
  ProcessThreads threads(::getpid(), files_);
  EXPECT_TRUE(threads.was_there(own_tid()));
  EXPECT_TRUE(threads.was_there(before.tid()));
  Stays after(60 * kMs);
  look(threads);
  EXPECT_FALSE(threads.was_there(after.tid()));
  ASSERT_NE(find(after.tid()), nullptr);
  EXPECT_GE(find(after.tid())->cpu_ns + kTick, 60 * kMs) << "all since it began";
  EXPECT_GE(find(after.tid())->last_cpu, 0);
  EXPECT_EQ(find(after.tid())->name, "stays");
  EXPECT_FALSE(find(after.tid())->told);
}

TEST_F(ProcessThreadsTest, WhoCameAndWentIsInOthersAndAllAddsUp) {
  const std::uint64_t process_before = cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
  ProcessThreads threads(::getpid(), files_);
  for (int i = 0; i < 5; ++i) std::thread([] { work(20 * kMs); }).join();
  look(threads);
  EXPECT_GE(look_.others_ns + kTick, 100 * kMs);
  Stays stays(30 * kMs);
  look(threads);
  EXPECT_LT(look_.others_ns, kTick) << "it has a name";
  const std::uint64_t process_after = cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
  EXPECT_LE(sum_ns_, process_after - process_before);
  EXPECT_GE(sum_ns_ + 2 * kTick, process_after - process_before);
}

TEST_F(ProcessThreadsTest, AnEndedThreadIsTakenLeaveOfAndItsRestIsInOthers) {
  ProcessThreads threads(::getpid(), files_);
  std::int32_t tid = 0;
  {
    Stays stays(30 * kMs);
    tid = stays.tid();
    look(threads);
    ASSERT_NE(find(tid), nullptr);
    EXPECT_TRUE(look_.ended.empty());
  }
  look(threads);
  EXPECT_EQ(look_.ended, std::vector<std::int32_t>{tid});
  EXPECT_EQ(find(tid), nullptr);
}

TEST_F(ProcessThreadsTest, ToldThreadsAreThereAlsoWhenTheySleep) {
  ProcessThreads threads(::getpid(), files_);
  look(threads, {{own_tid(), 0}});
  ASSERT_NE(find(own_tid()), nullptr);
  EXPECT_TRUE(find(own_tid())->told);
}

TEST_F(ProcessThreadsTest, BeyondTheLimitThreadsAreCountedAndTheirTimeIsInOthers) {
  ProcessThreads threads(::getpid(), files_);
  // Threads that sleep after a moment of work, so that 1100 of them do not crowd the machine.
  std::vector<std::thread> sleepers;
  pthread_barrier_t there;
  pthread_barrier_t leave;
  constexpr unsigned kThreads = ProcessThreads::kMostNamed + 76;
  ::pthread_barrier_init(&there, nullptr, kThreads + 1);
  ::pthread_barrier_init(&leave, nullptr, kThreads + 1);
  for (unsigned i = 0; i < kThreads; ++i)
    sleepers.emplace_back([&] {
      work(kMs / 20);
      ::pthread_barrier_wait(&there);
      ::pthread_barrier_wait(&leave);
    });
  ::pthread_barrier_wait(&there);
  look(threads);
  const auto named = static_cast<std::size_t>(std::count_if(
      look_.times.begin(), look_.times.end(), [](const ThreadTime& time) { return !time.told; }));
  EXPECT_EQ(named, ProcessThreads::kMostNamed);
  EXPECT_GE(look_.not_named, 76u);
  EXPECT_LE(look_.not_named, 78u) << "the main thread may be among them";
  // What this thread used while it looked is in its own time first: a second look makes up.
  std::uint64_t others_ns = look_.others_ns;
  look(threads);
  others_ns += look_.others_ns;
  EXPECT_GE(others_ns, 76 * kMs / 20);
  ::pthread_barrier_wait(&leave);
  for (auto& sleeper : sleepers) sleeper.join();
}

TEST_F(ProcessThreadsTest, WithoutDescriptorsItReadsAllTheSame) {
  OpenFiles none{0};
  ProcessThreads threads(::getpid(), none);
  Stays stays(30 * kMs);
  look(threads);
  ASSERT_NE(find(stays.tid()), nullptr);
  EXPECT_GE(find(stays.tid())->cpu_ns + kTick, 30 * kMs);
}

TEST_F(ProcessThreadsTest, LastWordsCountOnFromTheLookBefore) {
  ProcessThreads threads(5'000'000, files_);
  threads.last_words({{11, 300}, {12, 0}}, 1000, look_);
  ASSERT_EQ(look_.times.size(), 1u);
  EXPECT_EQ(look_.times[0].tid, 11);
  EXPECT_EQ(look_.times[0].cpu_ns, 300u);
  EXPECT_EQ(look_.others_ns, 700u);
  threads.last_words({{11, 300}}, 1000, look_);
  EXPECT_EQ(look_.others_ns, 0u) << "told once already";
  ProcessThreads silent(5'000'000, files_);
  silent.last_words({}, 0, look_);
  EXPECT_EQ(look_.others_ns, 0u) << "killed: it told nothing";
}

TEST_F(ProcessThreadsTest, NoSuchProcess) {
  ProcessThreads threads(5'000'000, files_);  // more than a kernel gives
  look(threads);
  EXPECT_TRUE(look_.times.empty());
  EXPECT_EQ(look_.others_ns, 0u);
}

TEST(ThreadCadence, KeepsToItsShare) {
  ThreadCadence cadence(0.005);
  EXPECT_TRUE(cadence.due(0));
  cadence.looked(0, 50'000);  // 50 us in 200 ms are 0.025 %
  EXPECT_EQ(cadence.period_ns(), ThreadCadence::kFastest_ns);
  EXPECT_FALSE(cadence.due(199'999'999));
  EXPECT_TRUE(cadence.due(200'000'000));
  cadence.looked(0, 3'000'000);  // 3 ms want 600 ms
  EXPECT_EQ(cadence.period_ns(), 600'000'000);
  cadence.looked(0, 1'000'000'000);
  EXPECT_EQ(cadence.period_ns(), ThreadCadence::kSlowest_ns);
  cadence.looked(0, 50'000);
  EXPECT_EQ(cadence.period_ns(), ThreadCadence::kFastest_ns) << "it is paid for";
}

TEST(ThreadCadence, TellsWhenItChanges) {
  ThreadCadence cadence(0.005);
  cadence.looked(0, 1000);
  EXPECT_TRUE(cadence.take_news());
  EXPECT_FALSE(cadence.take_news());
  cadence.looked(0, 1'200'000);  // 240 ms: a fifth more is no news
  EXPECT_FALSE(cadence.take_news());
  cadence.looked(0, 2'000'000);
  EXPECT_TRUE(cadence.take_news());
}

}  // namespace
}  // namespace joulepath::tools
