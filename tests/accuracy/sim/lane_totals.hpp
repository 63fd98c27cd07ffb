// A lane's totals up to a moment, as the shim accumulates them, and their differences
// from tick to tick, as a recorder books them.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/record/tables.hpp"
#include "tests/accuracy/sim/schedule.hpp"

namespace joulepath::accuracy {

/// Numbers of (phase, function) pairs, in order of appearance.
class CellNumbers {
 public:
  std::uint32_t of(std::uint32_t phase, std::uint32_t function);
  [[nodiscard]] const std::vector<record::CellRow>& rows() const { return rows_; }

 private:
  std::vector<record::CellRow> rows_;
};

class LaneTotals {
 public:
  LaneTotals(const Lane& lane, std::uint32_t number, CellNumbers& cells)
      : lane_(&lane), number_(number), cells_(&cells) {}

  /// Looked at `read_ns`, the channel shows all changes up to then, and when the last one
  /// was: what it is in since then counts up to `counted_ns` (before) only. Appends the rows
  /// of what happened since the last look.
  void look(std::int64_t read_ns, std::int64_t counted_ns, std::uint32_t tick,
            record::Block& block);
  /// What the thread used since the last such look, after look().
  void look_at_thread(std::uint32_t tick, bool count_cycles, record::Block& block);

 private:
  const Lane* lane_;
  std::uint32_t number_;
  CellNumbers* cells_;
  std::size_t at_ = 0;        ///< first stretch not wholly booked
  std::int64_t seen_ns_ = 0;  ///< booked up to here
  std::vector<record::ActivityRow> rows_;
  // Since the thread was looked at.
  bool active_ = false;
  std::uint64_t cpu_ns_ = 0;
  double cycles_ = 0.0;
  std::uint32_t since_ = record::kNone32;
  int core_ = 0;  ///< on which it ran last
  std::int32_t told_cpu_ = -1;
  std::uint32_t thread_looks_ = 0;
};

}  // namespace joulepath::accuracy
