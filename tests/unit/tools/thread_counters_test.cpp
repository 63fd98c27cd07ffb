// Counting threads from outside: with the kernel's own software events where it lets us, and
// with made-up calls for what a machine may refuse or lend to others.
#include "tools/recorder/thread_counters.hpp"

#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <thread>

#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::tools {
namespace {

std::vector<CounterSpec> specs_of(std::string_view list) {
  auto specs = parse_counters(list, "/sys");
  EXPECT_TRUE(specs) << specs.error().message();
  return specs ? *std::move(specs) : std::vector<CounterSpec>();
}

/// A kernel whose counters stand where the test puts them.
struct FakeKernel {
  std::map<std::uint64_t, int> refuses;          ///< by config: errno
  std::map<std::uint64_t, std::uint64_t> value;  ///< by config
  std::uint64_t enabled = 100, running = 100;
  int refuses_thread = 0;
  struct Open {
    std::uint64_t config;
    int group;
  };
  std::map<int, Open> open;
  int next = 1000;
};
FakeKernel kernel;  // functions of C have no other way to their state

/// Descriptors that a Descriptor may close: duplicates of standard error.
int fake_open(const CounterEvent& event, std::int32_t tid, int group) noexcept {
  if (tid != 0 && tid == kernel.refuses_thread) {
    errno = ESRCH;
    return -1;
  }
  if (const auto refused = kernel.refuses.find(event.config); refused != kernel.refuses.end()) {
    errno = refused->second;
    return -1;
  }
  const int fd = ::dup(2);
  kernel.open[fd] = {event.config, group};
  return fd;
}
ssize_t fake_read(int leader, void* buffer, std::size_t size) noexcept {
  std::vector<std::uint64_t> words{0, kernel.enabled, kernel.running};
  for (const auto& [fd, event] : kernel.open)
    if (fd == leader || event.group == leader) words.push_back(kernel.value[event.config]);
  words[0] = words.size() - 3;
  if (size < words.size() * 8) return -1;
  std::memcpy(buffer, words.data(), words.size() * 8);
  return static_cast<ssize_t>(words.size() * 8);
}
constexpr CounterCalls kFake{fake_open, fake_read};

constexpr std::uint64_t kInstructions = PERF_COUNT_HW_INSTRUCTIONS;
constexpr std::uint64_t kCycles = PERF_COUNT_HW_CPU_CYCLES;

class FakeCounters : public ::testing::Test {
 protected:
  FakeCounters() { kernel = {}; }
  /// As a recorder does: those of the probe are closed by then.
  static ThreadCounters make(std::string_view list, std::size_t files = 100) {
    ThreadCounters counters(specs_of(list), files, kFake);
    kernel.open.clear();
    return counters;
  }
};

TEST_F(FakeCounters, DifferencesFromTheFirstLookOn) {
  ThreadCounters counters = make("auto");
  EXPECT_EQ(counters.absent(), "");
  kernel.value = {{kInstructions, 500}, {kCycles, 300}};
  const auto* first = counters.read(7, 3);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->since, 3u) << "counted from here on";
  EXPECT_EQ(first->counts, (std::vector<std::uint64_t>{0, 0}));
  kernel.value = {{kInstructions, 1500}, {kCycles, 800}};
  const auto* second = counters.read(7, 10);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->since, 3u);
  EXPECT_EQ(second->counts, (std::vector<std::uint64_t>{1000, 500}));
  EXPECT_EQ(counters.read_known(8, 10), nullptr) << "never followed";
}

TEST_F(FakeCounters, CountersThatWereLentAreScaledAndNeverGoBack) {
  ThreadCounters counters = make("instructions");
  counters.read(7, 0);
  kernel.value[kInstructions] = 1000;
  kernel.running = 50;
  EXPECT_EQ(counters.read(7, 1)->counts[0], 2000u);
  kernel.value[kInstructions] = 1100;
  kernel.running = 80;
  EXPECT_EQ(counters.read(7, 2)->counts[0], 0u) << "1375 by now: 2000 were told";
  kernel.value[kInstructions] = 3000;
  kernel.running = 100;
  EXPECT_EQ(counters.read(7, 3)->counts[0], 1000u);
  kernel.running = 0;
  EXPECT_EQ(counters.read(7, 4), nullptr) << "enabled, but never counted";
}

