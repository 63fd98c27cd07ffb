// To which package counters of single cores belong, and where windows are cut between them.
#include "core/analysis/core_counters.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "small_trace.hpp"

namespace joulepath::analysis {
namespace {

class CoreCountersTest : public ::testing::Test {
 protected:
  CoreCountersTest() {
    trace_.add_sensor("pkg", 0, 1 << 30);
    trace_.add_rank(0, "0");
    trace_.node.info.topology_xml =
        "<object type=\"Package\" os_index=\"0\"><object type=\"Core\" os_index=\"0\">"
        "<object type=\"PU\" os_index=\"0\"/></object></object>";
  }
  std::size_t add_core() {
    record::SensorRow row;
    row.sensor = static_cast<std::uint16_t>(trace_.node.sensors.size());
    row.signal.device = "package-0/core-0";
    row.signal.domain = record::Domain::kCore;
    row.signal.socket = 0;
    row.signal.si_per_unit = 1e-6;
    row.signal.readable = true;
    trace_.node.sensors.push_back(row);
    return row.sensor;
  }
  CoreCounters& made() {
    slots_.emplace(trace_.run, trace_.node, std::vector<int>{0});
    std::vector<bool> shared;
    for (const auto& row : trace_.node.sensors) shared.push_back(row.signal.counted);
    return counters_.emplace(trace_.node, *slots_, shared);
  }
  /// Of sensor `at` in ticks 0, 100, 200 ...
  void read(std::size_t at, std::uint64_t step_uj, std::uint64_t ticks) {
    for (std::uint64_t tick = 0; tick <= ticks; tick += 100) {
      const auto now = static_cast<std::int64_t>(tick) * testing::kTickNs;
      counters_->add(at, {0, 0, now, now, tick / 100 * step_uj, 0}, tick, now);
    }
  }

  testing::SmallTrace trace_;
  std::optional<SlotTable> slots_;
  std::optional<CoreCounters> counters_;
};

TEST_F(CoreCountersTest, BelongToTheirPackage) {
  const std::size_t core = add_core();
  EXPECT_TRUE(made().any());
  EXPECT_NE(counters_->of_package(0), nullptr);
  EXPECT_EQ(counters_->of_package(core), nullptr);
}

TEST_F(CoreCountersTest, OfAPackageThatTwoCountersTellOfBelongToNone) {
  trace_.add_sensor("pkg again", 0, 1 << 30);
  add_core();
  EXPECT_FALSE(made().any());
  EXPECT_EQ(counters_->of_package(0), nullptr);
}

TEST_F(CoreCountersTest, OfACoreThatTwoTellOfTheFirstHolds) {
  const std::size_t first = add_core();
  const std::size_t second = add_core();
  made();
  read(first, 1'000'000, 200);
  read(second, 9'000'000, 200);
  counters_->finish();
  const auto& stretches = counters_->of_package(0)->energy().stretches();
  ASSERT_EQ(stretches.size(), 2u);
  EXPECT_EQ(stretches[1].joules.at(0), 1.0);
}

TEST_F(CoreCountersTest, AWindowEndsWhereAStretchDoes) {
  const std::size_t core = add_core();
  EXPECT_EQ(made().cut_near(0, 250), 250u);  // there is none yet
  read(core, 1'000'000, 300);
  counters_->finish();
  const auto& stretches = counters_->of_package(0)->energy().stretches();
  ASSERT_EQ(stretches.size(), 3u);
  EXPECT_EQ(counters_->cut_near(0, 250), stretches[1].end);
  EXPECT_EQ(counters_->cut_near(stretches[1].end, 250), 250u);  // it would be empty
  counters_->drop_before(stretches[1].end);
  EXPECT_EQ(counters_->of_package(0)->energy().stretches().size(), 1u);
}

TEST_F(CoreCountersTest, ReadingsOfOtherSensorsTellNothing) {
  add_core();
  made();
  read(0, 1'000'000, 200);
  counters_->finish();
  EXPECT_TRUE(counters_->of_package(0)->energy().stretches().empty());
}

}  // namespace
}  // namespace joulepath::analysis
