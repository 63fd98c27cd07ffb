// Where CPUs sit, and which they are, from text as the kernel writes it.
#include "sensors/api/cpu_topology.hpp"

#include <gtest/gtest.h>

#include "sensors/api/cpu_model.hpp"
#include "sensors/api/privilege.hpp"
#include "tests/unit/sensors/fake.hpp"

namespace joulepath::sensors {
namespace {

TEST(CpuTopology, WhereTheOnlineCpusSit) {
  const Tree tree;
  const auto topology = [&](int cpu, const char* package, const char* die, const char* core) {
    const std::string dir = "sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
    tree.write(dir + "physical_package_id", package);
    tree.write(dir + "die_id", die);
    tree.write(dir + "core_id", core);
  };
  tree.write("sys/devices/system/cpu/online", "0,2-3\n");
  topology(0, "0\n", "0\n", "4\n");
  topology(1, "7\n", "7\n", "7\n");
  topology(2, "0\n", "1\n", "5\n");
  const auto cpus = online_cpus(tree.at("sys"));
  ASSERT_TRUE(cpus);
  ASSERT_EQ(cpus->size(), 3u);
  EXPECT_EQ((*cpus)[1].cpu, 2);
  EXPECT_EQ((*cpus)[1].die, 1);
  EXPECT_EQ((*cpus)[0].core, 4);
  EXPECT_EQ((*cpus)[2].package, -1) << "it does not say";
  EXPECT_EQ(one_for_each(Extent::kPackage, *cpus).size(), 2u);
  EXPECT_EQ(one_for_each(Extent::kDie, *cpus).size(), 3u);
  EXPECT_EQ(device_name((*cpus)[0], *cpus), "package-0-die-0");
  EXPECT_EQ(device_name((*cpus)[0], {(*cpus)[0]}), "package-0");
  EXPECT_FALSE(online_cpus(tree.at("elsewhere")));
}

TEST(CpuModelText, OfTheFirstCpu) {
  const CpuModel model = parse_cpu_model(
      "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
      "model name\t: Xeon: Gold\n\nprocessor\t: 1\nvendor_id\t: Other\nmodel\t: 1\n");
  EXPECT_EQ(model.vendor, CpuVendor::kIntel);
  EXPECT_EQ(model.family, 6);
  EXPECT_EQ(model.model, 85);
  EXPECT_EQ(model.text(), "GenuineIntel family 6 model 85");
  EXPECT_EQ(parse_cpu_model("vendor_id : HygonGenuine\n").vendor, CpuVendor::kAmd);
  EXPECT_EQ(parse_cpu_model("CPU implementer : 0x41\n").vendor, CpuVendor::kOther);
  EXPECT_EQ(parse_cpu_model("vendor_id: GenuineIntel\nmodel : x\n").model, -1);
}

TEST(Privilege, CapabilitiesOfThisProcess) {
  const Tree tree;
  const auto proc = tree.at("proc");
  EXPECT_EQ(held(proc, Capability::kPerfmon), Held::kUnknown);
  tree.write("proc/self/status", "Name:\tx\nCapEff:\t0000004000000000\nCapBnd:\t0\n");
  EXPECT_EQ(held(proc, Capability::kPerfmon), Held::kYes);
  EXPECT_EQ(held(proc, Capability::kSysRawio), Held::kNo);
  tree.write("proc/self/status", "Name:\tx\nCapEff:\t0000000000020000\n");
  EXPECT_EQ(held(proc, Capability::kSysRawio), Held::kYes);
  tree.write("proc/self/status", "Name:\tx\nCapEff:\tgarbage\n");
  EXPECT_EQ(held(proc, Capability::kSysRawio), Held::kUnknown);
}

}  // namespace
}  // namespace joulepath::sensors
