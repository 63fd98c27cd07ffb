// Times in steps that pack well: no sum is ever off by a step.
#include "tools/recorder/whole_steps.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace joulepath::tools {
namespace {

TEST(WholeSteps, WhatIsLeftOverComesWithTheNext) {
  WholeSteps steps;
  EXPECT_EQ(steps.take(1023), 0u);
  EXPECT_EQ(steps.take(1), 1024u);
  EXPECT_EQ(steps.take(5000), 4096u);
  EXPECT_EQ(steps.take_rest(), 904u);
  EXPECT_EQ(steps.take_rest(), 0u);
}

TEST(WholeSteps, SumsAreExact) {
  WholeSteps steps;
  std::uint64_t told = 0;
  std::uint64_t got = 0;
  for (std::uint64_t i = 1; i < 10'000; ++i) {
    const std::uint64_t ns = i * i * 2'654'435'761u % 20'000'000;
    told += ns;
    const std::uint64_t whole = steps.take(ns);
    EXPECT_EQ(whole % WholeSteps::kStep_ns, 0u);
    got += whole;
    ASSERT_LE(got, told);
    ASSERT_LT(told - got, WholeSteps::kStep_ns);
  }
  EXPECT_EQ(got + steps.take_rest(), told);
}

}  // namespace
}  // namespace joulepath::tools
