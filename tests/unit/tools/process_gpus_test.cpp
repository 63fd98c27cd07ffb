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
    return ProcessGpus(gpus_, {proc_.path(), proc_.path() / "sys"}).of(7, answers_);
  }
  void write(const std::string& file, const std::string& text) {
    std::filesystem::create_directories((proc_.path() / file).parent_path());
    std::ofstream(proc_.path() / file, std::ios::binary) << text;
  }
  void SetUp() override { write("self/cgroup", "0::/job\n"); }

  test::TemporaryFolder proc_;
  record::DeviceAnswers answers_{};
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
  const UsableGpus gone = ProcessGpus(gpus_, {proc_.path(), proc_.path() / "sys"}).of(8, {});
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
  EXPECT_EQ(of({"CUDA_VISIBLE_DEVICES=0"}, "4:cpu:/y\n3:devices:/job\n0::/x\n").reason, "");
  EXPECT_NE(of({"CUDA_VISIBLE_DEVICES=0"}, "4:cpu:/x\n3:devices:/job\n0::/y\n").reason, "");
  EXPECT_NE(of({"CUDA_VISIBLE_DEVICES=0"}, "3:devices:/job/1\n0::/x\n").reason, "");
}

/// As Slurm sets it up with ConstrainDevices. The numbers of device files need not follow the bus.
class ProcessGpusInItsOwnGroup : public ProcessGpusTest {
 protected:
  UsableGpus with(const record::DeviceAnswers& answers, const std::vector<std::string>& environ) {
    answers_ = answers;
    return of(environ, "0::/slurm/job_1/task_0\n");
  }
  void expect_all(const record::DeviceAnswers& answers, const char* why) {
    const UsableGpus usable = with(answers, {"CUDA_VISIBLE_DEVICES=0"});
    EXPECT_EQ(usable.gpus, all_) << why;
    EXPECT_NE(usable.reason.find("another control group"), std::string::npos) << why;
    EXPECT_NE(usable.reason.find(why), std::string::npos) << usable.reason;
  }
  std::string all_;
};

class NvidiaInItsOwnGroup : public ProcessGpusInItsOwnGroup {
 protected:
  void SetUp() override {
    ProcessGpusTest::SetUp();
    gpus_ = {{"nvml", {"GPU-c", "0000:c1:00.0", "V100"}},
             {"nvml", {"GPU-a", "0000:0a:00.0", "V100"}},
             {"nvml", {"GPU-b", "0000:0b:00.0", "V100"}}};
    all_ = "0000:c1:00.0,0000:0a:00.0,0000:0b:00.0";
    minor("0000:0a:00.0", "2");
    minor("0000:0b:00.0", "0");
    minor("0000:c1:00.0", "1");
  }
  void minor(const std::string& pci, const std::string& number) {
    write(
        "driver/nvidia/gpus/" + pci + "/information",
        "Model: \t\t V100\nIRQ:   \t\t 90\nDevice Minor: \t " + number + "\nGPU Excluded:\t No\n");
  }
};

TEST_F(NvidiaInItsOwnGroup, IndicesCountWhatItLetsThrough) {
  const record::DeviceAnswers two{0b011, 0b100, 0, 0};
  EXPECT_EQ(with(two, {"CUDA_VISIBLE_DEVICES=0"}).gpus, "0000:0b:00.0");
  EXPECT_EQ(with(two, {"CUDA_VISIBLE_DEVICES=1"}).gpus, "0000:c1:00.0");
  EXPECT_EQ(with(two, {"CUDA_VISIBLE_DEVICES=0,1"}).gpus, "0000:c1:00.0,0000:0b:00.0");
  EXPECT_EQ(with(two, {}).gpus, "0000:c1:00.0,0000:0b:00.0");
  EXPECT_EQ(with(two, {}).reason, "");
  EXPECT_EQ(with({0b100, 0b011, 0, 0}, {"CUDA_VISIBLE_DEVICES=0"}).gpus, "0000:0a:00.0");
  EXPECT_EQ(with({0b111, 0, 0, 0}, {"CUDA_VISIBLE_DEVICES=2"}).gpus, "0000:c1:00.0");
  const UsableGpus none = with({0, 0b111, 0, 0}, {});
  EXPECT_EQ(none.gpus, "");
  EXPECT_EQ(none.reason, "");
}

// The kernel's answer is the process's own: it counts in whatever group it is.
TEST_F(NvidiaInItsOwnGroup, OrInTheRecorders) {
  answers_ = {0b011, 0b100, 0, 0};
  EXPECT_EQ(of({"CUDA_VISIBLE_DEVICES=0"}).gpus, "0000:0b:00.0");
  answers_ = {};
  EXPECT_EQ(of({"CUDA_VISIBLE_DEVICES=0"}).gpus, "0000:0a:00.0");
  EXPECT_EQ(of({"CUDA_VISIBLE_DEVICES=0"}).reason, "");
}

