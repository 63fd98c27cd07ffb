#include "core/analysis/summary.hpp"

#include <algorithm>

#include "core/analysis/node_summary.hpp"

namespace joulepath::analysis {
namespace {

double seconds(std::uint64_t ns) {
  return static_cast<double>(ns) * 1e-9;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) parts.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
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

/// Lanes of one process: how many, the longest, and the time in each class.
struct ProcessTimes {
  std::vector<std::uint64_t> lane_ns;
  std::array<std::uint64_t, kReportClasses.size()> class_ns{};
};

std::vector<ProcessTimes> process_times(const record::NodeTables& node, const NodeResult& result) {
  std::vector<ProcessTimes> times(node.processes.size());
  std::vector<std::uint64_t> lane_ns(node.lanes.size());
  const std::uint32_t first_class = result.groups.index(GroupKind::kClass, 0);
  for (const Slot& slot : result.slots) {
    lane_ns[slot.lane] += slot.ns;
    const std::uint32_t process = node.lanes[slot.lane].process;
    if (process >= times.size()) continue;
    times[process]
        .class_ns[slot.groups[static_cast<std::size_t>(GroupKind::kClass)] - first_class] +=
        slot.ns;
  }
  for (std::size_t lane = 0; lane < node.lanes.size(); ++lane)
    if (node.lanes[lane].process < times.size())
      times[node.lanes[lane].process].lane_ns.push_back(lane_ns[lane]);
  return times;
}

RankSummary summarize_process(const record::NodeTables& node, const record::ProcessRow& process,
                              const ProcessTimes& times, const Figure& energy) {
  RankSummary rank;
  rank.rank = process.rank;
  rank.pid = process.pid;
  rank.node = node.info.hostname;
  rank.sockets = parse_sockets(process.sockets);
  rank.gpus = split_list(process.gpus);
  rank.died = process.state == record::ProcessState::kDied;
  rank.threads = static_cast<std::uint32_t>(times.lane_ns.size());
  for (const std::uint64_t ns : times.lane_ns) rank.seconds = std::max(rank.seconds, seconds(ns));
  for (std::size_t i = 0; i < times.class_ns.size(); ++i)
    rank.class_seconds[i] = seconds(times.class_ns[i]);
  rank.energy = energy;
  return rank;
}

void merge(RankSummary& rank, const RankSummary& other) {
  rank.died = rank.died || other.died;
  rank.threads += other.threads;
  rank.seconds += other.seconds;
  for (std::size_t i = 0; i < rank.class_seconds.size(); ++i)
    rank.class_seconds[i] += other.class_seconds[i];
  rank.energy.add(other.energy);
}

void add_recorder_cost(RecorderCost& cost, const record::NodeTables& node,
                       const NodeResult& result) {
  std::int64_t cpu_ns = -1;
  for (const auto& row : node.health) {
    // The recorder's CPU time is a running total, the others are counts to be added.
    if (row.kind == record::HealthKind::kRecorderCpu) cpu_ns = std::max(cpu_ns, row.value);
    if (row.kind == record::HealthKind::kLateTick) cost.late_ticks += row.value;
    if (row.kind == record::HealthKind::kSkippedTicks) cost.skipped_ticks += row.value;
  }
  cost.ticks += result.ticks;
  if (cpu_ns < 0) return;
  cost.known = true;
  cost.cpu_s += static_cast<double>(cpu_ns) * 1e-9;
}

}  // namespace

SummaryBuilder::SummaryBuilder(const record::RunTables& run) {
  summary_.schema_version = run.schema_version;
  summary_.command = run.meta_value("command");
  summary_.mpi = run.meta_value("mpi");
  for (const auto& row : run.meta)
    if (row.key.starts_with(record::kSensorNote))
      summary_.sensor_notes.push_back(row.key.substr(record::kSensorNote.size()) + ": " +
                                      row.value);
  for (const auto& function : run.functions)
    summary_.functions.push_back({function.name, function.class_name, 0, 0, 0.0, {}});
  for (const auto& phase : run.phases)
    summary_.phases.push_back(
        {phase.phase == 0 ? std::string(kOutsidePhases) : phase.name, 0.0, {}});
  for (const ReportClass report_class : kReportClasses)
    summary_.classes.push_back({report_class, 0.0, {}});
  for (const Rest rest : kRests) summary_.rests.push_back({rest, {}});
}

void SummaryBuilder::add(const record::NodeTables& node, const NodeResult& result) {
  const auto figures = signal_figures(node, result);
  summary_.nodes.push_back(summarize_node(node, result, figures));
  summary_.energy.add(summary_.nodes.back().energy);
  summary_.duration_s = std::max(summary_.duration_s, summary_.nodes.back().duration_s);
  const std::int64_t start = node.info.start_utc_ns;
  if (start > 0 && (summary_.start_utc_ns == 0 || start < summary_.start_utc_ns))
    summary_.start_utc_ns = start;
  for (std::size_t i = 0; i < node.sensors.size(); ++i)
    summary_.sensors.push_back(summarize_sensor(node, result, figures, i));

  const auto groups = summarize_groups(node, result, figures);
  const auto group = [&](GroupKind kind, std::size_t key) -> const GroupSummary& {
    return groups[result.groups.index(kind, static_cast<std::uint32_t>(key))];
  };
  const auto times = process_times(node, result);
  for (std::size_t i = 0; i < node.processes.size(); ++i) {
    const auto row =
        summarize_process(node, node.processes[i], times[i], group(GroupKind::kProcess, i).energy);
    const auto known = rank_rows_.find(row.rank);
    if (row.rank >= 0 && known != rank_rows_.end()) {
      merge(summary_.ranks[known->second], row);
      continue;
    }
    if (row.rank >= 0) rank_rows_.emplace(row.rank, summary_.ranks.size());
    summary_.ranks.push_back(row);
  }
  for (std::size_t i = 0; i < summary_.functions.size(); ++i) {
    const GroupSummary& part = group(GroupKind::kFunction, i);
    if (!part.active) continue;
    FunctionSummary& function = summary_.functions[i];
    function.calls += part.calls;
    function.bytes += part.bytes;
    function.seconds += seconds(part.ns);
    function.energy.add(part.energy);
  }
  const auto add_time_and_energy = [&](auto& row, const GroupSummary& part) {
    if (!part.active) return;
    row.seconds += seconds(part.ns);
    row.energy.add(part.energy);
  };
  for (std::size_t i = 0; i < summary_.phases.size(); ++i)
    add_time_and_energy(summary_.phases[i], group(GroupKind::kPhase, i));
  for (std::size_t i = 0; i < summary_.classes.size(); ++i)
    add_time_and_energy(summary_.classes[i], group(GroupKind::kClass, i));

  const auto rests = summarize_rests(node, result, figures);
  for (std::size_t i = 0; i < rests.size(); ++i) summary_.rests[i].energy.add(rests[i]);
  add_recorder_cost(summary_.recorder, node, result);
  for (auto& note : summarize_health(node, result)) summary_.health.push_back(std::move(note));
}

Summary SummaryBuilder::finish() {
  if (summary_.nodes.empty()) summary_.energy = unknown_figure("the trace holds no node");
  for (const auto& rest : summary_.rests)
    (is_idle(rest.rest) ? summary_.idle : summary_.unattributed).add(rest.energy);
  if (!summary_.idle.known() && summary_.idle.missing.empty())
    summary_.idle = summary_.unattributed = unknown_figure("the trace holds no node");
  std::erase_if(summary_.rests, [](const auto& row) { return !(row.energy.value > 0.0); });
  // A row that no lane was ever in has neither a figure nor a reason.
  const auto never = [](const auto& row) {
    return !row.energy.known() && row.energy.missing.empty();
  };
  std::erase_if(summary_.functions,
                [&](const auto& row) { return never(row) || row.class_name == "compute"; });
  std::erase_if(summary_.phases, never);
  std::erase_if(summary_.classes, [&](const auto& row) { return never(row); });
  std::stable_sort(summary_.functions.begin(), summary_.functions.end(),
                   [](const auto& a, const auto& b) {
                     if (costs_more(a.energy, b.energy)) return true;
                     return !costs_more(b.energy, a.energy) && a.seconds > b.seconds;
                   });
  std::stable_sort(summary_.ranks.begin(), summary_.ranks.end(), [](const auto& a, const auto& b) {
    if ((a.rank < 0) != (b.rank < 0)) return b.rank < 0;
    return a.rank < b.rank;
  });
  summary_.imbalance = imbalance_of(summary_.ranks);
  return std::move(summary_);
}

}  // namespace joulepath::analysis
