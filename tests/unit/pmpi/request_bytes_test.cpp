// The table of persistent requests, up to and beyond its capacity.
#include "pmpi/src/request_bytes.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>
#include <vector>

namespace joulepath::pmpi {
namespace {

TEST(RequestBytes, RememberedUntilForgotten) {
  EXPECT_EQ(bytes_of_request(0x5000), 0u);
  remember_request(0x5000, 123);
  EXPECT_EQ(bytes_of_request(0x5000), 123u);
  EXPECT_EQ(bytes_of_request(0x5008), 0u);
  remember_request(0x5000, 456);  // the MPI gave the handle to a new request
  EXPECT_EQ(bytes_of_request(0x5000), 456u);
  forget_request(0x5000);
  EXPECT_EQ(bytes_of_request(0x5000), 0u);
  forget_request(0x5010);
  EXPECT_EQ(bytes_of_request(0x5010), 0u);
}

TEST(RequestBytes, HandlesOfBothMpis) {
  remember_request(0, 1);
  remember_request(-1'476'395'008, 2);  // 0xa8000000 as MPICH's int
  EXPECT_EQ(bytes_of_request(0), 1u);
  EXPECT_EQ(bytes_of_request(-1'476'395'008), 2u);
}

TEST(RequestBytes, ThreadsRememberTheirOwn) {
  constexpr Arg kEach = 500;
  std::vector<std::thread> threads;
  for (Arg thread = 1; thread <= 4; ++thread)
    threads.emplace_back([thread] {
      for (Arg i = 0; i < kEach; ++i)
        remember_request(thread * 0x100000 + i * 64, static_cast<std::uint64_t>(thread * 1000 + i));
    });
  for (std::thread& thread : threads) thread.join();
  for (Arg thread = 1; thread <= 4; ++thread)
    for (Arg i = 0; i < kEach; ++i)
      ASSERT_EQ(bytes_of_request(thread * 0x100000 + i * 64),
                static_cast<std::uint64_t>(thread * 1000 + i));
}

// Last: it fills the table of this process.
TEST(RequestBytesFull, LaterRequestsAreUnknownAndNothingHangs) {
  constexpr Arg kMany = 60'000;
  constexpr Arg kBase = 0x7f0000000000;
  for (Arg i = 0; i < kMany; ++i)
    remember_request(kBase + i * 16, static_cast<std::uint64_t>(i) + 1);
  std::uint64_t known = 0;
  for (Arg i = 0; i < kMany; ++i) {
    const std::uint64_t bytes = bytes_of_request(kBase + i * 16);
    ASSERT_TRUE(bytes == 0 || bytes == static_cast<std::uint64_t>(i) + 1) << i;
    known += bytes != 0;
  }
  EXPECT_GT(known, 8000u);
  EXPECT_LT(known, 16'385u);
  forget_request(kBase + kMany * 16);
}

}  // namespace
}  // namespace joulepath::pmpi
