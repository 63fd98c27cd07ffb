#include "core/analysis/exact_waits.hpp"

#include <algorithm>
#include <limits>

namespace joulepath::analysis {

ExactWaits::ExactWaits(const EventTrace& trace, const WaitCauses& causes,
                       const record::NodeTables& node)
    : causes_(causes) {
  std::vector<bool> exact(trace.functions.size(), false);
  for (const CallEvent& call : trace.calls.calls) exact[call.function] = true;
  for (std::size_t i = 0; i < causes.by_call.size(); ++i)
    if (causes.by_call[i].kind == WaitKind::kNotMatched || causes.by_call[i].unmatched != 0)
      exact[trace.calls.calls[i].function] = false;
  for (const record::CellRow& cell : node.cells) {
    call_cells_.push_back(cell.function != 0);
    exact_cells_.push_back(cell.function != 0 && exact[cell.function]);
  }
}

void ExactWaits::add_wait(record::Block& block, const record::EventRow& event,
                          std::uint64_t wait_ns) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  while (wait_ns != 0) {
    const std::uint64_t part = std::min(wait_ns, kMost);
    block.activity.push_back(
        {event.tick, event.lane, event.cell, 0, 0, 0, static_cast<std::uint32_t>(part)});
    wait_ns -= part;
  }
}

void ExactWaits::apply(record::Block& block) {
  for (record::ActivityRow& row : block.activity)
    if (exact_cells_[row.cell]) row.wait_ns = 0;
  for (const record::EventRow& event : block.events) {
    if (!call_cells_[event.cell]) continue;
    const WaitCause& cause = causes_.by_call[next_call_++];
    if (exact_cells_[event.cell]) add_wait(block, event, static_cast<std::uint64_t>(cause.wait_ns));
  }
  // Rows of one (tick, lane, cell) add up; only their ticks must be in order.
  std::stable_sort(block.activity.begin(), block.activity.end(),
                   [](const auto& a, const auto& b) { return a.tick < b.tick; });
}

}  // namespace joulepath::analysis
