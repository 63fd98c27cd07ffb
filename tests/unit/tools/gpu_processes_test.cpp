// Whose processes a GPU's driver names, by their files in a made-up /proc.
#include "tools/recorder/gpu_processes.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::tools {
namespace {

using record::GpuUseRow;
using record::kBusyNotTold;
using record::kNone32;

class GpuProcessesTest : public ::testing::Test {
 protected:
  void in_namespace(const std::string& name) {
    std::filesystem::create_directories(proc_.path() / "self/ns");
    std::filesystem::remove(proc_.path() / "self/ns/pid");
    std::filesystem::create_symlink("pid:[" + name + "]", proc_.path() / "self/ns/pid");
  }
  void child(int pid, int parent) {
    const auto folder = proc_.path() / std::to_string(pid);
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "status") << "Name:\tapp\nPPid:\t" << parent << "\nUid:\t0\n";
  }
  [[nodiscard]] std::string rows_of(const std::vector<sensors::GpuUser>& users) const {
    const auto rows = GpuProcesses(proc_.path()).rows_of({3, users}, {{100, 0}, {200, 1}});
    if (!rows) return "not told";
    std::string text;
    for (const GpuUseRow& row : *rows) {
      EXPECT_EQ(row.sensor, 3);
      text += (text.empty() ? "" : " ") +
              (row.process == kNone32 ? "others" : std::to_string(row.process)) + ":" +
              (row.busy_permille == kBusyNotTold ? "?" : std::to_string(row.busy_permille));
    }
    return text;
  }
  void SetUp() override { in_namespace("4026531836"); }
  test::TemporaryFolder proc_;
};

TEST_F(GpuProcessesTest, RanksAndOthers) {
  EXPECT_EQ(rows_of({{100, 700}, {555, 200}, {556, 100}}), "0:700 others:300");
  EXPECT_EQ(rows_of({{200, -1}, {555, -1}}), "1:? others:?");
  EXPECT_EQ(rows_of({}), "others:0");
}

TEST_F(GpuProcessesTest, WhatARankHasStartedIsTheRanks) {
  child(301, 300);
  child(300, 200);
  child(400, 1);
  EXPECT_EQ(rows_of({{301, 500}, {200, 800}}), "1:1000 others:0") << "together, all of the time";
  EXPECT_EQ(rows_of({{400, 500}}), "others:500");
}

TEST_F(GpuProcessesTest, InAPidNamespaceOfOurOwnAnUnknownProcessSaysNothing) {
  in_namespace("4026532999");
  EXPECT_EQ(rows_of({{100, 700}}), "0:700 others:0");
  EXPECT_EQ(rows_of({{100, 700}, {555, 200}}), "not told");
  EXPECT_EQ(rows_of({}), "not told") << "drivers may show nobody there";
}

TEST_F(GpuProcessesTest, ParentsInACircleEnd) {
  child(301, 302);
  child(302, 301);
  EXPECT_EQ(rows_of({{301, 1}}), "others:1");
}

}  // namespace
}  // namespace joulepath::tools
