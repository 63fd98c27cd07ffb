#include "core/analysis/process_summary.hpp"

#include <algorithm>
#include <string>

#include "core/analysis/gpu_use.hpp"
#include "core/base/split.hpp"

namespace joulepath::analysis {
namespace {

double seconds(std::uint64_t ns) {
  return static_cast<double>(ns) * 1e-9;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  for (const std::string_view part : base::split(text, ','))
    if (!part.empty()) parts.emplace_back(part);
  return parts;
}

RankSummary facts_of(const record::ProcessRow& process) {
  RankSummary rank;
  rank.rank = process.rank;
  rank.pid = process.pid;
  rank.sockets = parse_sockets(process.sockets);
  rank.gpus = split_list(process.gpus);
  rank.gpus_reason = process.gpus_reason;
  rank.died = process.state == record::ProcessState::kDied;
  return rank;
}

}  // namespace

std::vector<RankSummary> summarize_processes(const record::NodeTables& node,
                                             const NodeResult& result,
                                             const std::vector<GroupSummary>& groups,
                                             const WaitSplit& split) {
  std::vector<RankSummary> ranks;
  for (const auto& process : node.processes) ranks.push_back(facts_of(process));
  ranks.emplace_back();
  const auto row_of = [&](std::uint32_t lane) -> RankSummary& {
    return ranks[std::min<std::size_t>(node.lanes[lane].process, node.processes.size())];
  };

  std::vector<std::uint64_t> lane_ns(node.lanes.size());
  for (const Slot& slot : result.slots) {
    lane_ns[slot.lane] += slot.ns;
    auto& by_class = row_of(slot.lane).class_seconds;
    const std::uint32_t function = node.cells[slot.cell].function;
    const std::uint64_t wait_ns = split.wait_ns(function, slot.ns, slot.wait_ns);
    by_class[static_cast<std::size_t>(split.waiting(function))] += seconds(wait_ns);
    by_class[static_cast<std::size_t>(split.beside_wait(function))] += seconds(slot.ns - wait_ns);
  }
  for (std::uint32_t lane = 0; lane < node.lanes.size(); ++lane) {
    RankSummary& rank = row_of(lane);
    if (node.lanes[lane].kind != record::LaneKind::kOthers) ++rank.threads;
    if (const LaneCpu& cpu = result.lane_cpu[lane]; cpu.known)
      rank.cpu_seconds = rank.cpu_seconds.value_or(0.0) + seconds(cpu.ns);
    if (node.lanes[lane].kind == record::LaneKind::kTold)
      rank.seconds = std::max(rank.seconds, seconds(lane_ns[lane]));
  }
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    ranks[i].node = node.info.hostname;
    ranks[i].energy =
        groups[result.groups.index(GroupKind::kProcess, static_cast<std::uint32_t>(i))].energy;
  }
  if (ranks.back().threads == 0) ranks.pop_back();
  return ranks;
}

std::vector<ThreadSummary> summarize_threads(const record::NodeTables& node,
                                             const NodeResult& result,
                                             const std::vector<GroupSummary>& groups) {
  std::vector<std::uint64_t> compute_ns(node.lanes.size());
  for (const Slot& slot : result.slots)
    if (is_compute(slot, result.groups)) compute_ns[slot.lane] += slot.ns;
  std::vector<ThreadSummary> threads;
  for (std::size_t i = 0; i < node.lanes.size(); ++i) {
    const auto& group =
        groups[result.groups.index(GroupKind::kLane, static_cast<std::uint32_t>(i))];
    if (!group.active) continue;
    const record::LaneRow& lane = node.lanes[i];
    ThreadSummary& thread = threads.emplace_back();
    thread.process = lane.process;
    if (lane.process < node.processes.size()) {
      thread.rank = node.processes[lane.process].rank;
      thread.pid = node.processes[lane.process].pid;
    }
    thread.node = node.info.hostname;
    thread.kind = lane.kind;
    thread.thread = lane.thread;
    thread.tid = lane.tid;
    thread.name = lane.name;
    thread.seconds = seconds(group.ns);
    const LaneCpu& cpu = result.lane_cpu[i];
    if (cpu.known) thread.cpu_seconds = seconds(cpu.ns);
    thread.work_seconds =
        std::min(seconds(compute_ns[i]), thread.cpu_seconds.value_or(seconds(compute_ns[i])));
    thread.cpus.assign(cpu.cpus.begin(), cpu.cpus.end());
    thread.energy = group.energy;
  }
  return threads;
}

std::optional<double> thread_imbalance(std::span<const ThreadSummary> threads,
                                       std::uint32_t process) {
  // Helpers of an MPI library or of Python are no workers that came off badly.
  constexpr double kHardly = 0.02;
  double most = 0.0;
  const auto works = [&](const ThreadSummary& thread) {
    return thread.process == process && thread.kind != record::LaneKind::kOthers;
  };
  for (const ThreadSummary& thread : threads)
    if (works(thread)) most = std::max(most, thread.work_seconds);
  double sum = 0.0;
  std::size_t count = 0;
  for (const ThreadSummary& thread : threads) {
    if (!works(thread) || thread.work_seconds < kHardly * most) continue;
    sum += thread.work_seconds;
    ++count;
  }
  if (count < 2 || sum <= 0.0) return std::nullopt;
  return most * static_cast<double>(count) / sum - 1.0;
}

namespace {

/// Rising, each once.
void sort_ranks(std::vector<std::int32_t>& ranks) {
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
}

}  // namespace

std::vector<GpuSummary> summarize_gpus(const record::NodeTables& node, const NodeResult& result,
                                       const std::vector<SignalFigures>& figures) {
  std::vector<GpuSummary> gpus;
  for (std::size_t at = 0; at < node.sensors.size(); ++at) {
    const record::Signal& signal = node.sensors[at].signal;
    const bool others = !signal.counted && signal.reason == kOthersGpu;
    if (record::gpu_of(signal).empty() || !(signal.counted || others)) continue;
    GpuSummary& gpu = gpus.emplace_back();
    gpu.node = node.info.hostname;
    gpu.gpu = record::gpu_of(signal);
    gpu.sensor = signal.id;
    gpu.of_job = signal.counted;
    gpu.shared = is_shared(node, gpu.gpu);
    gpu.energy = figures[at].total();
    for (const auto& process : node.processes)
      if (process.rank >= 0 && record::may_use(process, gpu.gpu)) gpu.ranks.push_back(process.rank);
    sort_ranks(gpu.ranks);
    if (const auto& users = result.signals[at].gpu_users) {
      gpu.seen.emplace();
      for (const std::uint32_t process : *users)
        if (process < node.processes.size() && node.processes[process].rank >= 0)
          gpu.seen->push_back(node.processes[process].rank);
      sort_ranks(*gpu.seen);
    }
  }
  return gpus;
}

ProcessLife life_of(const record::NodeTables& node, const record::ProcessRow& process,
                    std::size_t node_index) {
  ProcessLife life;
  life.rank = process.rank;
  life.world_size = process.world_size;
  life.node = node_index;
  life.first_ns = process.first_ns;
  life.last_ns = process.last_ns;
  life.first_utc_ns = node.info.start_utc_ns + (process.first_ns - node.info.start_monotonic_ns);
  return life;
}

}  // namespace joulepath::analysis
