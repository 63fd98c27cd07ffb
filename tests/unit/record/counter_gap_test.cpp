// A counter that loses what it is not read for in time: perf's power events. The kernel
// takes the difference of its 32-bit register as a signed number, so that half the range
// between two of its own readings turns into a decrease.
#include <gtest/gtest.h>

#include <cstdint>

#include "core/record/counter.hpp"

namespace joulepath::record {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kLongest = 10 * kSecond;

/// What arch/x86/events/rapl.c does with a register of `exponent` bits after the point:
/// counts of 2^-32 J, the register read at every perf read and by the kernel's timer, which
/// is set for 200 W.
class SimulatedEvent {
 public:
  SimulatedEvent(double watts, unsigned exponent) : watts_(watts), exponent_(exponent) {}

  Reading read(std::int64_t t_ns) {
    // Half of what 200 W take to fill the register.
    const std::int64_t timer_ns = (std::int64_t{1} << (31 - exponent_)) * kSecond / 200;
    while (next_timer_ns_ + timer_ns <= t_ns) {
      next_timer_ns_ += timer_ns;
      update(next_timer_ns_);
    }
    update(t_ns);
    return {t_ns, t_ns + 1000, count_};
  }
  /// The register's units that went by until `t_ns`.
  [[nodiscard]] std::uint64_t truth(std::int64_t t_ns) const {
    return static_cast<std::uint64_t>(watts_ * static_cast<double>(1ull << exponent_) *
                                      (static_cast<double>(t_ns) * 1e-9));
  }

 private:
  void update(std::int64_t t_ns) {
    const auto now = static_cast<std::uint32_t>(truth(t_ns));
    const auto delta = static_cast<std::int32_t>(now - register_);
    register_ = now;
    count_ += static_cast<std::uint64_t>(static_cast<std::int64_t>(delta)) << (32 - exponent_);
  }
  double watts_;
  unsigned exponent_;
  std::uint32_t register_ = 0;
  std::uint64_t count_ = 0;
  std::int64_t next_timer_ns_ = 0;
};

Signal event_signal() {
  Signal signal;
  signal.domain = Domain::kPackage;
  signal.si_per_unit = 1.0 / 4294967296.0;
  signal.update_period_ns = 1'000'000;
  signal.longest_gap_ns = kLongest;
  return signal;
}

struct Outcome {
  std::uint64_t counted = 0;  ///< in the register's units
  std::uint64_t truth = 0;
  int refused = 0;
};
Outcome follow(double watts, unsigned exponent, std::int64_t every_ns, std::int64_t until_ns) {
  SimulatedEvent event(watts, exponent);
  Counter counter(limits_of(event_signal()));
  Outcome outcome;
  std::int64_t last_ns = 0;
  for (std::int64_t t_ns = 0; t_ns <= until_ns; t_ns += every_ns) {
    if (!counter.advance(event.read(t_ns)).exact()) ++outcome.refused;
    last_ns = t_ns;
  }
  outcome.counted = counter.total() >> (32 - exponent);
  outcome.truth = event.truth(last_ns);
  return outcome;
}

TEST(SignedDelta, NoJouleIsLostWhenReadInTime) {
  for (const unsigned exponent : {14u, 16u})
    for (const double watts : {200.0, 280.0, 400.0, 500.0, 2000.0}) {
      const Outcome outcome = follow(watts, exponent, 5 * kSecond, 4000 * kSecond);
      EXPECT_EQ(outcome.refused, 0) << watts << " W, 2^-" << exponent << " J";
      EXPECT_EQ(outcome.counted, outcome.truth) << watts << " W, 2^-" << exponent << " J";
    }
}

TEST(SignedDelta, ReadTooSeldomItIsRefused) {
  // Readings that far apart are where the kernel itself goes wrong from 200 W on.
  for (const unsigned exponent : {14u, 16u})
    for (const double watts : {200.0, 280.0, 400.0, 500.0}) {
      const Outcome outcome = follow(watts, exponent, 700 * kSecond, 7000 * kSecond);
      EXPECT_EQ(outcome.refused, 10) << watts << " W, 2^-" << exponent << " J";
      EXPECT_EQ(outcome.counted, 0u) << watts << " W, 2^-" << exponent << " J";
    }
}

/// That the simulated kernel does lose joules: without it, the tests above prove nothing.
TEST(SignedDelta, TheKernelsOwnSumGoesWrongFrom200W) {
  for (const double watts : {200.0, 280.0, 400.0, 500.0}) {
    SimulatedEvent event(watts, 14);
    const Reading late = event.read(7000 * kSecond);
    EXPECT_NE(late.raw >> 18, event.truth(7000 * kSecond)) << watts << " W";
  }
  SimulatedEvent low(190, 14);
  EXPECT_EQ(low.read(7000 * kSecond).raw >> 18, low.truth(7000 * kSecond));
}

TEST(LongestGap, IsHeldToTheNanosecond) {
  const CounterLimits limits{0, 0, 0, kLongest};
  const Reading before{0, 1000, 5};
  EXPECT_TRUE(step(limits, before, {kLongest - 1000, kLongest, 9}).exact());
  EXPECT_EQ(step(limits, before, {kLongest - 999, kLongest + 1, 9}).kind, StepKind::kGap);
  EXPECT_EQ(step(limits, before, {2 * kLongest, 2 * kLongest + 1, 9}).delta, 0u);
  EXPECT_TRUE(step({0, 0, 0, 0}, before, {900 * kLongest, 900 * kLongest + 1, 9}).exact());
}

TEST(LongestGap, HoldsBesideAModulusAndAfterItCountingGoesOn) {
  const CounterLimits limits{1u << 31, 0, 0, kLongest};
  EXPECT_EQ(step(limits, {0, 10, 5}, {2 * kLongest, 2 * kLongest + 10, 9}).kind, StepKind::kGap);
  Counter counter({0, 0, 0, kLongest});
  counter.advance({0, 10, 100});
  EXPECT_FALSE(counter.advance({kLongest, kLongest + 10, 900}).exact());
  EXPECT_EQ(counter.advance({kLongest + 20, kLongest + 30, 907}).delta, 7u);
  EXPECT_EQ(counter.total(), 7u);
}

TEST(LongestGap, ComesFromTheSignal) {
  EXPECT_EQ(limits_of(event_signal()).longest_gap_ns, kLongest);
  EXPECT_EQ(limits_of(Signal{}).longest_gap_ns, 0);
}

}  // namespace
}  // namespace joulepath::record
