// Rows of readings: an edge right behind a reading that is a row too.
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

}  // namespace
}  // namespace joulepath::tools
