#include "core/analysis/counter_track.hpp"

#include <gtest/gtest.h>

namespace joulepath::analysis {
namespace {

record::Signal package(std::uint64_t modulus) {
  record::Signal signal;
  signal.domain = record::Domain::kPackage;
  signal.si_per_unit = 1e-6;
  signal.modulus = modulus;
  signal.update_period_ns = 1'000'000;
  return signal;
}

record::Reading at(std::int64_t ms, std::uint64_t raw) {
  return {ms * 1'000'000, ms * 1'000'000 + 10'000, raw};
}

TEST(CounterTrack, TellsStartAdvanceAndStandstill) {
  CounterTrack track(package(0));
  EXPECT_EQ(track.add(at(0, 500)).event, TrackEvent::kStart);
  EXPECT_EQ(track.add(at(10, 500)).event, TrackEvent::kNothing);
  const TrackStep step = track.add(at(20, 700));
  EXPECT_EQ(step.event, TrackEvent::kAdvance);
  EXPECT_EQ(step.units, 200u);
}

TEST(CounterTrack, WrapIsExact) {
  CounterTrack track(package(262'143'328'850));
  track.add(at(0, 262'143'328'840));
  EXPECT_EQ(track.add(at(10, 90)).units, 100u);
  EXPECT_EQ(track.facts().difference, 100u);
}

TEST(CounterTrack, ResetIsLostNotGuessed) {
  CounterTrack track(package(0));
  track.add(at(0, 1'000'000));
  EXPECT_EQ(track.add(at(10, 5)).event, TrackEvent::kLost);
  EXPECT_EQ(track.add(at(20, 25)).units, 20u);
  const CounterFacts facts = track.facts();
  EXPECT_EQ(facts.difference, 20u);
  EXPECT_EQ(facts.lost_intervals, 1u);
  EXPECT_EQ(facts.lost_ns, 10'000'000);
}

// What a jump holds was used since the counter last moved: bounds must reach that far.
TEST(CounterTrack, AJumpAfterStandingStillLosesAllThatTime) {
  CounterTrack track(package(0));
  track.add(at(0, 0));
  track.add(at(10, 400'000));
  for (int ms = 20; ms < 1410; ms += 10) track.add(at(ms, 400'000));
  EXPECT_EQ(track.add(at(1410, 56'400'000)).event, TrackEvent::kLost);
  const CounterFacts facts = track.facts();
  EXPECT_EQ(facts.lost_intervals, 1u);
  EXPECT_EQ(facts.lost_ns, 1'400'000'000);
  EXPECT_EQ(track.add(at(1420, 56'800'000)).units, 400'000u);
}

TEST(CounterTrack, UnusableReadingLosesNothing) {
  CounterTrack track(package(1'000'000'000));
  track.add(at(0, 1000));
  EXPECT_EQ(track.add(at(10, 1'000'000'000)).event, TrackEvent::kNothing);
  EXPECT_EQ(track.add(at(20, 3000)).units, 2000u);
  EXPECT_EQ(track.facts().unusable, 1u);
  EXPECT_EQ(track.facts().lost_intervals, 0u);
}

TEST(CounterTrack, HighestPowerIsOfTheBusiestWindow) {
  CounterTrack track(package(0));
  track.add(at(0, 0));
  track.add(at(10, 1'000'000));  // 100 W
  track.add(at(20, 4'000'000));  // 300 W
  track.add(at(30, 5'000'000));
  EXPECT_NEAR(track.facts().highest_rate, 300e6, 1.0);
}

// Two readings 0.1 ms apart can hold a whole update of 1 ms: that is no ten-fold power.
TEST(CounterTrack, ShortWindowDoesNotInflateThePower) {
  CounterTrack track(package(0));
  track.add(at(0, 0));
  track.add({10'000'000, 10'010'000, 1'000'000});
  track.add({10'100'000, 10'110'000, 1'100'000});
  track.add({20'000'000, 20'010'000, 2'000'000});
  EXPECT_NEAR(track.facts().highest_rate, 100e6, 2e6);
}

}  // namespace
}  // namespace joulepath::analysis
