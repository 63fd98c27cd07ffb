// Cores and their CPUs, as hwloc tells of them.
#include "core/analysis/cpu_cores.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace joulepath::analysis {
namespace {

std::string two_sockets() {
  std::ifstream file(JOULEPATH_SOURCE_DIR "/tests/nodes/topologies/server-2s-4gpu.xml");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

constexpr const char* kTwoDies = R"(<?xml version="1.0"?><topology version="2.0">
<object type="Machine" os_index="0"><object type="Package" os_index="1" cpuset="0x3">
<info name="CPUModel" value="&lt;none>"/>
<object type="Die" os_index="0"><object type="Core" os_index="3"><object type="PU" os_index="0"/>
<object type="PU" os_index="4"/></object></object>
<object type="Die" os_index="1"><object type="Core" os_index="3" cpuset="0x2">
<object type="PU" cpuset="0x2" os_index="1"/></object></object>
</object></object></topology>)";

TEST(CpuCores, OfARealExport) {
  const CpuCores cores(two_sockets());
  ASSERT_GT(cores.count(), 1u);
  const auto first = cores.of_cpu(0);
  ASSERT_TRUE(first);
  EXPECT_EQ(cores.of_device("package-0/core-0"), first);
  EXPECT_EQ(cores.package_of(*first), 0);
  EXPECT_FALSE(cores.of_cpu(1000));
}

TEST(CpuCores, HardwareThreadsShareACore) {
  const CpuCores cores(kTwoDies);
  ASSERT_EQ(cores.count(), 2u);
  EXPECT_EQ(cores.of_cpu(0), cores.of_cpu(4));
  EXPECT_NE(cores.of_cpu(0), cores.of_cpu(1));
}

TEST(CpuCores, OneNameForTwoCoresIsNone) {
  const CpuCores cores(kTwoDies);
  EXPECT_FALSE(cores.of_device("package-1/core-3")) << "one in each die";
  EXPECT_EQ(cores.of_device("package-1/core-0-3"), cores.of_cpu(0));
  EXPECT_EQ(cores.of_device("package-1/core-1-3"), cores.of_cpu(1));
}

TEST(CpuCores, OtherDevicesAreNone) {
  const CpuCores cores(kTwoDies);
  for (const char* device : {"package-1", "package-1/pp0", "package-1/core-", "package-1/core-x",
                             "package-0/core-3", "core-3", ""})
    EXPECT_FALSE(cores.of_device(device)) << device;
}

TEST(CpuCores, NoTopologyNoCores) {
  for (const char* text : {"", "<topology/>", "<object type=\"Core\"", "</object></object>"})
    EXPECT_FALSE(CpuCores(text).of_cpu(0)) << text;
}

TEST(CpuCores, ListsOfCpus) {
  EXPECT_EQ(parse_cpus("0-2,8"), (std::vector<std::int32_t>{0, 1, 2, 8}));
  EXPECT_EQ(parse_cpus(""), std::vector<std::int32_t>{});
  EXPECT_EQ(parse_cpus("x,3,-1,1-"), std::vector<std::int32_t>{3});
}

}  // namespace
}  // namespace joulepath::analysis
