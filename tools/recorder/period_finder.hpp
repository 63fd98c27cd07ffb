// How often a counter updates, from updates that were watched one after the other. Some
// updates may be missing, and each is known only to lie in an interval. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace joulepath::tools {

/// An update of a counter: the old value was read at `lo_ns` or later, the new one at
/// `hi_ns` or before.
struct Edge {
  std::int64_t lo_ns = 0;
  std::int64_t hi_ns = 0;
  [[nodiscard]] std::int64_t middle_ns() const { return lo_ns + (hi_ns - lo_ns) / 2; }
};

class PeriodFinder {
 public:
  /// The next update after those before. One whose interval meets that of the one before
  /// (no reading between them showed the same value twice) may stand for several: it says
  /// nothing of the period, and all begins anew.
  void seen(const Edge& edge);
  void forget() { count_ = 0; }

  [[nodiscard]] bool any() const { return count_ != 0; }
  /// From seven updates on that lie on multiples of one period. Nothing while they do not.
  [[nodiscard]] std::optional<std::int64_t> period_ns() const;
  /// The longest that the period may be, from sixteen updates on: good enough to be
  /// written down as the most by which a reading is stale.
  [[nodiscard]] std::optional<std::int64_t> settled_period_ns() const;

 private:
  /// Periods from the first to the last; nothing while they are on no multiples of one.
  [[nodiscard]] std::optional<double> periods() const;
  static constexpr std::size_t kKept = 16;
  static constexpr std::size_t kEnough = 7;
  std::array<Edge, kKept> edges_{};  ///< the last `count_`, oldest first
  std::size_t count_ = 0;
};

}  // namespace joulepath::tools
