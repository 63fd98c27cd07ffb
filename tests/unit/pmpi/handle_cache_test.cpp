// Sizes are asked once for each handle, and again after a handle was freed anywhere.
#include "pmpi/src/handle_cache.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/pmpi/fake_mpi.hpp"

namespace joulepath::pmpi {
namespace {

using fake_mpi::world;

class HandleCacheTest : public ::testing::Test {
 protected:
  HandleCacheTest() {
    world() = {};
    for (fake_mpi::Handle type = 1; type <= 200; ++type) world().types[type] = type * 10;
    world().comms[7] = {4, 1, -1, -1, 0};
  }
  std::unique_ptr<HandleCache> cache_ = std::make_unique<HandleCache>();
};

TEST_F(HandleCacheTest, FindsWhichMpiItIs) {
#ifdef JOULEPATH_FAKE_MPICH
  EXPECT_EQ(abi().kind, record::MpiAbi::kMpich);
  EXPECT_TRUE(abi().handles_are_int);
#else
  EXPECT_EQ(abi().kind, record::MpiAbi::kOpenMpi);
  EXPECT_FALSE(abi().handles_are_int);
#endif
}

TEST_F(HandleCacheTest, AsksOnce) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(cache_->type_size(5), 50u);
  EXPECT_EQ(world().type_queries, 1);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(cache_->comm(7).own, 4);
  EXPECT_EQ(world().comm_queries, 1);
}

TEST_F(HandleCacheTest, AsksAgainAfterATypeWasFreed) {
  EXPECT_EQ(cache_->type_size(5), 50u);
  world().types[5] = 8;  // freed, and the handle given to a new type
  EXPECT_EQ(cache_->type_size(5), 50u);
  type_generation.fetch_add(1);
  EXPECT_EQ(cache_->type_size(5), 8u);
  EXPECT_EQ(cache_->type_size(5), 8u);
  EXPECT_EQ(world().type_queries, 2);
}

TEST_F(HandleCacheTest, AsksAgainAfterACommunicatorWasFreed) {
  EXPECT_EQ(cache_->comm(7).peers, 4);
  world().comms[7] = {2, 0, 9, -1, 0};
  type_generation.fetch_add(1);
  EXPECT_EQ(cache_->comm(7).peers, 4);
  comm_generation.fetch_add(1);
  EXPECT_EQ(cache_->comm(7).peers, 9);
  EXPECT_EQ(cache_->comm(7).own, 2);
  EXPECT_TRUE(cache_->comm(7).inter);
}

TEST_F(HandleCacheTest, FreedInOneThreadHoldsForAllCaches) {
  HandleCache other{};
  EXPECT_EQ(other.type_size(5), 50u);
  EXPECT_EQ(cache_->type_size(5), 50u);
  world().types[5] = 16;
  type_generation.fetch_add(1);
  EXPECT_EQ(other.type_size(5), 16u);
  EXPECT_EQ(cache_->type_size(5), 16u);
}

TEST_F(HandleCacheTest, MoreHandlesThanSlots) {
  for (int round = 0; round < 3; ++round)
    for (Arg type = 1; type <= 200; ++type)
      ASSERT_EQ(cache_->type_size(type), static_cast<std::uint64_t>(type) * 10);
}

TEST_F(HandleCacheTest, NullHandleIsNoEmptySlot) {
  world().types[0] = 77;
  EXPECT_EQ(cache_->type_size(0), 77u);
}

TEST_F(HandleCacheTest, SizesBeyondAnInt) {
  world().types[5] = 6'000'000'000;
  EXPECT_EQ(cache_->type_size(5), 6'000'000'000u);
  world().types[6] = -32766;  // MPI_UNDEFINED: does not fit
  EXPECT_EQ(cache_->type_size(6), 0u);
}

}  // namespace
}  // namespace joulepath::pmpi
