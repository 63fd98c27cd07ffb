#include "core/analysis/summary.hpp"

#include <algorithm>
#include <utility>

#include "core/analysis/figure_parts.hpp"
#include "core/analysis/node_summary.hpp"
#include "core/analysis/process_summary.hpp"
#include "core/analysis/split_summary.hpp"
#include "core/analysis/wait_split.hpp"

namespace joulepath::analysis {
namespace {

double seconds(std::uint64_t ns) {
  return static_cast<double>(ns) * 1e-9;
}

/// Unknown figures sort after known ones.
bool costs_more(const Figure& a, const Figure& b) {
  if (a.known() != b.known()) return a.known();
  return a.known() && a.value > b.value;
}

std::optional<double> imbalance(const std::vector<double>& values) {
  double sum = 0.0;
  double most = 0.0;
  for (const double value : values) {
    sum += value;
    most = std::max(most, value);
  }
  if (values.size() < 2 || sum <= 0.0) return std::nullopt;
  return most * static_cast<double>(values.size()) / sum - 1.0;
}

Imbalance imbalance_of(const std::vector<RankSummary>& ranks) {
  std::vector<double> compute;
  std::vector<double> energy;
  bool all_known = true;
  for (const auto& rank : ranks) {
    if (rank.rank < 0) continue;
    compute.push_back(rank.class_seconds[static_cast<std::size_t>(ReportClass::kCompute)]);
    energy.push_back(rank.energy.value);
    all_known = all_known && rank.energy.known();
  }
  return {imbalance(compute), all_known ? imbalance(energy) : std::nullopt};
}

void add_recorder_cost(RecorderCost& cost, const record::NodeTables& node,
                       const NodeResult& result) {
  std::int64_t cpu_ns = -1;
  std::int64_t period_ns = 0;
  for (const auto& row : node.health) {
    // The recorder's CPU time is a running total, the others are counts to be added.
    if (row.kind == record::HealthKind::kRecorderCpu) cpu_ns = std::max(cpu_ns, row.value);
    if (row.kind == record::HealthKind::kLateTick) cost.late_ticks += row.value;
    if (row.kind == record::HealthKind::kSkippedTicks) cost.skipped_ticks += row.value;
    if (row.kind == record::HealthKind::kThreadPeriod) period_ns = row.value;
  }
  cost.ticks += result.ticks;
  if (period_ns > 0)
    cost.thread_period_s =
        std::max(cost.thread_period_s.value_or(0.0), static_cast<double>(period_ns) * 1e-9);
  if (cpu_ns < 0) return;
  cost.known = true;
  cost.cpu_s += static_cast<double>(cpu_ns) * 1e-9;
}

/// Stands for rows whose key no table of the trace holds.
constexpr const char* kNotInTable = "(unknown)";

/// Rows that no lane was ever in have neither a figure nor a reason.
bool never(const Figure& energy) {
  return !energy.known() && energy.missing.empty();
}

/// By run and rank; those without a rank last, in the order of the trace.
bool comes_first(int run_a, std::int32_t rank_a, int run_b, std::int32_t rank_b) {
  if ((rank_a < 0) != (rank_b < 0)) return rank_b < 0;
  return std::pair(run_a, rank_a) < std::pair(run_b, rank_b);
}

}  // namespace

SummaryBuilder::SummaryBuilder(record::RunTables run) : run_(std::move(run)) {
  summary_.schema_version = run_.schema_version;
  summary_.command = run_.meta_value("command");
  summary_.mpi = run_.meta_value("mpi");
  summary_.counters_absent = run_.meta_value(record::kCountersAbsent);
  for (const auto& row : run_.meta)
    if (row.key.starts_with(record::kSensorNote))
      summary_.sensor_notes.push_back(row.key.substr(record::kSensorNote.size()) + ": " +
                                      row.value);
  // One row more in both: the group of what no table knows.
  for (const auto& function : run_.functions) {
    FunctionSummary& row = summary_.functions.emplace_back();
    row.name = function.name;
    row.class_name = function.class_name;
  }
  summary_.functions.emplace_back().name = kNotInTable;
  for (const auto& phase : run_.phases)
    summary_.phases.emplace_back().name =
        phase.phase == 0 ? std::string(kOutsidePhases) : phase.name;
  summary_.phases.emplace_back().name = kNotInTable;
  for (const ReportClass report_class : kReportClasses)
    summary_.classes.push_back({report_class, 0.0, {}});
  for (const Rest rest : kRests) summary_.rests.push_back({rest, {}});
}

namespace {

/// The second of two recordings of one node: its joules are the first's, and none are missing.
bool counted_elsewhere(const record::NodeTables& node) {
  return std::any_of(node.sensors.begin(), node.sensors.end(), [](const record::SensorRow& row) {
    return row.signal.reason == record::kCountedElsewhere;
  });
}

}  // namespace

void SummaryBuilder::add(const record::NodeTables& node, const NodeResult& result) {
  clocks_.add(run_, node);
  const auto figures = signal_figures(node, result);
  summary_.nodes.push_back(summarize_node(node, result, figures));
  if (summary_.nodes.back().energy.known() || !counted_elsewhere(node))
    summary_.energy.add(summary_.nodes.back().energy);
  summary_.duration_s = std::max(summary_.duration_s, summary_.nodes.back().duration_s);
  const std::int64_t start = node.info.start_utc_ns;
  if (start > 0 && (summary_.start_utc_ns == 0 || start < summary_.start_utc_ns))
    summary_.start_utc_ns = start;
  for (std::size_t i = 0; i < node.sensors.size(); ++i)
    summary_.sensors.push_back(summarize_sensor(node, result, figures, i));

  const auto groups = summarize_groups(node, result, figures);
  const WaitSplit split(run_, result);
  for (auto& gpu : summarize_gpus(node, result, figures)) summary_.gpus.push_back(std::move(gpu));
  add_processes(node, result, groups, split);
  add_counters(node, result);
  add_work(node, result, groups, split);

  const auto rests = summarize_rests(node, result, figures);
  for (std::size_t i = 0; i < rests.size(); ++i) summary_.rests[i].energy.add(rests[i]);
  for (auto& fit : summarize_fits(run_, node, result, figures)) add(std::move(fit));
  for (auto& power : summarize_statics(node, result)) add(std::move(power));
  add_recorder_cost(summary_.recorder, node, result);
  for (auto& note : summarize_health(node, result)) summary_.health.push_back(std::move(note));
}

void SummaryBuilder::add_processes(const record::NodeTables& node, const NodeResult& result,
                                   const std::vector<GroupSummary>& groups,
                                   const WaitSplit& split) {
  const std::size_t node_index = first_rank_.size();
  first_rank_.push_back(summary_.ranks.size());
  first_thread_.push_back(summary_.threads.size());
  auto threads = summarize_threads(node, result, groups);
  std::uint32_t key = 0;
  for (auto& row : summarize_processes(node, result, groups, split)) {
    row.thread_imbalance = thread_imbalance(threads, key++);
    summary_.ranks.push_back(std::move(row));
  }
  for (auto& row : threads) summary_.threads.push_back(std::move(row));
  for (const auto& process : node.processes) lives_.push_back(life_of(node, process, node_index));
  lives_.resize(summary_.ranks.size());
}

void SummaryBuilder::add_counters(const record::NodeTables& node, const NodeResult& result) {
  for (std::size_t i = 0; i < result.counters.size(); ++i) {
    const CounterResult& counted = result.counters[i];
    const std::string& name = node.counters[i].name;
    auto known = std::find_if(summary_.counters.begin(), summary_.counters.end(),
                              [&](const CounterSummary& row) { return row.name == name; });
    if (known == summary_.counters.end()) known = summary_.counters.insert(known, {name, 0.0});
    known->total += static_cast<double>(counted.total);
    const auto at = static_cast<std::size_t>(known - summary_.counters.begin());
    for (std::size_t phase = 0; phase < counted.by_phase.size(); ++phase) {
      auto& counts = summary_.phases[phase].own_counts;
      counts.resize(std::max(counts.size(), at + 1));
      counts[at].add(counted.by_phase[phase]);
    }
  }
  counted_cpu_s_ += seconds(result.counted_cpu_ns);
}

void SummaryBuilder::add_work(const record::NodeTables& node, const NodeResult& result,
                              const std::vector<GroupSummary>& groups, const WaitSplit& split) {
  const auto group = [&](GroupKind kind, std::size_t key) -> const GroupSummary& {
    return groups[result.groups.index(kind, static_cast<std::uint32_t>(key))];
  };
  for (std::size_t i = 0; i < summary_.functions.size(); ++i) {
    const GroupSummary& part = group(GroupKind::kFunction, i);
    if (!part.active) continue;
    const auto key = static_cast<std::uint32_t>(i);
    FunctionSummary& function = summary_.functions[i];
    function.calls += part.calls;
    function.bytes += part.bytes;
    function.seconds += seconds(part.ns);
    function.energy.add(part.energy);
    if (split.part(key) != WaitPart::kUnknown)
      function.wait_seconds =
          function.wait_seconds.value_or(0.0) + seconds(split.wait_ns(key, part.ns, part.wait_ns));
    function.wait_energy.add(split.wait_energy(key, part));
  }
  for (std::size_t i = 0; i < summary_.phases.size(); ++i) {
    const GroupSummary& part = group(GroupKind::kPhase, i);
    if (!part.active) continue;
    summary_.phases[i].own_seconds += seconds(part.ns);
    summary_.phases[i].own_energy.add(part.energy);
  }
  // The times a phase was begun are kept where the calls of computing would be.
  for (const Slot& slot : result.slots) {
    const record::CellRow& cell = node.cells[slot.cell];
    if (cell.function != 0 || cell.phase == 0 || cell.phase >= run_.phases.size()) continue;
    auto& instances = summary_.phases[cell.phase].instances;
    if (slot.calls > 0) instances = instances.value_or(0) + slot.calls;
  }
  const auto classes = summarize_classes(run_, result, groups, split);
  for (std::size_t i = 0; i < classes.size(); ++i) {
    if (!classes[i].active) continue;
    summary_.classes[i].seconds += seconds(classes[i].ns);
    summary_.classes[i].energy.add(classes[i].energy);
  }
}

void SummaryBuilder::number_the_runs() {
  const auto numbers = number_runs(lives_);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    summary_.ranks[i].run = numbers[i];
    summary_.runs = std::max(summary_.runs, numbers[i]);
  }
  for (std::size_t node = 0; node < first_rank_.size(); ++node) {
    const std::size_t end =
        node + 1 < first_thread_.size() ? first_thread_[node + 1] : summary_.threads.size();
    for (std::size_t i = first_thread_[node]; i < end; ++i) {
      ThreadSummary& thread = summary_.threads[i];
      thread.run = thread.rank < 0 ? 0 : numbers[first_rank_[node] + thread.process];
    }
  }
}

