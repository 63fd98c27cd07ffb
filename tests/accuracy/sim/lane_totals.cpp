#include "tests/accuracy/sim/lane_totals.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace joulepath::accuracy {

std::uint32_t CellNumbers::of(std::uint32_t phase, std::uint32_t function) {
  for (const auto& row : rows_)
    if (row.phase == phase && row.function == function) return row.cell;
  const auto cell = static_cast<std::uint32_t>(rows_.size());
  rows_.push_back({cell, phase, function});
  return cell;
}

void LaneTotals::look(std::int64_t read_ns, std::int64_t counted_ns, std::uint32_t tick,
                      record::Block& block) {
  std::int64_t t_ns = std::max(counted_ns, seen_ns_);
  for (std::size_t i = at_; i < lane_->stretches().size(); ++i)
    if (lane_->stretches()[i].begin_ns <= read_ns)
      t_ns = std::max(t_ns, lane_->stretches()[i].begin_ns);
    else
      break;
  rows_.clear();
  const auto& stretches = lane_->stretches();
  for (; at_ < stretches.size(); ++at_) {
    const Stretch& stretch = stretches[at_];
    const std::int64_t from = std::max(seen_ns_, stretch.begin_ns);
    const std::int64_t to = std::min(t_ns, stretch.end_ns);
    if (from > t_ns) break;
    const std::uint32_t cell = cells_->of(stretch.phase, stretch.function);
    auto row = std::find_if(rows_.begin(), rows_.end(),
                            [&](const auto& known) { return known.cell == cell; });
    if (row == rows_.end()) row = rows_.insert(row, {tick, number_, cell, 0, 0, 0, 0});
    if (to > from) {
      row->ns += static_cast<std::uint32_t>(to - from);
      if (stretch.on_cpu) {
        cpu_ns_ += static_cast<std::uint64_t>(to - from);
        cycles_ += static_cast<double>(to - from) * stretch.ghz;
        core_ = stretch.core >= 0 ? stretch.core : lane_->socket();
      }
    }
    if (stretch.end_ns > t_ns) break;
    row->calls += stretch.calls;
    row->bytes += stretch.bytes;
    row->wait_ns += stretch.wait_ns;
  }
  seen_ns_ = t_ns;
  for (const auto& row : rows_)
    if (row.ns > 0 || row.calls > 0) block.activity.push_back(row);
  active_ = active_ || !rows_.empty();
}

void LaneTotals::look_at_thread(std::uint32_t tick, bool count_cycles, record::Block& block) {
  if (!std::exchange(active_, false)) return;
  constexpr std::uint32_t kPlaceEvery = 4;
  if (thread_looks_++ % kPlaceEvery == 0) told_cpu_ = core_;
  const std::uint32_t since = std::exchange(since_, tick);
  // The first look begins to count; CPU time is told from a thread's beginning on.
  const bool first = since == record::kNone32;
  block.cpu.push_back({tick, number_, std::exchange(cpu_ns_, 0), told_cpu_, first ? 0 : since});
  const auto cycles = static_cast<std::uint64_t>(std::llround(std::exchange(cycles_, 0.0)));
  if (count_cycles)
    block.counts.push_back({tick, number_, 0, first ? 0 : cycles, first ? tick : since});
}

}  // namespace joulepath::accuracy
