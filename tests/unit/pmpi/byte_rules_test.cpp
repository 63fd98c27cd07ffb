// Every byte rule of pmpi/gen/README.md, on a fake MPI of both handle widths. Arguments
// that are not significant hold kWild, at which a read would crash.
#include "pmpi/src/byte_rules.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>
#include <memory>
#include <vector>

#include "tests/unit/pmpi/fake_mpi.hpp"

namespace joulepath::pmpi {
namespace {

using fake_mpi::kInPlace;
using fake_mpi::kProcNull;
using fake_mpi::kRoot;
using fake_mpi::world;

constexpr Arg kWild = 0x13;  // no address, no handle that the fake MPI knows, a bad count
constexpr fake_mpi::Handle kInt = 0x4c000405, kDouble = 0x4c00080b, kPair = 0x4c00100c;
constexpr fake_mpi::Handle kWorld = 0x44000000, kInter = 0x44000001, kGrid = 0x44000002,
                           kGraphComm = 0x44000003, kDistComm = 0x44000004;
constexpr Arg kBuffer = 0x1000;

template <class T>
Arg address(T* pointer) {
  return reinterpret_cast<Arg>(pointer);
}

class ByteRules : public ::testing::Test {
 protected:
  ByteRules() {
    world() = {};
    world().types = {{kInt, 4}, {kDouble, 8}, {kPair, 12}};
    world().comms = {{kWorld, {4, 2, -1, -1, 0}},
                     {kInter, {3, 1, 5, -1, 0}},
                     {kGrid, {4, 0, -1, fake_mpi::kCart, 2}},
                     {kGraphComm, {4, 3, -1, fake_mpi::kGraph, 3}},
                     {kDistComm, {4, 0, -1, fake_mpi::kDistGraph, 2}}};
  }

  template <class Rule>
  std::uint64_t bytes(std::initializer_list<Arg> values) {
    const std::vector<Arg> all(values);
    return Rule::bytes(CallArguments{all.data(), *handles_, last_type_});
  }

