// Who used the CPUs, from made-up /proc/stat.
#include "tools/recorder/cpu_use.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "core/record/session.hpp"
#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::tools {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// CPUs 0 and 1 on socket 0, 2 and 3 on socket 7.
class CpuUseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int cpu = 0; cpu < 4; ++cpu) {
      const auto folder =
          folder_.path() / "sys/devices/system/cpu" / ("cpu" + std::to_string(cpu)) / "topology";
      std::filesystem::create_directories(folder);
      std::ofstream(folder / "physical_package_id") << (cpu < 2 ? 0 : 7) << "\n";
    }
    std::filesystem::create_directories(folder_.path() / "proc");
    idle_ticks({100, 100, 100, 100});
    use_ = CpuUse(folder_.path() / "proc", folder_.path() / "sys");
  }
  /// Of each CPU; iowait and steal take their part.
  void idle_ticks(const std::vector<int>& ticks) {
    std::ofstream stat(folder_.path() / "proc/stat");
    stat << "cpu  1 2 3 4 5 6 7 8 9 0\n";
    for (std::size_t cpu = 0; cpu < ticks.size(); ++cpu)
      stat << "cpu" << cpu << " 999 0 77 " << ticks[cpu] - 30 << " 20 0 0 10 0 0\n";
    stat << "intr 5\n";
  }
  test::TemporaryFolder folder_;
  CpuUse use_{{}, {}};
};

TEST_F(CpuUseTest, WhatTheJobDidNotUseIsOthers) {
  EXPECT_FALSE(use_.due(kSecond, 0)) << "before it begins";
  use_.begin(5 * kSecond, 3);
  EXPECT_FALSE(use_.due(6 * kSecond - 1, CpuUse::kUsual_ns));
  EXPECT_TRUE(use_.due(6 * kSecond, CpuUse::kUsual_ns));
  // In one second: CPU 0 all busy, 1 half, 2 a quarter, 3 idle.
  idle_ticks({100, 150, 175, 200});
  use_.used({{0, 900'000'000}, {2, 50'000'000}});
  use_.used({{1, 100'000'000}});
  const auto rows = use_.look(6 * kSecond, 103, 2);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].tick, 103u);
  EXPECT_EQ(rows[0].since, 3u);
  EXPECT_EQ(rows[0].socket, 0);
  EXPECT_EQ(rows[0].job_ns, 1'000'000'000u);
  EXPECT_EQ(rows[0].others_ns, 500'000'000u);
  EXPECT_EQ(rows[0].sessions, 2u);
  EXPECT_EQ(rows[1].socket, 7);
  EXPECT_EQ(rows[1].job_ns, 50'000'000u);
  EXPECT_EQ(rows[1].others_ns, 200'000'000u);
}

TEST_F(CpuUseTest, EachLookBeginsAnew) {
  use_.begin(5 * kSecond, 3);
  idle_ticks({100, 200, 200, 200});
  use_.used({{0, 400'000'000}});
  ASSERT_EQ(use_.look(6 * kSecond, 103, 0)[0].others_ns, 600'000'000u);
  idle_ticks({200, 250, 300, 300});
  const auto rows = use_.look(7 * kSecond, 203, 0);
  EXPECT_EQ(rows[0].since, 103u);
  EXPECT_EQ(rows[0].job_ns, 0u);
  EXPECT_EQ(rows[0].others_ns, 500'000'000u);
}

TEST_F(CpuUseTest, AThreadThatMovedMakesNobodyElse) {
  use_.begin(5 * kSecond, 3);
  // The job's thread was half a second on each socket, and is seen on the second only.
  idle_ticks({150, 200, 150, 200});
  use_.used({{3, 1'000'000'000}});
  for (const auto& row : use_.look(6 * kSecond, 103, 0)) {
    EXPECT_EQ(row.others_ns, 0u);
    EXPECT_EQ(row.job_ns, 500'000'000u);
  }
  // ... or where is not known.
  idle_ticks({200, 300, 250, 300});
  use_.used({{-1, 1'000'000'000}});
  for (const auto& row : use_.look(7 * kSecond, 203, 0)) EXPECT_EQ(row.others_ns, 0u);
}

TEST_F(CpuUseTest, NothingIsToldWhereTheSystemDoesNot) {
  std::filesystem::remove(folder_.path() / "proc/stat");
  use_.begin(5 * kSecond, 3);
  EXPECT_TRUE(use_.look(6 * kSecond, 103, 0).empty());
  idle_ticks({100, 100, 100, 100});
  EXPECT_TRUE(use_.look(7 * kSecond, 203, 0).empty()) << "no difference yet";
  EXPECT_EQ(use_.look(8 * kSecond, 303, 0).size(), 2u);
}

TEST(OtherSessions, AreThoseWithALivingProcess) {
  const test::TemporaryFolder folder;
  const auto session = [&](const std::string& name, pid_t pid, std::uint64_t start) {
    std::filesystem::create_directories(folder.path() / name);
    std::ofstream(folder.path() / name /
                  ("channel." + std::to_string(pid) + "." + std::to_string(start) + ".0"));
  };
  const std::uint64_t start = record::process_start_time(::getpid());
  session("mine", ::getpid(), start);
  session("other", ::getpid(), start);
  session("reused-pid", ::getpid(), start + 1);
  session("dead", 0x3ffffff, 5);
  std::filesystem::create_directories(folder.path() / "empty");
  EXPECT_EQ(other_sessions(folder.path() / "mine"), 1u);
}

}  // namespace
}  // namespace joulepath::tools
