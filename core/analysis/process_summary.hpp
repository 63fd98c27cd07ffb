// The processes and threads of one node: their time by report class and their energy.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/analysis/node_summary.hpp"
#include "core/analysis/run_numbers.hpp"
#include "core/analysis/summary.hpp"
#include "core/analysis/wait_split.hpp"

namespace joulepath::analysis {

/// One for each process, in the order of the table; then one more, without rank or pid,
/// if lanes name a process that the table does not hold.
std::vector<RankSummary> summarize_processes(const record::NodeTables& node,
                                             const NodeResult& result,
                                             const std::vector<GroupSummary>& groups,
                                             const WaitSplit& split);

/// Lanes that were ever active.
std::vector<ThreadSummary> summarize_threads(const record::NodeTables& node,
                                             const NodeResult& result,
                                             const std::vector<GroupSummary>& groups);

/// RankSummary::thread_imbalance of one process of a node, from that node's threads.
std::optional<double> thread_imbalance(std::span<const ThreadSummary> threads,
                                       std::uint32_t process);

/// GPUs with a signal that counts, or would if the job might use them.
std::vector<GpuSummary> summarize_gpus(const record::NodeTables& node, const NodeResult& result,
                                       const std::vector<SignalFigures>& figures);

/// For number_runs; `node_index` tells nodes apart.
ProcessLife life_of(const record::NodeTables& node, const record::ProcessRow& process,
                    std::size_t node_index);

}  // namespace joulepath::analysis