  std::unique_ptr<HandleCache> handles_ = std::make_unique<HandleCache>();
  LastType last_type_;
  std::vector<int> counts_{1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<std::int64_t> large_{1, 2, 3, 4, 5, 6, 7, 8};
  std::vector<fake_mpi::Handle> types_{kInt, kDouble, kPair, kInt, kDouble, kPair};
};

TEST_F(ByteRules, None) {
  EXPECT_EQ(bytes<NoBytes>({kWild}), 0u);
}

TEST_F(ByteRules, CountTimesTypeSize) {
  using Rule = CountTimesType<int, 0, 1>;
  EXPECT_EQ(bytes<Rule>({10, kDouble}), 80u);
  EXPECT_EQ(bytes<Rule>({0, kDouble}), 0u);
  EXPECT_EQ(bytes<Rule>({-3, kDouble}), 0u);
  EXPECT_EQ(bytes<Rule>({std::numeric_limits<int>::max(), kDouble}), 8ull * 0x7fffffffu);
}

TEST_F(ByteRules, CountsOf64Bits) {
  using Rule = CountTimesType<std::int64_t, 0, 1>;
  EXPECT_EQ(bytes<Rule>({Arg{5'000'000'000}, kDouble}), 40'000'000'000u);
  EXPECT_EQ(bytes<Rule>({Arg{-1}, kDouble}), 0u);
}

TEST_F(ByteRules, PeerThatIsNobody) {
  using Rule = PeerCountTimesType<int, 1, 2, 3>;
  EXPECT_EQ(bytes<Rule>({kBuffer, 10, kInt, 3}), 40u);
  EXPECT_EQ(bytes<Rule>({kBuffer, 10, kInt, kProcNull}), 0u);
  EXPECT_EQ(bytes<Rule>({kBuffer, 10, kInt, kRoot}), 40u);
}

TEST_F(ByteRules, SendrecvCountsBothDirections) {
  using Rule = Sendrecv<int, 0, 1, 2, 3, 4, 5>;
  EXPECT_EQ(bytes<Rule>({10, kInt, 1, 3, kDouble, 2}), 64u);
  EXPECT_EQ(bytes<Rule>({10, kInt, kProcNull, 3, kDouble, 2}), 24u);
  EXPECT_EQ(bytes<Rule>({10, kInt, 1, 3, kDouble, kProcNull}), 40u);
  using Replace = SendrecvReplace<int, 0, 1, 2, 3>;
  EXPECT_EQ(bytes<Replace>({10, kInt, 1, 2}), 80u);
  EXPECT_EQ(bytes<Replace>({10, kInt, kProcNull, 2}), 40u);
  EXPECT_EQ(bytes<Replace>({10, kInt, kProcNull, kProcNull}), 0u);
}

TEST_F(ByteRules, OneElementOfAType) {
  EXPECT_EQ((bytes<OneElement<0, 1>>({kPair, 0})), 12u);
  EXPECT_EQ((bytes<OneElement<0, 1>>({kPair, kProcNull})), 0u);
}

TEST_F(ByteRules, AllgatherInPlace) {
  using Rule = Allgather<int, 0, 1, 2, 3, 4>;
  EXPECT_EQ(bytes<Rule>({kBuffer, 10, kInt, kWild, kWild}), 40u);
  EXPECT_EQ(bytes<Rule>({kInPlace, kWild, kWild, 3, kDouble}), 24u);
}

TEST_F(ByteRules, AllgathervInPlaceTakesTheOwnCount) {
  using Rule = Allgatherv<int, 0, 1, 2, 3, 4, 5>;
  EXPECT_EQ(bytes<Rule>({kBuffer, 10, kInt, kWild, kWild, kWild}), 40u);
  EXPECT_EQ(bytes<Rule>({kInPlace, kWild, kWild, address(counts_.data()), kDouble, kWorld}),
            3u * 8);
  using Large = Allgatherv<std::int64_t, 0, 1, 2, 3, 4, 5>;
  large_[2] = 5'000'000'000;
  EXPECT_EQ(bytes<Large>({kInPlace, kWild, kWild, address(large_.data()), kDouble, kWorld}),
            40'000'000'000u);
}

TEST_F(ByteRules, Gather) {
  using Rule = Gather<int, 0, 1, 2, 3, 4, 5, 6>;
  EXPECT_EQ(bytes<Rule>({kBuffer, 10, kInt, kWild, kWild, 0, kWild}), 40u);
  EXPECT_EQ(bytes<Rule>({kInPlace, kWild, kWild, 3, kInt, 2, kWorld}), 0u);
  EXPECT_EQ(bytes<Rule>({kWild, kWild, kWild, 3, kDouble, kRoot, kInter}), 3u * 8 * 5);
  EXPECT_EQ(bytes<Rule>({kWild, kWild, kWild, kWild, kWild, kProcNull, kInter}), 0u);
}

TEST_F(ByteRules, Gatherv) {
  using Rule = Gatherv<int, 0, 1, 2, 3, 4, 5, 6>;
  EXPECT_EQ(bytes<Rule>({kBuffer, 10, kInt, kWild, kWild, 0, kWild}), 40u);
  EXPECT_EQ(bytes<Rule>({kInPlace, kWild, kWild, kWild, kWild, 2, kWorld}), 0u);
  EXPECT_EQ(bytes<Rule>({kWild, kWild, kWild, address(counts_.data()), kDouble, kRoot, kInter}),
            15u * 8);
  EXPECT_EQ(bytes<Rule>({kWild, kWild, kWild, kWild, kWild, kProcNull, kInter}), 0u);
}

TEST_F(ByteRules, Scatter) {
  using Rule = Scatter<int, 0, 1, 2, 3, 4, 5>;
  EXPECT_EQ(bytes<Rule>({10, kInt, kWild, kWild, 2, kWorld}), 160u);  // the root, rank 2
  EXPECT_EQ(bytes<Rule>({kWild, kWild, 3, kDouble, 1, kWorld}), 24u);
  EXPECT_EQ(bytes<Rule>({10, kInt, kWild, kWild, kRoot, kInter}), 200u);
  // Rank 1 of the other group is the root, not we, who are rank 1 of ours.
  EXPECT_EQ(bytes<Rule>({kWild, kWild, 3, kDouble, 1, kInter}), 24u);
  EXPECT_EQ(bytes<Rule>({kWild, kWild, kWild, kWild, kProcNull, kInter}), 0u);
}

TEST_F(ByteRules, Scatterv) {
  using Rule = Scatterv<int, 0, 1, 2, 3, 4, 5>;
  EXPECT_EQ(bytes<Rule>({address(counts_.data()), kInt, kWild, kWild, 2, kWorld}), 40u);
  EXPECT_EQ(bytes<Rule>({kWild, kWild, 3, kDouble, 1, kWorld}), 24u);
  EXPECT_EQ(bytes<Rule>({address(counts_.data()), kInt, kWild, kWild, kRoot, kInter}), 60u);
  EXPECT_EQ(bytes<Rule>({kWild, kWild, kWild, kWild, kProcNull, kInter}), 0u);
}

TEST_F(ByteRules, Alltoall) {
  using Rule = Alltoall<int, 0, 1, 2, 3, 4, 5>;
  EXPECT_EQ(bytes<Rule>({kBuffer, 10, kInt, kWild, kWild, kWorld}), 160u);
  EXPECT_EQ(bytes<Rule>({kBuffer, 10, kInt, kWild, kWild, kInter}), 200u);
  EXPECT_EQ(bytes<Rule>({kInPlace, kWild, kWild, 3, kDouble, kWorld}), 96u);
}

TEST_F(ByteRules, AlltoallvAndNegativeCounts) {
  using Rule = Alltoallv<int, 0, 1, 2, 3, 4, 5>;
  const Arg counts = address(counts_.data());
  EXPECT_EQ(bytes<Rule>({kBuffer, counts, kInt, kWild, kWild, kWorld}), 40u);
  EXPECT_EQ(bytes<Rule>({kBuffer, counts, kInt, kWild, kWild, kInter}), 60u);
  EXPECT_EQ(bytes<Rule>({kInPlace, kWild, kWild, counts, kDouble, kWorld}), 80u);
  counts_[1] = -100;
  EXPECT_EQ(bytes<Rule>({kBuffer, counts, kInt, kWild, kWild, kWorld}), 32u);
}

TEST_F(ByteRules, AlltoallwReadsHandlesOfTheirWidth) {
  using Rule = Alltoallw<int, 0, 1, 2, 3, 4, 5>;
  const Arg counts = address(counts_.data());
  const Arg types = address(types_.data());
  EXPECT_EQ(bytes<Rule>({kBuffer, counts, types, kWild, kWild, kWorld}),
            1u * 4 + 2 * 8 + 3 * 12 + 4 * 4);
  EXPECT_EQ(bytes<Rule>({kInPlace, kWild, kWild, counts, types, kWorld}),
            1u * 4 + 2 * 8 + 3 * 12 + 4 * 4);
  EXPECT_EQ(bytes<Rule>({kBuffer, counts, types, kWild, kWild, kInter}),
            1u * 4 + 2 * 8 + 3 * 12 + 4 * 4 + 5 * 8);
  // A type whose count is 0 may be anything.
  counts_[3] = 0;
  types_[3] = kWild;
  EXPECT_EQ(bytes<Rule>({kBuffer, counts, types, kWild, kWild, kWorld}), 56u);
}

TEST_F(ByteRules, ReduceScatterCountsTheOwnGroup) {
  const Arg counts = address(counts_.data());
  EXPECT_EQ((bytes<ReduceScatter<int, 0, 1, 2>>({counts, kInt, kWorld})), 40u);
  EXPECT_EQ((bytes<ReduceScatter<int, 0, 1, 2>>({counts, kInt, kInter})), 24u);
  EXPECT_EQ((bytes<ReduceScatterBlock<int, 0, 1, 2>>({10, kInt, kWorld})), 160u);
  EXPECT_EQ((bytes<ReduceScatterBlock<int, 0, 1, 2>>({10, kInt, kInter})), 120u);
}

TEST_F(ByteRules, Neighbours) {
  using Rule = Neighbor<int, 0, 1, 2>;
  EXPECT_EQ(bytes<Rule>({10, kInt, kGrid}), 160u);
  EXPECT_EQ(bytes<Rule>({10, kInt, kGraphComm}), 120u);
  EXPECT_EQ(bytes<Rule>({10, kInt, kDistComm}), 80u);
  EXPECT_EQ(bytes<Rule>({10, kInt, kWorld}), 0u);
  const Arg counts = address(counts_.data());
  EXPECT_EQ((bytes<Neighborv<int, 0, 1, 2>>({counts, kInt, kGraphComm})), 24u);
  EXPECT_EQ((bytes<Neighborw<int, 0, 1, 2>>({counts, address(types_.data()), kDistComm})), 4u + 16);
}

TEST_F(ByteRules, Partitioned) {
  using Rule = pmpi::Partitioned<std::int64_t, 0, 1, 2, 3>;
  EXPECT_EQ(bytes<Rule>({4, Arg{3'000'000'000}, kDouble, 1}), 96'000'000'000u);
  EXPECT_EQ(bytes<Rule>({4, 10, kDouble, kProcNull}), 0u);
}

TEST_F(ByteRules, UpperHalvesAreIgnoredWhereTheTypeIsAnInt) {
  constexpr Arg kJunk = Arg{0x5a5a} << 32;
  EXPECT_EQ((bytes<PeerCountTimesType<int, 0, 1, 2>>({10 | kJunk, kInt, 1 | kJunk})), 40u);
  const Arg null = static_cast<Arg>(static_cast<std::uint32_t>(kProcNull)) | kJunk;
  EXPECT_EQ((bytes<PeerCountTimesType<int, 0, 1, 2>>({10, kInt, null})), 0u);
  if (!abi().handles_are_int) return;
  EXPECT_EQ((bytes<CountTimesType<int, 0, 1>>({10, kInt | kJunk})), 40u);
  EXPECT_EQ((bytes<ReduceScatterBlock<int, 0, 1, 2>>({10, kInt | kJunk, kWorld | kJunk})), 160u);
}

TEST_F(ByteRules, LastTypeIsNotAskedForAgainUntilATypeIsFreed) {
  using Rule = CountTimesType<int, 0, 1>;
  EXPECT_EQ(bytes<Rule>({10, kDouble}), 80u);
  EXPECT_EQ(bytes<Rule>({10, kInt}), 40u);
  EXPECT_EQ(bytes<Rule>({5, kInt}), 20u);
  EXPECT_EQ(bytes<Rule>({5, kDouble}), 40u);
  EXPECT_EQ(world().type_queries, 2);
  world().types[kDouble] = 24;  // the handle was freed and stands for another type now
  type_generation.fetch_add(1);
  EXPECT_EQ(bytes<Rule>({5, kDouble}), 120u);
  EXPECT_EQ(world().type_queries, 3);
}

TEST_F(ByteRules, PersistentRequestMovesItsBytesAtEachStart) {
  fake_mpi::Handle requests[3] = {0x6c000001, 0x6c000002, 0x6c000003};
  using Init = Persistent<3, PeerCountTimesType<int, 0, 1, 2>>;
  EXPECT_EQ(bytes<Init>({10, kInt, 1, address(&requests[0])}), 0u);
  EXPECT_EQ(bytes<Init>({20, kDouble, 1, address(&requests[1])}), 0u);
  EXPECT_EQ(bytes<Init>({20, kDouble, kProcNull, address(&requests[2])}), 0u);
  EXPECT_EQ(bytes<Start<0>>({address(&requests[0])}), 40u);
  EXPECT_EQ(bytes<Start<0>>({address(&requests[0])}), 40u);
  EXPECT_EQ((bytes<Startall<0, 1>>({3, address(requests)})), 200u);
  EXPECT_EQ((bytes<Startall<0, 1>>({0, kWild})), 0u);
  EXPECT_EQ((bytes<Startall<0, 1>>({-1, kWild})), 0u);
}

TEST_F(ByteRules, HandleThatTheMpiDoesNotKnowHasNoBytes) {
  EXPECT_EQ((bytes<CountTimesType<int, 0, 1>>({10, kWild})), 0u);
  EXPECT_EQ((bytes<ReduceScatterBlock<int, 0, 1, 2>>({10, kInt, kWild})), 0u);
  EXPECT_EQ((bytes<Allgatherv<int, 0, 1, 2, 3, 4, 5>>({kInPlace, 0, 0, kWild, kInt, kWild})), 0u);
}

}  // namespace
}  // namespace joulepath::pmpi
