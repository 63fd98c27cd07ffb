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
    return ProcessGpus(gpus_, proc_.path(), proc_.path() / "sys").of(7);
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

constexpr const char* kTask = "3:devices:/slurm/job_1/task_0\n0::/x\n";

/// Version 1 of control groups, as Slurm sets it up with ConstrainDevices.
class ProcessGpusInItsOwnGroup : public ProcessGpusTest {
 protected:
  void SetUp() override {
    gpus_ = {{"nvml", {"GPU-c", "0000:c1:00.0", "V100"}},
             {"nvml", {"GPU-a", "0000:0a:00.0", "V100"}},
             {"nvml", {"GPU-b", "0000:0b:00.0", "V100"}}};
    write("self/cgroup", "3:devices:/slurm\n0::/x\n");
    // Minor numbers need not follow the bus.
    minor("0000:0a:00.0", "2");
    minor("0000:0b:00.0", "0");
    minor("0000:c1:00.0", "1");
    write(group_ + "cgroup.procs", "6\n7\n");
  }
  void minor(const std::string& pci, const std::string& number) {
    write(
        "driver/nvidia/gpus/" + pci + "/information",
        "Model: \t\t V100\nIRQ:   \t\t 90\nDevice Minor: \t " + number + "\nGPU Excluded:\t No\n");
  }
  UsableGpus with(const std::string& list, const std::vector<std::string>& environ) {
    write(group_ + "devices.list", list);
    return of(environ, kTask);
  }
  const std::string group_ = "sys/fs/cgroup/devices/slurm/job_1/task_0/";
  const std::string all_ = "0000:c1:00.0,0000:0a:00.0,0000:0b:00.0";
};

TEST_F(ProcessGpusInItsOwnGroup, IndicesCountWhatItLetsThrough) {
  const std::string two = "c 1:3 rwm\nc 195:255 rw\nc 195:0 rw\nc 195:1 rw\n";
  EXPECT_EQ(with(two, {"CUDA_VISIBLE_DEVICES=0"}).gpus, "0000:0b:00.0");
  EXPECT_EQ(with(two, {"CUDA_VISIBLE_DEVICES=1"}).gpus, "0000:c1:00.0");
  EXPECT_EQ(with(two, {"CUDA_VISIBLE_DEVICES=0,1"}).gpus, "0000:c1:00.0,0000:0b:00.0");
  EXPECT_EQ(with(two, {}).gpus, "0000:c1:00.0,0000:0b:00.0");
  EXPECT_EQ(with(two, {}).reason, "");
  EXPECT_EQ(with("c 195:2 rwm\n", {"CUDA_VISIBLE_DEVICES=0"}).gpus, "0000:0a:00.0");
}

TEST_F(ProcessGpusInItsOwnGroup, TheWholeKindOrNothing) {
  for (const char* list : {"a *:* rwm\n", "c 195:* rw\n", "c 195:* r\nc *:* w\n"}) {
    EXPECT_EQ(with(list, {"CUDA_VISIBLE_DEVICES=2"}).gpus, "0000:c1:00.0") << list;
    EXPECT_EQ(with(list, {}).gpus, all_) << list;
  }
  for (const char* list :
       {"", "c *:* m\nb *:* m\n", "c 195:* r\n", "b 195:0 rwm\n", "c 19:0 rwm\n"})
    EXPECT_EQ(with(list, {}).gpus, "") << list;
}

TEST_F(ProcessGpusInItsOwnGroup, WhatCannotBeToldIsAllWithAReason) {
  const auto expect_all = [&](const UsableGpus& usable, const char* why) {
    EXPECT_EQ(usable.gpus, all_) << why;
    EXPECT_NE(usable.reason.find("another control group"), std::string::npos) << why;
    EXPECT_NE(usable.reason.find(why), std::string::npos) << usable.reason;
  };
  const std::vector<std::string> first{"CUDA_VISIBLE_DEVICES=0"};
  expect_all(of(first, "0::/slurm/job_1/task_0\n"), "version 2");
  expect_all(of(first, kTask), "devices.list");
  expect_all(with("c 195:7 rw\nc 195:0 rw\n", first), "minor number 7");
  write(group_ + "cgroup.procs", "17\n");
  expect_all(with("c 195:0 rw\n", first), "not the group of the process");
  write(group_ + "cgroup.procs", "7\n");
  gpus_.pop_back();  // the library does not list what the group lets through
  const UsableGpus usable = with("c 195:0 rw\nc 195:1 rw\n", first);
  EXPECT_EQ(usable.gpus, "0000:c1:00.0,0000:0a:00.0");
  EXPECT_NE(usable.reason, "");
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
