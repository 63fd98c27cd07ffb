// Exact sharing of counter units. Shares are kept in fixed point (56 fraction bits in
// 128), so that a division's remainder is carried and not lost; at the end they become
// whole units whose sum is exactly what was shared out. Holds while all that is shared
// is below 2^64 units and the weights of one division sum to below 2^56 (two years of
// lane nanoseconds).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace joulepath::analysis {

__extension__ typedef unsigned __int128 Wide;

inline constexpr int kFractionBits = 56;

/// Who takes part in an interval, and by how much.
struct Taker {
  std::uint32_t slot = 0;
  std::uint64_t weight = 0;
};

/// Shares whole units among slots, in proportion to weights.
class ShareLedger {
 public:
  /// Slots that no call has named yet are created. The sum of weights must be > 0.
  void share(std::uint64_t units, std::span<const Taker> takers, std::uint64_t weight_sum,
             std::size_t slot_count);

  /// Whole units for each slot: they sum to all that was shared. By largest remainder,
  /// so that no slot is off by a unit or more but for the carried remainder.
  [[nodiscard]] std::vector<std::uint64_t> whole_units(std::size_t slot_count) const;

  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  std::vector<Wide> shares_;  ///< units << kFractionBits
  Wide carry_ = 0;            ///< shared already, too small to divide; as shares_
  std::uint64_t total_ = 0;
};

}  // namespace joulepath::analysis
