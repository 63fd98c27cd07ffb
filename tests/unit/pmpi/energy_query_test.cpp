#include "pmpi/src/energy_query.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <memory>

namespace joulepath::pmpi {
namespace {

using record::EnergyState;

constexpr std::int64_t kSecond_ns = 1'000'000'000;

void store(record::Atomic64& bits, double number) {
  bits.store(std::bit_cast<std::uint64_t>(number));
}

/// 100 J [98, 103] at t = 5 s, 20 W of late and 50 W at most.
std::unique_ptr<record::EnergyBoard> board() {
  auto made = std::make_unique<record::EnergyBoard>();
  record::EnergyEntry& entry = made->entries[record::kBoardSocket0];
  entry.state.store(static_cast<std::uint32_t>(EnergyState::kKnown));
  entry.provenance.store(2);
  entry.at_ns.store(5 * kSecond_ns);
  store(entry.value_j, 100);
  store(entry.lo_j, 98);
  store(entry.hi_j, 103);
  store(entry.recent_w, 20);
  store(entry.highest_w, 50);
  made->sequence.store(2);
  return made;
}

TEST(EnergyQuery, GivesWhatTheRecorderWrote) {
  const EnergyAnswer answer = energy_at(*board(), record::kBoardSocket0, 5 * kSecond_ns);
  EXPECT_EQ(answer.state, EnergyState::kKnown);
  EXPECT_EQ(answer.provenance, 2u);
  EXPECT_EQ(answer.value_j, 100);
  EXPECT_EQ(answer.lo_j, 98);
  EXPECT_EQ(answer.hi_j, 103);
}

TEST(EnergyQuery, CarriesItOnToNow) {
  const EnergyAnswer answer =
      energy_at(*board(), record::kBoardSocket0, 5 * kSecond_ns + kSecond_ns / 2);
  EXPECT_DOUBLE_EQ(answer.value_j, 110);
  EXPECT_DOUBLE_EQ(answer.lo_j, 98);  // it may have used nothing since
  EXPECT_DOUBLE_EQ(answer.hi_j, 128);
}

TEST(EnergyQuery, ValueStaysWithinTheBounds) {
  const auto odd = board();
  store(odd->entries[record::kBoardSocket0].recent_w, 1000);
  const EnergyAnswer answer = energy_at(*odd, record::kBoardSocket0, 6 * kSecond_ns);
  EXPECT_DOUBLE_EQ(answer.value_j, answer.hi_j);
}

TEST(EnergyQuery, AMomentBeforeTheEntryIsTheEntry) {
  const EnergyAnswer answer = energy_at(*board(), record::kBoardSocket0, kSecond_ns);
  EXPECT_EQ(answer.value_j, 100);
  EXPECT_EQ(answer.hi_j, 103);
}

TEST(EnergyQuery, NoAnswerWhileTheRecorderWrites) {
  const auto changing = board();
  changing->sequence.store(3);
  EXPECT_EQ(energy_at(*changing, record::kBoardSocket0, 5 * kSecond_ns).state,
            EnergyState::kUnanswered);
}

TEST(EnergyQuery, OtherStatesCarryNoJoules) {
  const auto broken = board();
  broken->entries[record::kBoardSocket0].state.store(
      static_cast<std::uint32_t>(EnergyState::kBroken));
  const EnergyAnswer answer = energy_at(*broken, record::kBoardSocket0, 5 * kSecond_ns);
  EXPECT_EQ(answer.state, EnergyState::kBroken);
  EXPECT_EQ(answer.hi_j, 0);
  EXPECT_EQ(energy_at(*broken, record::kBoardNode, 0).state, EnergyState::kUnanswered);
}

}  // namespace
}  // namespace joulepath::pmpi
