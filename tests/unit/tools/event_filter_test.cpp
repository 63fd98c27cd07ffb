#include "tools/recorder/event_filter.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/record/functions.hpp"

namespace joulepath::tools {
namespace {

std::uint32_t key(std::string_view name) {
  const auto& rows = record::function_rows();
  return std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.name == name; })
      ->function;
}

TEST(EventFilterTest, LetsEverythingThroughUnlessAsked) {
  EXPECT_TRUE(EventFilter().all());
  const auto none = EventFilter::make("", 0, "");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->all());
}

TEST(EventFilterTest, OnlyTheseFunctionsOrAllButThese) {
  const auto only = EventFilter::make("MPI_Send, MPI_Recv", 0, "");
  ASSERT_TRUE(only);
  EXPECT_TRUE(only->lets_through(key("MPI_Recv"), 0, ""));
  EXPECT_FALSE(only->lets_through(key("MPI_Iprobe"), 0, ""));
  const auto without = EventFilter::make("!MPI_Iprobe", 0, "");
  ASSERT_TRUE(without);
  EXPECT_TRUE(without->lets_through(key("MPI_Recv"), 0, ""));
  EXPECT_FALSE(without->lets_through(key("MPI_Iprobe"), 0, ""));
}

TEST(EventFilterTest, LongCallsInPhases) {
  const auto filter = EventFilter::make("", 1000, "solve,io/write");
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->lets_through(key("MPI_Recv"), 1000, "solve/exchange"));
  EXPECT_TRUE(filter->lets_through(key("MPI_Recv"), 1000, "io/write"));
  EXPECT_FALSE(filter->lets_through(key("MPI_Recv"), 999, "solve"));
  EXPECT_FALSE(filter->lets_through(key("MPI_Recv"), 1000, "solver"));
  EXPECT_FALSE(filter->lets_through(key("MPI_Recv"), 1000, "io"));
  EXPECT_FALSE(filter->lets_through(key("MPI_Recv"), 1000, ""));
}

TEST(EventFilterTest, NamesAFunctionThatThereIsNot) {
  const auto bad = EventFilter::make("MPI_Send,MPI_Sned", 0, "");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, base::Errc::kUsage);
  EXPECT_NE(bad.error().what.find("MPI_Sned"), std::string::npos);
}

}  // namespace
}  // namespace joulepath::tools
