// Waits of an OpenMP thread, and the tasks that it does meanwhile.
#include "pmpi/src/openmp_tool.hpp"

#include <gtest/gtest.h>

namespace joulepath::pmpi {
namespace {

TEST(OpenMpPlace, ATaskInAWaitIsNoWait) {
  OpenMpPlace place{};
  EXPECT_EQ(place.innermost(), OpenMpPlace::kTask);
  place.push(5);
  EXPECT_EQ(place.innermost(), 5u);
  place.push(OpenMpPlace::kTask);
  EXPECT_EQ(place.innermost(), OpenMpPlace::kTask);
  place.push(6);  // a taskwait in it
  EXPECT_EQ(place.innermost(), 6u);
  place.end_wait();
  EXPECT_EQ(place.innermost(), OpenMpPlace::kTask);
  place.end_task();
  EXPECT_EQ(place.innermost(), 5u);
  place.end_wait();
  EXPECT_EQ(place.innermost(), OpenMpPlace::kTask);
}

TEST(OpenMpPlace, EndsWithoutABeginDoNothing) {
  OpenMpPlace place{};
  place.end_wait();
  place.end_task();
  EXPECT_EQ(place.innermost(), OpenMpPlace::kTask);
  place.push(5);
  place.push(OpenMpPlace::kTask);
  place.end_wait();  // the end of the task was not told
  EXPECT_EQ(place.innermost(), OpenMpPlace::kTask);
  place.push(5);
  place.end_wait();
  EXPECT_EQ(place.innermost(), OpenMpPlace::kTask);
}

TEST(OpenMpPlace, WhatGoesTooDeepIsCounted) {
  OpenMpPlace place{};
  for (std::uint32_t i = 0; i < OpenMpPlace::kDeepest + 10; ++i) place.push(i);
  EXPECT_EQ(place.innermost(), OpenMpPlace::kTask) << "not known any more";
  for (int i = 0; i < 10; ++i) place.end_wait();
  EXPECT_EQ(place.innermost(), OpenMpPlace::kDeepest - 1);
}

}  // namespace
}  // namespace joulepath::pmpi
