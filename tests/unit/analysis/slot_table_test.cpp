#include "core/analysis/slot_table.hpp"

#include <gtest/gtest.h>

#include "small_trace.hpp"

namespace joulepath::analysis {
namespace {

TEST(ParseSockets, ListsAndGarbage) {
  EXPECT_EQ(parse_sockets("1,0,1"), (std::vector<int>{0, 1}));
  EXPECT_EQ(parse_sockets(""), std::vector<int>{});
  EXPECT_EQ(parse_sockets("x,,3"), std::vector<int>{3});
}

TEST(SlotTable, ProcessOnSeveralSocketsIsSharedEqually) {
  testing::SmallTrace trace;
  trace.add_rank(0, "0");
  trace.add_rank(1, "0,1");
  const SlotTable table(trace.run, trace.node, {0, 1});
  ASSERT_EQ(table.scopes_of(0).size(), 2u);  // the node and socket 0
  EXPECT_EQ(table.scopes_of(0)[1].part, 1.0);
  ASSERT_EQ(table.scopes_of(1).size(), 3u);
  EXPECT_EQ(table.scopes_of(1)[1].part, 0.5);
  EXPECT_EQ(table.scopes_of(1)[2].part, 0.5);
}

TEST(SlotTable, UnknownSocketsMeanAny) {
  testing::SmallTrace trace;
  trace.add_rank(0, "");
  const SlotTable table(trace.run, trace.node, {0, 1});
  EXPECT_EQ(table.scopes_of(0).size(), 3u);
  EXPECT_TRUE(table.scope_has_process(2));
}

TEST(SlotTable, RowsBeyondTheTablesHaveNoSlot) {
  testing::SmallTrace trace;
  trace.add_rank(0, "0");
  SlotTable table(trace.run, trace.node, {0});
  EXPECT_FALSE(table.slot_of(1, 0));
  EXPECT_FALSE(table.slot_of(0, 6));
  EXPECT_EQ(table.slot_of(0, 5), table.slot_of(0, 5));
  EXPECT_EQ(table.slots().size(), 1u);
}

TEST(SlotTable, CellWithUnknownFunctionIsOtherClass) {
  testing::SmallTrace trace;
  trace.add_rank(0, "0");
  trace.node.cells.push_back({6, 9, 99});
  SlotTable table(trace.run, trace.node, {0});
  const auto slot = table.slot_of(0, 6);
  ASSERT_TRUE(slot);
  for (const std::uint32_t group : table.slots()[*slot].groups)
    EXPECT_LT(group, table.groups().count);
}

}  // namespace
}  // namespace joulepath::analysis