TEST_F(FakeCounters, SumsWithWeights) {
  ThreadCounters counters = make("flop=instructions+cycles*4");
  counters.read(7, 0);
  kernel.value = {{kInstructions, 10}, {kCycles, 100}};
  EXPECT_EQ(counters.read(7, 1)->counts, std::vector<std::uint64_t>{410});
}

TEST_F(FakeCounters, WhatTheMachineLacksIsSaidAndTheRestCounts) {
  kernel.refuses[kCycles] = ENOENT;
  ThreadCounters counters = make("instructions,cycles,page-faults");
  ASSERT_EQ(counters.counters().size(), 2u);
  EXPECT_EQ(counters.counters()[1].name, "page-faults");
  EXPECT_NE(counters.absent().find("cycles: this machine"), std::string::npos);
  ThreadCounters no_pmu = make("none-such/event=1/,cycles*2,page-faults");
  ASSERT_EQ(no_pmu.counters().size(), 1u);
  EXPECT_NE(no_pmu.absent().find("none-such/event=1/: this machine has no PMU 'none-such'"),
            std::string::npos);
  kernel.refuses = {{kInstructions, ENOENT}, {kCycles, ENOENT}};
  const ThreadCounters none = make("auto");
  EXPECT_TRUE(none.counters().empty());
  EXPECT_EQ(none.absent().find("instructions, cycles: this machine"), 0u) << "once";
}

TEST_F(FakeCounters, ARefusalSaysWhatAnAdministratorCanDo) {
  test::TemporaryFolder proc;
  proc.write("sys/kernel/perf_event_paranoid", "3\n");
  kernel.refuses = {{kInstructions, EACCES}, {kCycles, EACCES}};
  const ThreadCounters counters(specs_of("auto"), 100, kFake, proc.path());
  EXPECT_NE(counters.absent().find("perf_event_paranoid is 3"), std::string::npos);
  EXPECT_NE(counters.absent().find("kernel.perf_event_paranoid=2"), std::string::npos);
}

TEST_F(FakeCounters, AThreadThatCannotBeOpenedIsNotTriedAgainUntilForgotten) {
  ThreadCounters counters = make("auto");
  kernel.refuses_thread = 7;
  EXPECT_EQ(counters.read(7, 0), nullptr);
  kernel.refuses_thread = 0;
  EXPECT_EQ(counters.read(7, 1), nullptr);
  counters.forget(7);
  EXPECT_NE(counters.read(7, 2), nullptr);
}

TEST_F(FakeCounters, DescriptorsAreBoundedAndComeBack) {
  ThreadCounters counters = make("auto", 5);
  EXPECT_NE(counters.read(1, 0), nullptr);
  EXPECT_NE(counters.read(2, 0), nullptr);
  EXPECT_EQ(counters.read(3, 0), nullptr);
  counters.forget(3);
  counters.forget(1);
  EXPECT_NE(counters.read(3, 1), nullptr);
}

/// Touches new memory, a page fault for each page.
void touch(std::size_t pages) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* memory =
      ::mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  ::madvise(memory, pages * page, MADV_NOHUGEPAGE);
  for (std::size_t i = 0; i < pages; ++i) static_cast<volatile char*>(memory)[i * page] = 1;
  ::munmap(memory, pages * page);
}

TEST(ThreadCounters, TheKernelCountsAnotherThreadAlsoAfterItsEnd) {
  ThreadCounters counters(specs_of("page-faults"), 100);
  if (counters.counters().empty()) GTEST_SKIP() << counters.absent();
  std::atomic<std::int32_t> tid{0};
  std::atomic<int> step{0};
  std::thread other([&] {
    tid = static_cast<std::int32_t>(::syscall(SYS_gettid));
    while (step < 1) std::this_thread::yield();
    touch(5000);
    step = 2;
    while (step < 3) std::this_thread::yield();
    touch(3000);
  });
  while (tid == 0) std::this_thread::yield();
  ASSERT_NE(counters.read(tid, 0), nullptr);
  step = 1;
  while (step < 2) std::this_thread::yield();
  const auto* first = counters.read(tid, 1);
  ASSERT_NE(first, nullptr);
  EXPECT_NEAR(static_cast<double>(first->counts[0]), 5000, 100);
  touch(2000);  // of this thread, not of that one
  step = 3;
  other.join();
  const auto* last = counters.read_known(tid, 2);
  ASSERT_NE(last, nullptr);
  EXPECT_NEAR(static_cast<double>(last->counts[0]), 3000, 100);
}

}  // namespace
}  // namespace joulepath::tools
