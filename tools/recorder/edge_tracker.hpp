// Follows the updates of one counter whose period is known about: says when the next one
// is due and how closely to look for it. Only one update in many is looked for (one a
// tick), so the phase comes from a line through the last ones seen. Pure: times come in
// and go out, nothing is read here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tools/recorder/period_finder.hpp"

namespace joulepath::tools {

/// When to read a counter again and again.
struct Look {
  std::int64_t from_ns = 0;
  std::int64_t expected_ns = 0;  ///< the update is due
  std::int64_t until_ns = 0;     ///< give up
  std::int64_t every_ns = 0;     ///< from one reading to the next
};

class EdgeTracker {
 public:
  /// `period_ns`: measured, and good to a few per cent.
  EdgeTracker(std::int64_t period_ns, const Edge& last);

  /// The look for the first update whose look need not begin before `at_ns`, with a reading
  /// each `poll_ns`.
  [[nodiscard]] Look next(std::int64_t at_ns, std::int64_t poll_ns) const;
  void seen(const Edge& edge);
  /// A whole look saw none.
  void missed();

  /// The counter no longer does what it did: misses in a row, or updates that are found
  /// but not where they were expected.
  [[nodiscard]] bool lost() const { return misses_ >= kMostMisses || off_ >= kMostOff; }
  [[nodiscard]] std::int64_t period_ns() const;
  [[nodiscard]] bool settled() const { return count_ == kKept; }
  /// How far updates lie from where they are expected, in the mean.
  [[nodiscard]] std::int64_t spread_ns() const;

 private:
  static constexpr std::size_t kKept = 16;
  static constexpr int kMostMisses = 10;
  static constexpr int kMostOff = 40;
  struct Point {
    double index = 0;  ///< updates since the last one seen: 0, and negative before
    double ns = 0;     ///< since the last one seen
  };
  void fit();
  [[nodiscard]] bool phase_known() const;

  std::array<Point, kKept> points_{};  ///< oldest first
  std::size_t count_ = 0;
  std::int64_t last_ns_ = 0;  ///< middle of the last one seen
  double period_ns_;
  double offset_ns_ = 0;  ///< of the line at the last one seen, from last_ns_
  double spread_ns_;
  double nominal_ns_;
  int misses_ = 0;
  int off_ = 0;  ///< looks in a row with a spread that is no jitter
};

}  // namespace joulepath::tools
