#include "core/analysis/slot_table.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/base/split.hpp"

#include "core/analysis/report_class.hpp"

namespace joulepath::analysis {
namespace {

std::uint32_t narrow(std::size_t number) {
  return static_cast<std::uint32_t>(number);
}

}  // namespace

std::vector<int> parse_sockets(std::string_view text) {
  std::vector<int> sockets;
  for (const std::string_view part : base::split(text, ',')) {
    int socket = 0;
    const char* const behind = part.data() + part.size();
    const auto [end, error] = std::from_chars(part.data(), behind, socket);
    if (error == std::errc{} && end == behind) sockets.push_back(socket);
  }
  std::sort(sockets.begin(), sockets.end());
  sockets.erase(std::unique(sockets.begin(), sockets.end()), sockets.end());
  return sockets;
}

bool is_compute(const Slot& slot, const GroupLayout& layout) {
  return slot.groups[static_cast<std::size_t>(GroupKind::kClass)] ==
         layout.index(GroupKind::kClass, static_cast<std::uint32_t>(ReportClass::kCompute));
}

SlotTable::SlotTable(const record::RunTables& run, const record::NodeTables& node,
                     std::vector<int> sockets, std::vector<std::string> gpus)
    : sockets_(std::move(sockets)), gpus_(std::move(gpus)), used_(scope_count(), false) {
  const auto process_scopes = scopes_of_processes(node);
  // One process more, for lanes whose process the table does not know.
  const std::uint32_t processes = narrow(node.processes.size()) + 1;
  const std::uint32_t functions = narrow(run.functions.size()) + 1;
  const std::uint32_t phases = narrow(run.phases.size()) + 1;
  const std::array<std::uint32_t, kGroupKinds> sizes{
      processes, functions, phases, narrow(kReportClasses.size()), narrow(node.lanes.size())};
  for (std::size_t kind = 0; kind < kGroupKinds; ++kind) {
    groups_.first[kind] = groups_.count;
    groups_.count += sizes[kind];
  }

  for (const auto& lane : node.lanes) {
    const std::uint32_t process = std::min(lane.process, processes - 1);
    lane_process_.push_back(process);
    lane_scopes_.push_back(process_scopes[process]);
  }
  cell_count_ = node.cells.size();
  for (const auto& cell : node.cells) {
    const bool known = cell.function < run.functions.size();
    const ReportClass report_class =
        known ? report_class_of(run.functions[cell.function].class_name) : ReportClass::kOther;
    cell_groups_.push_back(
        {0, groups_.index(GroupKind::kFunction, std::min(cell.function, functions - 1)),
         groups_.index(GroupKind::kPhase, std::min(cell.phase, phases - 1)),
         groups_.index(GroupKind::kClass, static_cast<std::uint32_t>(report_class)), 0});
  }
  slots_by_pair_.assign(lane_scopes_.size() * cell_count_, record::kNone32);
}

// A process that may use several sockets counts for each with an equal part of its
// time. One whose sockets are not known may be on any. It may use all its GPUs at once.
std::vector<std::vector<ScopeShare>> SlotTable::scopes_of_processes(
    const record::NodeTables& node) {
  std::vector<std::vector<int>> touched;
  for (const auto& process : node.processes) touched.push_back(parse_sockets(process.sockets));
  touched.emplace_back();
  for (auto& own : touched)
    if (own.empty()) own = sockets_;
  std::vector<std::vector<ScopeShare>> scopes;
  for (std::size_t process = 0; process < touched.size(); ++process) {
    auto& list = scopes.emplace_back();
    list.push_back({0, 1.0});
    for (const int socket : touched[process])
      if (const std::uint32_t scope = scope_of_socket(socket); scope != 0)
        list.push_back({scope, 1.0 / static_cast<double>(touched[process].size())});
    for (std::size_t gpu = 0; gpu < gpus_.size(); ++gpu)
      if (process == node.processes.size() || record::may_use(node.processes[process], gpus_[gpu]))
        list.push_back({scope_of_gpu(gpu), 1.0});
    if (process < node.processes.size())
      for (const ScopeShare& share : list) used_[share.scope] = true;
  }
  return scopes;
}

std::uint32_t SlotTable::scope_of_socket(int socket) const {
  const auto found = std::find(sockets_.begin(), sockets_.end(), socket);
  return found == sockets_.end() ? 0
                                 : narrow(static_cast<std::size_t>(found - sockets_.begin())) + 1;
}

std::uint32_t SlotTable::scope_of_gpu(std::size_t index) const {
  return narrow(sockets_.size() + index) + 1;
}

std::uint32_t SlotTable::scope_of(const record::Signal& signal) const {
  const auto gpu = std::find(gpus_.begin(), gpus_.end(), record::gpu_of(signal));
  if (gpu != gpus_.end()) return scope_of_gpu(static_cast<std::size_t>(gpu - gpus_.begin()));
  return scope_of_socket(signal.socket);
}

std::uint32_t SlotTable::create(std::uint32_t lane, std::uint32_t cell) {
  Slot slot;
  slot.lane = lane;
  slot.cell = cell;
  slot.groups = cell_groups_[cell];
  slot.groups[0] = groups_.index(GroupKind::kProcess, lane_process_[lane]);
  slot.groups[static_cast<std::size_t>(GroupKind::kLane)] = groups_.index(GroupKind::kLane, lane);
  slots_.push_back(slot);
  return narrow(slots_.size() - 1);
}

}  // namespace joulepath::analysis
