// Readings become rows: those of a slow counter are an unbroken count, its updates included;
// an edge right behind a reading is a row too.
#include "tools/recorder/sample_rows.hpp"

#include <gtest/gtest.h>

#include "core/record/counter.hpp"

namespace joulepath::tools {
namespace {

constexpr std::int64_t kMs = 1'000'000;

record::SensorRow counter() {
  record::SensorRow row;
  row.signal.domain = record::Domain::kPackage;
  row.signal.si_per_unit = 1e-6;
  row.signal.update_period_ns = kMs;
  return row;
}

TEST(SampleRows, EveryRowIsAStepFromTheOneBefore) {
  const record::SensorRow sensor = counter();
  SampleRows samples({&sensor, 1});
  // Two passes within one period: the second sees the update that the first just missed.
  samples.reading(0, {10 * kMs, 10 * kMs + 500, 100});
  samples.reading(0, {10 * kMs + kMs / 2, 10 * kMs + kMs / 2 + 500, 150});
  const auto& rows = samples.rows();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].edge, 1);
  record::Counter track(record::limits_of(sensor.signal));
  for (const record::SampleRow& row : rows)
    EXPECT_EQ(track.advance({row.t_lo_ns, row.t_hi_ns, row.raw}).kind, record::StepKind::kExact);
  EXPECT_EQ(track.total(), 50u);
}

record::SensorRow slow_counter() {
  record::SensorRow row;
  row.signal.kind = record::Kind::kEnergy;
  row.signal.provenance = record::Provenance::kMeasured;
  row.signal.si_per_unit = 1e-3;
  row.signal.update_period_ns = 100 * kMs;
  row.signal.domain = record::Domain::kGpu;
  row.signal.readable = true;
  return row;
}

TEST(SampleRows, RowsOfACounterSlowerThanTheTicksAreAllUsable) {
  const record::SensorRow sensor = slow_counter();
  SampleRows rows({&sensor, 1});
  for (std::uint32_t tick = 0; tick < 50; ++tick) {
    rows.begin(tick);
    const std::int64_t at = 1000 * kMs + tick * 10 * kMs;
    rows.reading(std::uint16_t{0}, {at, at + kMs, 100 + tick / 10});
  }
  ASSERT_EQ(rows.rows().size(), 50u);
  record::Counter counter(record::limits_of(sensor.signal));
  int edges = 0;
  for (const record::SampleRow& row : rows.rows()) {
    const record::Step step = counter.advance({row.t_lo_ns, row.t_hi_ns, row.raw});
    EXPECT_TRUE(step.exact()) << "tick " << row.tick << ": " << to_string(step.kind);
    if (row.edge == 0) continue;
    ++edges;
    EXPECT_EQ(step.delta, 1u);
    // The update lies behind the look that still showed the old value.
    EXPECT_NEAR(static_cast<double>(row.t_hi_ns - row.t_lo_ns), 11.0 * kMs, 1.0);
  }
  EXPECT_EQ(edges, 4);
  EXPECT_EQ(counter.total(), 4u);
}

TEST(SampleRows, WithoutANewReadingNoUpdateWasSeen) {
  const record::SensorRow sensor = slow_counter();
  SampleRows rows({&sensor, 1});
  rows.reading(std::uint16_t{0}, {kMs, 2 * kMs, 1});
  rows.reading(std::uint16_t{0}, {11 * kMs, 12 * kMs, 2});
  EXPECT_TRUE(rows.change(0));
  rows.nothing_new(0);
  EXPECT_FALSE(rows.change(0)) << "the update was told of before";
  EXPECT_EQ(rows.rows().size(), 2u);
}

}  // namespace
}  // namespace joulepath::tools
