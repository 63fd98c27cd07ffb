// Which GPUs a process may use, by its files in a made-up /proc.
#include "tools/recorder/process_gpus.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::tools {
namespace {

using sensors::FoundGpu;

class ProcessGpusTest : public ::testing::Test {
 protected:
  /// Entries end with a zero byte, as the kernel shows them.
  UsableGpus of(const std::vector<std::string>& environ, const std::string& group = "0::/job\n") {
    write("7/cgroup", group);
    std::string text;
    for (const std::string& entry : environ) text += entry + '\0';
    write("7/environ", text);
    return ProcessGpus(gpus_, proc_.path()).of(7);
  }
  void write(const std::string& file, const std::string& text) {
    std::filesystem::create_directories((proc_.path() / file).parent_path());
    std::ofstream(proc_.path() / file, std::ios::binary) << text;
  }
  void SetUp() override { write("self/cgroup", "0::/job\n"); }

  test::TemporaryFolder proc_;
  std::vector<FoundGpu> gpus_{{"nvml", {"GPU-b", "0000:c1:00.0", "V100"}},
                              {"nvml", {"GPU-a", "0000:0a:00.0", "V100"}}};
};

TEST_F(ProcessGpusTest, ByIndexAlongTheBusAndByUuid) {
  const UsableGpus first = of({"A=1", "CUDA_VISIBLE_DEVICES=0", "CUDA_VISIBLE_DEVICES_X=1"});
  EXPECT_EQ(first.gpus, "0000:0a:00.0");
  EXPECT_EQ(first.reason, "");
  EXPECT_EQ(of({"CUDA_VISIBLE_DEVICES=GPU-b"}).gpus, "0000:c1:00.0");
  EXPECT_EQ(of({"CUDA_VISIBLE_DEVICES="}).gpus, "");
  EXPECT_EQ(of({}).gpus, "0000:c1:00.0,0000:0a:00.0");
  EXPECT_EQ(of({}).reason, "");
}

TEST_F(ProcessGpusTest, WhatCannotBeToldIsAllWithAReason) {
  const UsableGpus mig = of({"CUDA_VISIBLE_DEVICES=MIG-1"});
  EXPECT_EQ(mig.gpus, "0000:c1:00.0,0000:0a:00.0");
  EXPECT_NE(mig.reason.find("MIG"), std::string::npos);
  const UsableGpus gone = ProcessGpus(gpus_, proc_.path()).of(8);
  EXPECT_EQ(gone.gpus, mig.gpus);
  EXPECT_NE(gone.reason.find("environment"), std::string::npos);
}

// A group may let it open other devices than the recorder sees, which indices then count.
TEST_F(ProcessGpusTest, AnotherControlGroupLeavesOnlyUuids) {
  const std::string other = "0::/job/task_1\n";
  const UsableGpus index = of({"CUDA_VISIBLE_DEVICES=0"}, other);
  EXPECT_EQ(index.gpus, "0000:c1:00.0,0000:0a:00.0");
  EXPECT_NE(index.reason.find("control group"), std::string::npos);
  EXPECT_NE(of({}, other).reason, "");
  EXPECT_EQ(of({"CUDA_VISIBLE_DEVICES=GPU-a"}, other).gpus, "0000:0a:00.0");
  EXPECT_EQ(of({"CUDA_VISIBLE_DEVICES=GPU-a"}, other).reason, "");
  write("self/cgroup", "4:cpu:/x\n3:devices:/job\n0::/x\n");
  EXPECT_EQ(of({"CUDA_VISIBLE_DEVICES=0"}, "4:cpu:/y\n3:devices:/job\n0::/y\n").reason, "");
  EXPECT_NE(of({"CUDA_VISIBLE_DEVICES=0"}, "3:devices:/job/1\n0::/x\n").reason, "");
}

TEST_F(ProcessGpusTest, OfNoVendorsLibraryAllUnlessSomeVariableLimits) {
  gpus_ = {{"hwmon", {"", "0000:03:00.0", "amdgpu"}}};
  EXPECT_EQ(of({}).gpus, "0000:03:00.0");
  EXPECT_EQ(of({}).reason, "");
  EXPECT_EQ(of({"HIP_VISIBLE_DEVICES=1"}).gpus, "0000:03:00.0");
  EXPECT_NE(of({"HIP_VISIBLE_DEVICES=1"}).reason, "");
}

TEST_F(ProcessGpusTest, TheVendorsLibraryKnowsAGpuBetterThanOthers) {
  gpus_.insert(gpus_.begin(), {"hwmon", {"", "0000:0a:00.0", "card"}});
  EXPECT_EQ(of({"CUDA_VISIBLE_DEVICES=1"}).gpus, "0000:c1:00.0");
}

}  // namespace
}  // namespace joulepath::tools