TEST_F(NvidiaInItsOwnGroup, WhatCannotBeToldIsAllWithAReason) {
  expect_all({}, "/dev/nvidia");
  expect_all({0b011, 0, 0, 0}, "/dev/nvidia2: is not there");
  expect_all({0, 0, 0b111, 0b111}, "/dev/nvidia");
  minor("0000:0a:00.0", "64");  // beyond what is asked
  expect_all({0b011, ~0b011ull, 0, 0}, "/dev/nvidia64");
  minor("0000:0a:00.0", "N/A");
  expect_all({0b111, 0, 0, 0}, "minor number");
  minor("0000:0a:00.0", "2");
  gpus_.pop_back();  // the library does not list what the group lets through
  const UsableGpus usable = with({0b011, 0b100, 0, 0}, {"CUDA_VISIBLE_DEVICES=0"});
  EXPECT_EQ(usable.gpus, "0000:c1:00.0,0000:0a:00.0");
  EXPECT_NE(usable.reason, "");
  gpus_.push_back({"nvml", {"GPU-d", "0000:d1:00.0", "V100"}});  // nothing is told of it
  EXPECT_NE(with({0b111, 0, 0, 0}, {}).reason, "");
  gpus_.pop_back();
  std::filesystem::remove_all(proc_.path() / "driver");
  all_ = usable.gpus;
  expect_all({0b111, 0, 0, 0}, "cannot list");
}

/// GPUs of AMD and Intel, which have render device files.
class RenderInItsOwnGroup : public ProcessGpusInItsOwnGroup {
 protected:
  void SetUp() override {
    ProcessGpusTest::SetUp();
    gpus_ = {{"rocm", {"", "0000:03:00.0", "MI210"}},
             {"rocm", {"", "0000:c1:00.0", "MI210"}},
             {"levelzero", {"", "0000:4d:00.0", "Max"}}};
    all_ = "0000:03:00.0,0000:c1:00.0,0000:4d:00.0";
    render("128", "pci0000:00/0000:c1:00.0", "0x1002\n");
    render("129", "pci0000:00/0000:4d:00.0", "0x8086\n");
    render("130", "pci0000:00/0000:03:00.0", "0x1002\n");
    render("131", "pci0000:00/0000:0a:00.0", "0x10de\n");  // nvidia-drm's: not asked about
  }
  void render(const std::string& number, const std::string& device, const std::string& vendor) {
    const std::string node = "sys/devices/" + device + "/drm/renderD" + number;
    if (!vendor.empty()) write("sys/devices/" + device + "/vendor", vendor);
    write(node + "/dev", "226:" + number + "\n");
    std::filesystem::create_symlink("../..", proc_.path() / node / "device");
    std::filesystem::create_directories(proc_.path() / "sys/class/drm");
    std::filesystem::create_symlink(proc_.path() / node,
                                    proc_.path() / "sys/class/drm" / ("renderD" + number));
  }
};

TEST_F(RenderInItsOwnGroup, IndicesCountWhatItLetsThrough) {
  const record::DeviceAnswers one_of_each{0, 0, 0b0011, 0b0100};
  EXPECT_EQ(with(one_of_each, {}).gpus, "0000:c1:00.0,0000:4d:00.0");
  EXPECT_EQ(with(one_of_each, {}).reason, "");
  EXPECT_EQ(with(one_of_each, {"ROCR_VISIBLE_DEVICES=0"}).gpus, "0000:c1:00.0,0000:4d:00.0");
  EXPECT_EQ(with({0, 0, 0b100, 0b011}, {"HIP_VISIBLE_DEVICES=0"}).gpus, "0000:03:00.0");
  EXPECT_EQ(with({0, 0, 0b101, 0b010}, {"ZE_AFFINITY_MASK=0"}).gpus, "0000:03:00.0,0000:c1:00.0");
}

TEST_F(RenderInItsOwnGroup, WhatCannotBeToldIsAllWithAReason) {
  expect_all({}, "/dev/dri/renderD");
  expect_all({0b111, 0b111, 0, 0}, "/dev/dri/renderD");
  const UsableGpus intel_told = with({0, 0, 0b010, 0b001}, {});
  EXPECT_EQ(intel_told.gpus, all_);
  EXPECT_NE(intel_told.reason.find("renderD130"), std::string::npos) << intel_told.reason;
  render("132", "platform/amdgpu_xcp_0", "");
  expect_all({0, 0, 0b111, 0}, "partition");
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
