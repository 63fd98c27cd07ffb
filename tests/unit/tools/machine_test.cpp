// Places of CPU sets on a machine with two sockets and four dies, from a
// topology file (tests/nodes/topologies).
#include "tools/recorder/machine.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::tools {
namespace {

using base::Errc;

const std::string kTopology =
    std::string(JOULEPATH_SOURCE_DIR) + "/tests/nodes/topologies/server-2s-4gpu.xml";

CpuSet cpus(std::initializer_list<unsigned> numbers) {
  CpuSet set{};
  for (const unsigned number : numbers) set[number / 64] |= std::uint64_t{1} << (number % 64);
  return set;
}

Machine server() {
  auto machine = Machine::load(kTopology);
  EXPECT_TRUE(machine) << machine.error().message();
  return *std::move(machine);
}

TEST(CpuSet, AsAList) {
  EXPECT_EQ(to_list({}), "");
  EXPECT_EQ(to_list(cpus({0, 1, 2, 3, 8})), "0-3,8");
  EXPECT_EQ(to_list(cpus({63, 64, 1023})), "63-64,1023");
}

TEST(Machine, Counts) {
  const Machine machine = server();
  EXPECT_EQ(machine.sockets(), 2);
  EXPECT_EQ(machine.cpus(), 16);
  EXPECT_EQ(machine.cpu_model(), "Joulepath Test CPU");
}

TEST(Machine, OneCoreOfTheSecondSocket) {
  // A core's two threads are n and n + 8, and two cores make a die.
  const Places places = server().places(cpus({6, 14}));
  EXPECT_EQ(places.sockets, "1");
  EXPECT_EQ(places.dies, "1:1");
  EXPECT_EQ(places.numa, "1");
}

TEST(Machine, SetThatSpansSockets) {
  const Places places = server().places(cpus({2, 3, 4}));
  EXPECT_EQ(places.sockets, "0,1");
  EXPECT_EQ(places.dies, "0:1,1:0");
  EXPECT_EQ(places.numa, "0,1");
}

TEST(Machine, CpusThatTheMachineDoesNotHave) {
  const Places places = server().places(cpus({200}));
  EXPECT_EQ(places.sockets + places.dies + places.numa, "");
}

TEST(Machine, ExportOpensAgain) {
  const test::TemporaryFolder folder;
  const auto again = Machine::load(folder.write("again.xml", server().xml()));
  ASSERT_TRUE(again) << again.error().message();
}

TEST(Machine, ThisOne) {
  const auto machine = Machine::load({});
  ASSERT_TRUE(machine) << machine.error().message();
  EXPECT_GE(machine->cpus(), 1);
  EXPECT_NE(machine->xml().find("<topology"), std::string::npos);
}

TEST(Machine, FilesThatAreNoTopology) {
  const test::TemporaryFolder folder;
  const auto missing = Machine::load(folder.path() / "none.xml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::kNotFound);
  for (const char* text : {"", "not xml at all", "<?xml version=\"1.0\"?><other/>",
                           "<topology version=\"2.0\"><object type=\"Machine\""}) {
    const auto file = folder.write("bad.xml", text);
    const auto bad = Machine::load(file);
    ASSERT_FALSE(bad) << text;
    EXPECT_EQ(bad.error().code, Errc::kFormat) << text;
    EXPECT_NE(bad.error().message().find("bad.xml"), std::string::npos);
    EXPECT_NE(bad.error().message().find("lstopo"), std::string::npos);
  }
}

}  // namespace
}  // namespace joulepath::tools
