// Ranks of one package told apart by cycles, and by the counters of its cores.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "small_trace.hpp"

namespace joulepath::analysis {
namespace {

using testing::all_units;
using testing::kTickNs;
using testing::SmallTrace;
using testing::units_of;

constexpr std::uint32_t kSecondTicks = 100;

/// Ranks on one package of four cores, of which CPU n is of core n.
struct CoresTrace : SmallTrace {
  CoresTrace() {
    add_sensor("pkg", 0, 1 << 30);
    std::string xml = "<object type=\"Package\" os_index=\"0\">";
    for (const char* core : {"0", "1", "2", "3"})
      xml += std::string("<object type=\"Core\" os_index=\"") + core +
             "\"><object type=\"PU\" os_index=\"" + core + "\"/></object>";
    node.info.topology_xml = xml + "</object>";
  }
  std::uint16_t add_core(int core, double joules_per_unit = 1e-3) {
    record::SensorRow row;
    row.sensor = static_cast<std::uint16_t>(node.sensors.size());
    row.signal.device = "package-0/core-" + std::to_string(core);
    row.signal.id = "msr:core:" + row.signal.device;
    row.signal.domain = record::Domain::kCore;
    row.signal.socket = 0;
    row.signal.si_per_unit = joules_per_unit;
    row.signal.modulus = std::uint64_t{1} << 32;
    row.signal.update_period_ns = 1'000'000;
    row.signal.contained_in = "pkg";
    row.signal.readable = true;
    node.sensors.push_back(row);
    return row.sensor;
  }
  void add_rank_on(std::int32_t rank, const std::string& cpuset) {
    add_rank(rank, "0");
    node.processes.back().cpuset = cpuset;
  }
  void used(std::uint32_t tick, std::uint32_t lane, std::uint64_t cpu_ns, std::int32_t cpu) {
    block.cpu.push_back({tick, lane, cpu_ns, cpu, tick < 20 ? 0 : tick - 20});
  }
  /// All lanes compute in all ticks; `watts` of the package.
  void run(std::uint32_t ticks, double watts) {
    for (std::uint32_t now = 0; now <= ticks; ++now) {
      tick(now);
      const double joules = watts * static_cast<double>(now) * static_cast<double>(kTickNs) * 1e-9;
      sample(now, 0, static_cast<std::uint64_t>(joules * 1e6) + 1000);
      if (now == 0) continue;
      for (std::uint32_t lane = 0; lane < node.lanes.size(); ++lane)
        act(now, lane, 0, static_cast<std::uint32_t>(kTickNs));
    }
  }
  /// Core counters in each second, at so many watts.
  void read_cores(std::uint32_t ticks, const std::vector<double>& watts, std::uint64_t start) {
    for (std::uint32_t now = 0; now <= ticks; now += kSecondTicks)
      for (std::uint16_t core = 0; core < watts.size(); ++core) {
        const double joules = watts[core] * static_cast<double>(now) / kSecondTicks;
        sample(now, static_cast<std::uint16_t>(core + 1),
               (start + static_cast<std::uint64_t>(joules * 1e3)) % (std::uint64_t{1} << 32));
      }
  }
  double joules_of(const NodeResult& result, std::uint32_t lane) const {
    return static_cast<double>(units_of(result, 0, lane, 0)) * 1e-6;
  }
};

double lo_of(const NodeResult& result, std::uint32_t process) {
  return result.signals[0].bounds[result.groups.index(GroupKind::kProcess, process)].lo * 1e-6;
}
double hi_of(const NodeResult& result, std::uint32_t process) {
  return result.signals[0].bounds[result.groups.index(GroupKind::kProcess, process)].hi * 1e-6;
}

void add_cycles(CoresTrace& trace, std::uint32_t lane, std::uint32_t ticks, double ghz) {
  for (std::uint32_t now = 20; now <= ticks; now += 20) {
    const std::uint64_t cpu_ns = 20 * static_cast<std::uint64_t>(kTickNs);
    trace.used(now, lane, cpu_ns, -1);
    trace.block.counts.push_back(
        {now, lane, 0, static_cast<std::uint64_t>(ghz * static_cast<double>(cpu_ns)), now - 20});
  }
}

/// Rows of several lanes, in the order of ticks.
void sort_rows(record::Block& block) {
  const auto by_tick = [](const auto& a, const auto& b) { return a.tick < b.tick; };
  std::stable_sort(block.cpu.begin(), block.cpu.end(), by_tick);
  std::stable_sort(block.counts.begin(), block.counts.end(), by_tick);
  std::stable_sort(block.samples.begin(), block.samples.end(), by_tick);
}

TEST(Cycles, AFastCoreUsesMore) {
  CoresTrace trace;
  trace.node.counters.push_back({0, "cycles"});
  trace.add_rank_on(0, "0");
  trace.add_rank_on(1, "1");
  trace.run(500, 100.0);
  add_cycles(trace, 0, 500, 3.0);
  add_cycles(trace, 1, 500, 2.0);
  sort_rows(trace.block);
  const NodeResult result = trace.attribute();
  EXPECT_NEAR(trace.joules_of(result, 0), 300.0, 1.0);
  EXPECT_NEAR(trace.joules_of(result, 1), 200.0, 1.0);
  EXPECT_EQ(all_units(result.signals[0]), result.signals[0].facts.difference);
  EXPECT_GT(result.signals[0].told_apart.by_cycles_ns, 0.0);
  EXPECT_EQ(result.signals[0].told_apart.by_cpu_time_ns, 0.0);
}

TEST(Cycles, AnotherCounterIsNone) {
  CoresTrace trace;
  trace.node.counters.push_back({0, "instructions"});
  trace.add_rank_on(0, "0");
  trace.add_rank_on(1, "1");
  trace.run(500, 100.0);
  add_cycles(trace, 0, 500, 3.0);
  add_cycles(trace, 1, 500, 2.0);
  sort_rows(trace.block);
  const NodeResult result = trace.attribute();
  EXPECT_NEAR(trace.joules_of(result, 0), 250.0, 1.0);
  EXPECT_EQ(result.signals[0].told_apart.by_cycles_ns, 0.0);
}

TEST(Cycles, ALaneWithoutThemRunsLikeTheOthersOnAverage) {
  CoresTrace trace;
  trace.node.counters.push_back({0, "cycles"});
  for (const char* cpu : {"0", "1", "2", "3"})
    trace.add_rank_on(static_cast<std::int32_t>(cpu[0] - '0'), cpu);
  trace.run(500, 100.0);
  add_cycles(trace, 0, 500, 3.0);
  add_cycles(trace, 1, 500, 1.0);
  add_cycles(trace, 2, 500, 0.01);  // in the kernel nearly all the time
  sort_rows(trace.block);
  const NodeResult result = trace.attribute();
  EXPECT_NEAR(trace.joules_of(result, 0), 187.5, 1.0);
  EXPECT_NEAR(trace.joules_of(result, 1), 62.5, 1.0);
  EXPECT_NEAR(trace.joules_of(result, 2), 125.0, 1.0);
  EXPECT_NEAR(trace.joules_of(result, 3), 125.0, 1.0);
  EXPECT_NEAR(result.signals[0].told_apart.by_cpu_time_ns,
              result.signals[0].told_apart.by_cycles_ns, 1e6);
}

TEST(CoreCounters, ACoresEnergyIsWhoseItIs) {
  CoresTrace trace;
  for (int core = 0; core < 4; ++core) trace.add_core(core);
  trace.add_rank_on(0, "0");
  trace.add_rank_on(1, "1");
  trace.run(1000, 100.0);
  trace.read_cores(1000, {50.0, 20.0, 1.0, 1.0}, 4'294'967'000);  // they wrap
  sort_rows(trace.block);
  const NodeResult result = trace.attribute();
  // The rest is 30 W, of which 2 W are cores that nobody used.
  EXPECT_NEAR(trace.joules_of(result, 0), 650.0, 0.5);
  EXPECT_NEAR(trace.joules_of(result, 1), 350.0, 0.5);
  EXPECT_EQ(all_units(result.signals[0]), result.signals[0].facts.difference);
  EXPECT_LE(lo_of(result, 0), 650.0);
  EXPECT_GE(hi_of(result, 0), 650.0);
  EXPECT_GT(lo_of(result, 0), 645.0);
  EXPECT_LT(hi_of(result, 0), 655.0);
  EXPECT_GT(result.signals[0].told_apart.by_cores_ns, 0.0);
  EXPECT_NEAR(result.signals[0].told_apart.by_cpu_time_ns, 0.0, 1.0);
}

TEST(CoreCounters, TwoOnACoreAreToldApartByCpuTimeAndItIsNotCertain) {
  CoresTrace trace;
  for (int core = 0; core < 4; ++core) trace.add_core(core);
  trace.add_rank_on(0, "0");
  trace.add_rank_on(1, "0");
  trace.add_rank_on(2, "1");
  trace.run(1000, 100.0);
  for (std::uint32_t now = 20; now <= 1000; now += 20) {
    trace.used(now, 0, 150'000'000, 0);
    trace.used(now, 1, 50'000'000, 0);
    trace.used(now, 2, 200'000'000, 1);
  }
  trace.read_cores(1000, {40.0, 30.0, 0.0, 0.0}, 0);
  sort_rows(trace.block);
  const NodeResult result = trace.attribute();
  EXPECT_NEAR(trace.joules_of(result, 0), 300.0 + 100.0, 2.0);
  EXPECT_NEAR(trace.joules_of(result, 1), 100.0 + 100.0, 2.0);
  EXPECT_NEAR(trace.joules_of(result, 2), 300.0 + 100.0, 2.0);
  EXPECT_LT(lo_of(result, 0), 105.0) << "the other may have used all of the core";
  EXPECT_GT(hi_of(result, 0), 495.0);
  EXPECT_GT(lo_of(result, 2), 395.0);
}

TEST(CoreCounters, WhereACoreHasNoneItsRanksCountLikeTheOthers) {
  CoresTrace trace;
  trace.add_core(0);
  trace.add_core(1);
  trace.add_rank_on(0, "0");
  trace.add_rank_on(1, "1");
  trace.add_rank_on(2, "2");
  trace.run(1000, 100.0);
  trace.read_cores(1000, {40.0, 20.0}, 0);
  sort_rows(trace.block);
  const NodeResult result = trace.attribute();
  EXPECT_NEAR(trace.joules_of(result, 0), 400.0 + 33.3, 2.0);
  EXPECT_NEAR(trace.joules_of(result, 1), 200.0 + 33.3, 2.0);
  EXPECT_NEAR(trace.joules_of(result, 2), 300.0 + 33.3, 2.0);
  EXPECT_GT(lo_of(result, 0), 395.0) << "its core is known";
  EXPECT_LT(lo_of(result, 2), 1.0) << "that rank's may have used nothing";
  EXPECT_EQ(all_units(result.signals[0]), result.signals[0].facts.difference);
}

TEST(CoreCounters, ACoreThatNobodyWasSeenOnIsWhoMayUseItAlone) {
  CoresTrace trace;
  for (int core = 0; core < 4; ++core) trace.add_core(core);
  trace.add_rank_on(0, "0-1");
  trace.add_rank_on(1, "2-3");
  trace.run(1000, 100.0);
  for (std::uint32_t now = 20; now <= 1000; now += 20) {
    trace.used(now, 0, 200'000'000, 0);  // it was on core 1 as well
    trace.used(now, 1, 200'000'000, 2);
  }
  trace.read_cores(1000, {30.0, 20.0, 10.0, 0.0}, 0);
  sort_rows(trace.block);
  const NodeResult result = trace.attribute();
  EXPECT_NEAR(trace.joules_of(result, 0), 500.0 + 200.0, 1.0);
  EXPECT_NEAR(trace.joules_of(result, 1), 100.0 + 200.0, 1.0);
  EXPECT_GT(lo_of(result, 0), 695.0);
}

TEST(CoreCounters, AThreadOutsideOfItsProcessesCoresMakesNothingCertain) {
  CoresTrace trace;
  for (int core = 0; core < 4; ++core) trace.add_core(core);
  trace.add_rank_on(0, "0");
  trace.add_rank_on(1, "1");
  trace.run(1000, 100.0);
  for (std::uint32_t now = 20; now <= 1000; now += 20) {
    trace.used(now, 0, 200'000'000, 3);
    trace.used(now, 1, 200'000'000, 1);
  }
  trace.read_cores(1000, {0.0, 20.0, 0.0, 40.0}, 0);
  sort_rows(trace.block);
  const NodeResult result = trace.attribute();
  EXPECT_NEAR(trace.joules_of(result, 0), 400.0 + 200.0, 12.0);
  EXPECT_LT(lo_of(result, 1), 201.0) << "the other may have been on its core";
}

TEST(CoreCounters, ThatUsedMoreThanTheirPackageAreHeldToIt) {
  CoresTrace trace;
  trace.add_core(0);
  trace.add_core(1);
  trace.add_rank_on(0, "0");
  trace.add_rank_on(1, "1");
  trace.run(1000, 100.0);
  trace.read_cores(1000, {150.0, 50.0}, 0);
  sort_rows(trace.block);
  const NodeResult result = trace.attribute();
  EXPECT_NEAR(trace.joules_of(result, 0), 750.0, 1.0);
  EXPECT_EQ(all_units(result.signals[0]), result.signals[0].facts.difference);
}

}  // namespace
}  // namespace joulepath::analysis
