// Counters of cores: stretches between readings, wraps, and what is not known.
#include "core/analysis/core_energy.hpp"

#include <gtest/gtest.h>

namespace joulepath::analysis {
namespace {

constexpr std::int64_t kTickNs = 10'000'000;

class CoreEnergyTest : public ::testing::Test {
 protected:
  CoreEnergyTest() : energy_(0, 2) {
    record::Signal signal;
    signal.domain = record::Domain::kCore;
    signal.si_per_unit = 0.5;
    signal.modulus = 1'000'000;
    signal.update_period_ns = 1'000'000;
    energy_.add_counter(0, signal);
    energy_.add_counter(1, signal);
  }
  void read(std::uint64_t tick, std::uint32_t core, std::uint64_t raw) {
    const std::int64_t at = static_cast<std::int64_t>(tick) * kTickNs;
    energy_.add(core, {static_cast<std::uint32_t>(tick), 0, at, at + 1000, raw}, tick, at);
  }
  void read_both(std::uint64_t tick, std::uint64_t first, std::uint64_t second) {
    read(tick, 0, first);
    read(tick, 1, second);
  }
  CoreEnergy energy_;
};

TEST_F(CoreEnergyTest, EachStretchFromReadingToReading) {
  read_both(5, 10, 20);
  read_both(105, 110, 20);
  read_both(205, 160, 40);
  energy_.finish();
  ASSERT_EQ(energy_.stretches().size(), 2u);
  const CoreStretch& first = energy_.stretches()[0];
  EXPECT_EQ(first.begin, 6u);
  EXPECT_EQ(first.end, 106u);
  EXPECT_EQ(first.joules[0], 50.0);
  EXPECT_EQ(first.joules[1], 0.0) << "it stood: that is known";
  EXPECT_EQ(energy_.stretches()[1].joules[0], 25.0);
  EXPECT_EQ(energy_.stretches()[1].joules[1], 10.0);
}

TEST_F(CoreEnergyTest, EachWrapsOnItsOwn) {
  read_both(0, 999'900, 100);
  read_both(100, 50, 300);
  energy_.finish();
  ASSERT_EQ(energy_.stretches().size(), 1u);
  EXPECT_EQ(energy_.stretches()[0].joules[0], 75.0);
  EXPECT_EQ(energy_.stretches()[0].joules[1], 100.0);
}

TEST_F(CoreEnergyTest, ReadingsCloseTogetherAreOneStretch) {
  for (std::uint64_t tick = 0; tick <= 100; ++tick) read_both(tick, 10 + tick, 0);
  energy_.finish();
  double joules = 0.0;
  for (const CoreStretch& stretch : energy_.stretches()) joules += *stretch.joules[0];
  EXPECT_EQ(joules, 50.0);
  EXPECT_LE(energy_.stretches().size(), 3u);
}

TEST_F(CoreEnergyTest, ACoreWithoutAReadingIsNotKnown) {
  read_both(0, 0, 0);
  read(100, 0, 10);
  read_both(200, 20, 90);
  read_both(300, 30, 100);
  energy_.finish();
  ASSERT_EQ(energy_.stretches().size(), 3u);
  EXPECT_FALSE(energy_.stretches()[0].joules[1]);
  EXPECT_FALSE(energy_.stretches()[1].joules[1]) << "its reading tells of both";
  EXPECT_EQ(energy_.stretches()[2].joules[1], 5.0);
  EXPECT_EQ(energy_.stretches()[1].joules[0], 5.0);
}

TEST_F(CoreEnergyTest, ACounterThatBreaksIsNotKnown) {
  read_both(0, 900, 0);
  read_both(100, 5'000'000, 10);  // out of range: no reading
  read_both(200, 950, 20);
  energy_.finish();
  ASSERT_EQ(energy_.stretches().size(), 2u);
  EXPECT_FALSE(energy_.stretches()[0].joules[0]);
  EXPECT_FALSE(energy_.stretches()[1].joules[0]);
  EXPECT_EQ(energy_.stretches()[1].joules[1], 5.0);
}

}  // namespace
}  // namespace joulepath::analysis
