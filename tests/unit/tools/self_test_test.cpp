// Ten seconds of readings: what never moves and what disagrees is found, and nothing else.
#include "tools/recorder/self_test.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "tests/unit/tools/simulated_counters.hpp"

namespace joulepath::tools {
namespace {

using record::Domain;
using record::HealthKind;
using record::Kind;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kTick = 10'000'000;

record::SensorRow sensor(std::uint16_t key, Kind kind, Domain domain = Domain::kGpu) {
  record::SensorRow row;
  row.sensor = key;
  row.signal.id = "made:" + std::to_string(key);
  row.signal.domain = domain;
  row.signal.kind = kind;
  row.signal.pci = "0000:81:00.0";
  row.signal.si_per_unit = 1e-3;  // mJ, mW
  row.signal.update_period_ns = kTick;
  row.signal.readable = true;
  return row;
}

/// Raw values by time in seconds, for each sensor.
using Values = std::vector<std::function<double(double)>>;

std::vector<record::HealthRow> found(const std::vector<record::SensorRow>& sensors,
                                     const Values& values, double length_s = 12,
                                     bool at_the_end = false) {
  SelfTest test(sensors);
  test::MemorySink sink;
  const std::int64_t begin = 77 * kSecond;
  std::int64_t now = begin;
  for (; now < begin + static_cast<std::int64_t>(length_s * 1e9); now += kTick) {
    std::vector<record::SampleRow> rows;
    for (std::uint16_t key = 0; key < values.size(); ++key)
      rows.push_back(
          {0, key, now, now + 1000,
           static_cast<std::uint64_t>(values[key](static_cast<double>(now - begin) * 1e-9)), 0});
    test.readings(rows);
    test.report_to(sink, now, SelfTest::When::kOver);
  }
  if (at_the_end) test.report_to(sink, now, SelfTest::When::kAtTheEnd);
  return sink.health;
}

/// Millijoules since the start at a power that swings between 100 and 300 W each second.
double swinging_mw(double s) {
  return std::fmod(s, 1.0) < 0.5 ? 100e3 : 300e3;
}
double swinging_mj(double s) {
  const double rest = std::fmod(s, 1.0);
  return std::floor(s) * 200e3 + (rest < 0.5 ? rest * 100e3 : 50e3 + (rest - 0.5) * 300e3);
}

TEST(SelfTest, FindsNothingWhereCounterAndPowerAgree) {
  EXPECT_TRUE(found({sensor(0, Kind::kEnergy), sensor(1, Kind::kPower)}, {swinging_mj, swinging_mw})
                  .empty());
  auto averaged = sensor(1, Kind::kPowerAveraged);
  averaged.signal.averaging_ns = kSecond;
  EXPECT_TRUE(
      found({sensor(0, Kind::kEnergy), averaged}, {swinging_mj, [](double) { return 200e3; }})
          .empty());
}

TEST(SelfTest, FindsACounterThatDisagreesWithThePower) {
  for (const double factor : {0.85, 1.2}) {
    const auto rows = found({sensor(0, Kind::kPower), sensor(1, Kind::kEnergy)},
                            {swinging_mw, [&](double s) { return factor * swinging_mj(s); }});
    ASSERT_EQ(rows.size(), 1u) << factor;
    EXPECT_EQ(rows[0].kind, HealthKind::kPowerDisagrees);
    EXPECT_EQ(rows[0].subject, 1u);
    EXPECT_EQ(rows[0].detail, 0);
    const double off = factor > 1 ? 1 - 1 / factor : factor - 1;
    EXPECT_NEAR(static_cast<double>(rows[0].value), 1000 * off, 10);
  }
  // 8 % is within what is taken for agreement.
  EXPECT_TRUE(found({sensor(0, Kind::kPower), sensor(1, Kind::kEnergy)},
                    {swinging_mw, [](double s) { return 0.92 * swinging_mj(s); }})
                  .empty());
}

TEST(SelfTest, ComparesFiguresOfOneDeviceOnly) {
  auto other = sensor(1, Kind::kPower);
  other.signal.pci = "0000:82:00.0";
  EXPECT_TRUE(
      found({sensor(0, Kind::kEnergy), other}, {swinging_mj, [](double) { return 5e3; }}).empty());
}

TEST(SelfTest, AWrapIsNoDisagreement) {
  auto counter = sensor(0, Kind::kEnergy);
  counter.signal.modulus = 1'000'000;  // 1 kJ: twice in ten seconds
  EXPECT_TRUE(found({counter, sensor(1, Kind::kPower)},
                    {[](double s) { return std::fmod(700e3 + swinging_mj(s), 1e6); }, swinging_mw})
                  .empty());
}

TEST(SelfTest, FindsACounterThatNeverMoves) {
  const auto still = [](double) { return 5.0; };
  const auto rows = found({sensor(0, Kind::kEnergy, Domain::kPackage), sensor(1, Kind::kPower)},
                          {still, swinging_mw});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].kind, HealthKind::kCounterStuck);
  EXPECT_EQ(rows[0].subject, 0u);
  EXPECT_NEAR(static_cast<double>(rows[0].value), 10e9, 0.1e9);
  // Cores may be switched off, a power figure may stay as it is.
  EXPECT_TRUE(
      found({sensor(0, Kind::kEnergy, Domain::kCore), sensor(1, Kind::kPower)}, {still, still})
          .empty());
  EXPECT_TRUE(
      found({sensor(0, Kind::kEnergy)}, {[](double s) { return s > 7 ? 6.0 : 5.0; }}).empty());
}

TEST(SelfTest, AShortRecordingIsJudgedAtItsEndOrNotAtAll) {
  const auto still = [](double) { return 5.0; };
  const std::vector one{sensor(0, Kind::kEnergy)};
  EXPECT_TRUE(found(one, {still}, 6).empty());
  EXPECT_EQ(found(one, {still}, 6, true).size(), 1u);
  EXPECT_TRUE(found(one, {still}, 4, true).empty());
  EXPECT_EQ(found(one, {still}, 12, true).size(), 1u) << "once";
}

}  // namespace
}  // namespace joulepath::tools