void SummaryBuilder::note_partial() {
  if (const auto ranks = run_.meta_value(record::kMissingRanks); !ranks.empty())
    summary_.partial.push_back("ranks " + std::string(ranks) + " were not recorded");
  if (const auto files = run_.meta_value(record::kLeftOut); !files.empty())
    summary_.partial.push_back("left out: " + std::string(files));
  for (const NodeSummary& node : summary_.nodes)
    if (!node.complete)
      summary_.partial.push_back(node.hostname +
                                 ": its recorder did not end in order (killed, or " +
                                 "still at work): what came after its last second is not here");
  for (const std::string& why : summary_.partial) summary_.energy.note_missing(why);
}

Summary SummaryBuilder::finish() {
  note_partial();
  if (summary_.clocks.basis != ClockBasis::kEvents) summary_.clocks = clocks_.finish();
  if (summary_.nodes.empty()) summary_.energy = unknown_figure("the trace holds no node");
  for (const auto& rest : summary_.rests)
    (is_idle(rest.rest) ? summary_.idle : summary_.unattributed).add(rest.energy);
  if (!summary_.idle.known() && summary_.idle.missing.empty())
    summary_.idle = summary_.unattributed = unknown_figure("the trace holds no node");
  std::erase_if(summary_.rests, [](const auto& row) { return !(row.energy.value > 0.0); });
  std::erase_if(summary_.functions,
                [](const auto& row) { return never(row.energy) || row.class_name == "compute"; });
  std::erase_if(summary_.phases, [](const auto& row) { return never(row.own_energy); });
  std::erase_if(summary_.classes, [](const auto& row) { return never(row.energy); });
  double cpu_s = 0.0;
  for (const auto& rank : summary_.ranks) cpu_s += rank.cpu_seconds.value_or(0.0);
  if (!summary_.counters.empty() && cpu_s > 0.0)
    summary_.counted_part = std::min(counted_cpu_s_ / cpu_s, 1.0);
  summary_.phases = phase_tree(summary_.phases);
  for (auto& phase : summary_.phases) phase.energy = capped(phase.energy, summary_.energy);
  for (auto& row : summary_.classes) row.energy = capped(row.energy, summary_.energy);
  std::stable_sort(summary_.functions.begin(), summary_.functions.end(),
                   [](const auto& a, const auto& b) {
                     if (costs_more(a.energy, b.energy)) return true;
                     return !costs_more(b.energy, a.energy) && a.seconds > b.seconds;
                   });
  number_the_runs();
  std::stable_sort(summary_.ranks.begin(), summary_.ranks.end(), [](const auto& a, const auto& b) {
    return comes_first(a.run, a.rank, b.run, b.rank);
  });
  std::stable_sort(summary_.threads.begin(), summary_.threads.end(),
                   [](const auto& a, const auto& b) {
                     if (comes_first(a.run, a.rank, b.run, b.rank)) return true;
                     if (comes_first(b.run, b.rank, a.run, a.rank)) return false;
                     return a.rank >= 0 && a.thread < b.thread;
                   });
  if (summary_.runs < 2) summary_.imbalance = imbalance_of(summary_.ranks);
  return std::move(summary_);
}

}  // namespace joulepath::analysis
