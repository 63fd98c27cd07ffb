#include "core/record/lane_reader.hpp"

#include <algorithm>

namespace joulepath::record {
namespace {

// Retries of the short read below. The writer holds the mark at 0 for a few
// nanoseconds in a call of at least tens: four tries fail once in thousands of looks.
constexpr int kTries = 4;

}  // namespace

LaneReader::Open LaneReader::open_stretch(std::uint64_t now) const {
  const LaneHeader& header = lane_->header;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    // Pairs with the release store in LaneWriter::publish.
    const std::uint64_t mark = header.mark.load(std::memory_order_acquire);
    if (mark == 0) continue;
    // These two pair with the release stores in LaneWriter: a value from a later
    // change makes the mark of that change, or the 0 before it, visible to the check.
    const std::uint32_t cell = header.current.load(std::memory_order_acquire);
    const bool passing = cell < kCellCapacity;
    const std::uint64_t booked =
        passing ? lane_->cells[cell].ticks.load(std::memory_order_acquire) : 0;
    if (header.mark.load(std::memory_order_relaxed) != mark) continue;
    if (!passing) return {};
    return {cell, booked + (now > mark ? now - mark : 0), mark};
  }
  return {};
}

std::uint64_t LaneReader::look(std::uint64_t now, std::vector<CellChange>& changes) {
  // Pairs with the release store in LaneWriter::new_cell.
  const std::uint32_t count =
      std::min(lane_->header.cell_count.load(std::memory_order_acquire), kCellCapacity);
  if (seen_.size() < count) seen_.resize(count);
  const Open open = open_stretch(now);
  for (std::uint32_t index = 0; index < count; ++index) {
    const Cell& cell = lane_->cells[index];
    Totals& seen = seen_[index];
    std::uint64_t ticks = cell.ticks.load(std::memory_order_relaxed);
    if (index == open.cell) ticks = std::max(ticks, open.ticks);
    const std::uint32_t calls = cell.calls.load(std::memory_order_relaxed);
    const std::uint64_t bytes = cell.bytes.load(std::memory_order_relaxed);
    const std::uint64_t wait = cell.wait_ticks.load(std::memory_order_relaxed);
    // An open stretch counted at the last look may exceed what is booked now by the
    // few ticks between reading the clock and the lane: it is never taken back.
    if (ticks <= seen.ticks && calls == seen.calls && bytes == seen.bytes && wait == seen.wait)
      continue;
    ticks = std::max(ticks, seen.ticks);
    // Member by member: a copy of just written halves waits for both to be stored.
    CellChange& change = changes.emplace_back();
    change.cell = index;
    change.ticks_before = seen.ticks;
    change.ticks_after = ticks;
    change.calls = calls - seen.calls;
    change.bytes = bytes - seen.bytes;
    change.wait_before = seen.wait;
    change.wait_after = wait;
    seen.ticks = ticks;
    seen.calls = calls;
    seen.bytes = bytes;
    seen.wait = wait;
  }
  return std::max(now, open.mark);
}

}  // namespace joulepath::record
