// The names of counters, as perf writes them, and sums of them.
#include "tools/recorder/counter_list.hpp"

#include <gtest/gtest.h>
#include <linux/perf_event.h>

#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::tools {
namespace {

class CounterList : public ::testing::Test {
 protected:
  CounterList() {
    const std::string cpu = "bus/event_source/devices/cpu/";
    sysfs_.write(cpu + "type", "4\n");
    sysfs_.write(cpu + "format/event", "config:0-7\n");
    sysfs_.write(cpu + "format/umask", "config:8-15\n");
    sysfs_.write(cpu + "events/loads", "event=0xd0,umask=0x81\n");
  }
  auto parse(std::string_view list) { return parse_counters(list, sysfs_.path()); }
  std::string error_of(std::string_view list) {
    const auto specs = parse(list);
    return specs ? "no error" : specs.error().message();
  }
  test::TemporaryFolder sysfs_;
};

TEST_F(CounterList, AutoAndNone) {
  const auto usual = parse("auto");
  ASSERT_TRUE(usual);
  ASSERT_EQ(usual->size(), 2u);
  EXPECT_EQ((*usual)[0].name, "instructions");
  EXPECT_EQ((*usual)[1].name, "cycles");
  EXPECT_EQ((*usual)[1].events[0].type, std::uint32_t{PERF_TYPE_HARDWARE});
  EXPECT_EQ((*usual)[1].events[0].config, std::uint64_t{PERF_COUNT_HW_CPU_CYCLES});
  EXPECT_TRUE(parse("none")->empty());
}

TEST_F(CounterList, EventsOfAPmuByTermsAndByName) {
  const auto specs = parse("cpu/event=0xc7,umask=0x10/, cpu/loads/ ,page-faults");
  ASSERT_TRUE(specs) << specs.error().message();
  ASSERT_EQ(specs->size(), 3u);
  EXPECT_EQ((*specs)[0].name, "cpu/event=0xc7,umask=0x10/");
  EXPECT_EQ((*specs)[0].events[0].type, 4u);
  EXPECT_EQ((*specs)[0].events[0].config, 0x10c7u);
  EXPECT_EQ((*specs)[1].events[0].config, 0x81d0u);
  EXPECT_FALSE((*specs)[2].events[0].in_kernel);
  EXPECT_TRUE((*parse("context-switches"))[0].events[0].in_kernel);
}

TEST_F(CounterList, ASumHasANameAndWeights) {
  const auto specs = parse("flop=cpu/event=0xc7,umask=1/+cpu/event=0xc7,umask=0x10/*4");
  ASSERT_TRUE(specs) << specs.error().message();
  ASSERT_EQ(specs->size(), 1u);
  EXPECT_EQ((*specs)[0].name, "flop");
  ASSERT_EQ((*specs)[0].events.size(), 2u);
  EXPECT_EQ((*specs)[0].events[0].weight, 1.0);
  EXPECT_EQ((*specs)[0].events[1].weight, 4.0);
}

TEST_F(CounterList, WhatThisMachineLacksIsNoError) {
  const auto specs = parse("gpu/event=1/,cpu/stores/,all=cpu/loads/+cpu/stores/,cycles");
  ASSERT_TRUE(specs) << specs.error().message();
  ASSERT_EQ(specs->size(), 4u);
  EXPECT_NE((*specs)[0].absent.find("no PMU 'gpu'"), std::string::npos);
  EXPECT_NE((*specs)[1].absent.find("no event 'stores'"), std::string::npos);
  EXPECT_EQ((*specs)[2].absent, (*specs)[1].absent);
  EXPECT_EQ((*specs)[3].absent, "");
}

TEST_F(CounterList, WhatIsWrongIsSaid) {
  EXPECT_NE(error_of("instrucions").find("'instrucions' is no event"), std::string::npos);
  EXPECT_NE(error_of("instructions,,cycles").find("names no event"), std::string::npos);
  EXPECT_NE(error_of("").find("names no event"), std::string::npos);
  EXPECT_NE(error_of("a=").find("names no event"), std::string::npos);
  EXPECT_NE(error_of("cpu/event=0x100/").find("no room"), std::string::npos);
  EXPECT_NE(error_of("cpu/edge=1/").find("no such term"), std::string::npos);
  EXPECT_NE(error_of("../../x/event=1/").find("is not PMU"), std::string::npos);
  EXPECT_NE(error_of("cycles*0").find("no weight"), std::string::npos);
  EXPECT_NE(error_of("cycles*nan").find("no weight"), std::string::npos);
  EXPECT_NE(error_of("cycles,cycles").find("twice"), std::string::npos);
}

}  // namespace
}  // namespace joulepath::tools
