// What is added to a writer comes back from a reader: every member of every row.
#include "tests/unit/trace/example_trace.hpp"

namespace joulepath::trace::testing {
namespace {

using namespace record;

constexpr auto kMax64 = std::numeric_limits<std::uint64_t>::max();
constexpr auto kMax32 = std::numeric_limits<std::uint32_t>::max();
constexpr auto kMin64 = std::numeric_limits<std::int64_t>::min();
constexpr auto kMaxI64 = std::numeric_limits<std::int64_t>::max();

using RoundTrip = TraceTest;

Signal odd_signal() {
  Signal signal;
  signal.id = "hwmon:µ0";
  signal.domain = Domain::kModule;
  signal.device = "package-0-die-1";
  signal.socket = -1;
  signal.pci = "0000:81:00.0";
  signal.uuid = "GPU-8e2a";
  signal.kind = Kind::kPowerAveraged;
  signal.unit = "2^-14 J";
  signal.si_per_unit = 6.103515625e-05;
  signal.modulus = kMax64;
  signal.update_period_ns = kMaxI64;
  signal.averaging_ns = 1'000'000'000;
  signal.sampled_share = 0.25;
  signal.longest_gap_ns = 10'000'000'000;
  signal.source = "hwmon";
  signal.provenance = Provenance::kDeviceAveraged;
  signal.relative_error = 0.25;
  signal.counted = true;
  signal.contained_in = "a";
  signal.excluded_by = "b";
  signal.readable = false;
  signal.reason = "ж";
  signal.remedy = "chmod";
  return signal;
}

TEST_F(RoundTrip, EveryTableWithExtremeValues) {
  const std::vector<MetaRow> meta{{"command", "./lösung --größe 3 \"a b\""}, {"empty", ""}};
  const std::vector<PhaseRow> phases{{0, "(none)"}, {1, "phase été 相"}};
  const std::vector<SensorRow> sensors{{0, odd_signal()}, {1, Signal{}}};
  const std::vector<ProcessRow> processes{
      {0, -1, -1, 2147483647, kMin64, kMaxI64, ProcessState::kDied, "0-3,8", "0,1", "0:0,0:1", "0",
       "0000:81:00.0", "it may be fewer"},
      {1, 1, 2, 1, 0, 0, ProcessState::kFinalized, "", "", "", "", "", ""}};
  const std::vector<LaneRow> lanes{
      {0, 1, kMax32, -1, kMin64, kMaxI64, LaneKind::kSampled, "worker"},
      {1, 1, kMax32, 0, 0, 0, LaneKind::kOthers, ""}};
  const std::vector<CellRow> cells{{0, 1, 2}};
  const std::vector<TickRow> ticks{{0, kMin64, kMaxI64}, {kMax32 - 1, 1, 2}};
  const std::vector<SampleRow> samples{{0, 1, kMin64, kMaxI64, kMax64}, {kMax32 - 1, 0, 1, 2, 0}};
  const std::vector<ActivityRow> activity{{0, 0, 0, kMax32, kMax32, kMax64}, {1, 0, 0, 1, 2, 3}};
  const std::vector<CpuRow> cpu{{0, 0, kMax64, -1, 0}, {5, 0, 1, 2147483647, kMax32}};
  const std::vector<CounterRow> counters{{0, "instructions"}, {1, "größe"}};
  const std::vector<CountRow> counts{{0, 0, 1, 0, 0}, {5, 1, 0, kMax64, kMax32}};
  const std::vector<CpuUseRow> cpu_use{{0, -1, 0, 1, 2, 0}, {5, 3, kMax64, 7, kMax32, kMax32}};
  const std::vector<GpuUseRow> gpu_use{{0, 1, 0, kBusyNotTold, 0}, {5, 0, kNone32, 1000, kMax32}};
  const std::vector<MarkRow> marks{{0, kMax64, kMin64, kMaxI64}, {0, 1, 2, 3}};
  const std::vector<HealthRow> health{{kMin64, HealthKind::kReadFailed, 1, -5, kMin64},
                                      {1, HealthKind::kRecorderStopped, kNone32, 15, kMaxI64}};

  NodeWriter writer = create(file("t.h5"));
  const auto add = [&writer](const auto& rows) {
    for (const auto& row : rows) writer.add(row);
  };
  add(meta), add(phases), add(sensors), add(processes), add(lanes), add(cells);
  add(ticks), add(samples), add(activity), add(cpu), add(counters), add(counts), add(gpu_use),
      add(cpu_use), add(marks), add(health);
  ASSERT_TRUE(writer.close().ok());

  const auto got = read_all(file("t.h5"));
  ASSERT_TRUE(got.ok()) << got.error().message();
  EXPECT_EQ(got->run.schema_version, kSchemaVersion);
  EXPECT_TRUE(same_rows(got->run.meta, meta));
  EXPECT_TRUE(same_rows(got->run.phases, phases));
  EXPECT_TRUE(same_rows(got->run.functions, example_functions()));
  EXPECT_EQ(members(got->node.info), members(example_node("node-a")));
  EXPECT_TRUE(same_rows(got->node.sensors, sensors));
  EXPECT_TRUE(same_rows(got->node.processes, processes));
  EXPECT_TRUE(same_rows(got->node.lanes, lanes));
  EXPECT_TRUE(same_rows(got->node.cells, cells));
  EXPECT_TRUE(same_rows(got->node.marks, marks));
  EXPECT_TRUE(got->node.clock.empty());
  EXPECT_TRUE(same_rows(got->node.health, health));
  EXPECT_TRUE(same_rows(got->rows.ticks, ticks));
  EXPECT_TRUE(same_rows(got->rows.samples, samples));
  EXPECT_TRUE(same_rows(got->rows.activity, activity));
  EXPECT_TRUE(same_rows(got->rows.cpu, cpu));
  EXPECT_TRUE(same_rows(got->node.counters, counters));
  EXPECT_TRUE(same_rows(got->rows.counts, counts));
  EXPECT_TRUE(same_rows(got->rows.gpu_use, gpu_use));
  EXPECT_TRUE(same_rows(got->rows.cpu_use, cpu_use));
  EXPECT_TRUE(got->node.complete);
}

TEST_F(RoundTrip, LongTextIsCutBetweenCharactersAndMarked) {
  NodeWriter writer = create(file("t.h5"));
  std::string name;
  for (int n = 0; n < 200; ++n) name += "ä";  // 400 bytes for 256
  writer.add(PhaseRow{0, "(none)"});
  writer.add(PhaseRow{1, name});
  writer.add(PhaseRow{2, std::string(256, 'x')});
  ASSERT_TRUE(writer.close().ok());
  const auto got = read_all(file("t.h5"));
  ASSERT_TRUE(got.ok()) << got.error().message();
  const std::string& cut = got->run.phases[1].name;
  ASSERT_TRUE(cut.ends_with("…"));
  const std::string kept = cut.substr(0, cut.size() - std::string("…").size());
  EXPECT_EQ(kept, name.substr(0, kept.size()));
  EXPECT_EQ(kept.size() % 2, 0u);
  EXPECT_GE(cut.size(), 255u);
  EXPECT_LE(cut.size(), 256u);
  EXPECT_EQ(got->run.phases[2].name, std::string(256, 'x'));
}

TEST_F(RoundTrip, LastRowOfAKeyHolds) {
  NodeWriter writer = create(file("t.h5"));
  add_entities(writer, {"solve"});
  ASSERT_TRUE(writer.flush().ok());
  ProcessRow later;
  later.process = 1;
  later.rank = 77;
  later.state = ProcessState::kFinalized;
  writer.add(later);
  ASSERT_TRUE(writer.close().ok());
  const auto got = read_all(file("t.h5"));
  ASSERT_TRUE(got.ok()) << got.error().message();
  ASSERT_EQ(got->node.processes.size(), 2u);
  EXPECT_EQ(members(got->node.processes[1]), members(later));
  EXPECT_EQ(got->node.processes[0].rank, 0);
}

TEST_F(RoundTrip, CompleteOnlyWhenTheLastWordIsAnOrderlyEnd) {
  NodeWriter writer = create(file("t.h5"));
  add_end(writer);
  writer.add(HealthRow{6, HealthKind::kRowsLost, kNone32, 28, 3});
  ASSERT_TRUE(writer.close().ok());
  const auto got = read_all(file("t.h5"));
  ASSERT_TRUE(got.ok()) << got.error().message();
  EXPECT_FALSE(got->node.complete);
}

TEST_F(RoundTrip, ManyFlushesKeepEveryRowOnce) {
  NodeWriter writer = create(file("t.h5"));
  add_entities(writer, {"solve"});
  for (std::uint32_t round = 0; round < 60; ++round) {
    add_ticks(writer, round * 100, 100);
    ASSERT_TRUE(writer.flush().ok());
    EXPECT_EQ(writer.buffered_bytes(), 0u);
  }
  ASSERT_TRUE(writer.close().ok());
  const auto got = read_all(file("t.h5"));
  const auto once = read_all(whole("once.h5", 6000, {"solve"}));
  ASSERT_TRUE(got.ok() && once.ok());
  EXPECT_EQ(got->rows.activity.size(), 24000u);
  EXPECT_TRUE(same_blocks(got->rows, once->rows));
}

TEST_F(RoundTrip, BlocksOfAnySizeGiveTheSameRows) {
  const auto path = whole("t.h5", 301);
  const auto all = read_all(path, 100000);
  ASSERT_TRUE(all.ok()) << all.error().message();
  ASSERT_EQ(all->rows.ticks.size(), 301u);
  for (const std::size_t max_ticks : {1u, 7u, 300u, 301u}) {
    const auto got = read_all(path, max_ticks);
    ASSERT_TRUE(got.ok()) << got.error().message();
    EXPECT_TRUE(same_blocks(got->rows, all->rows)) << max_ticks;
  }
}

TEST_F(RoundTrip, WindowsLargerThanMemoryAllowsAreJoined) {
  NodeWriter writer = create(file("t.h5"));
  add_entities(writer, {"solve"});
  add_ticks(writer, 0, 40000);  // 160,000 activity rows: three windows
  ASSERT_TRUE(writer.close().ok());
  const auto got = read_all(file("t.h5"), 1000);
  ASSERT_TRUE(got.ok()) << got.error().message();
  ASSERT_EQ(got->rows.activity.size(), 160000u);
  EXPECT_EQ(got->rows.activity.back().tick, 39999u);
}

TEST_F(RoundTrip, SecondWriterOfAPathIsRefused) {
  NodeWriter writer = create(file("t.h5"));
  add_entities(writer, {});
  const auto second = NodeWriter::create(file("t.h5"), example_node("b"), example_functions());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, base::Errc::kConflict);
  add_ticks(writer, 0, 3);
  ASSERT_TRUE(writer.close().ok());
  EXPECT_EQ(read_all(file("t.h5"))->rows.ticks.size(), 3u);
}

}  // namespace
}  // namespace joulepath::trace::testing
