// The clocks of several nodes made one, from what the program's own messages tell: what was
// sent had begun to be sent before it had been received. Each such order is a bound on the
// difference of two clocks, and messages both ways enclose it. Nothing is exchanged for it, no
// process waits, and a process that is not recorded disturbs nothing.
//
// First a straight line for each clock (offset and drift), then corrections at knots in
// between, which follow the wander of the oscillators. All orders hold on the clocks that come
// out: no message arrives before it was sent. Where that cannot be had (a clock that was set,
// messages one way only) there is no alignment, and a reason. Pure; nanoseconds.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace joulepath::analysis {

/// What happened at `from_ns` by clock `from` came before what happened at `to_ns` by `to`.
struct ClockOrder {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
};

/// From one clock's time to that of clock 0.
class ClockLine {
 public:
  [[nodiscard]] std::int64_t to_reference(std::int64_t local_ns) const;
  /// Known to within this, at the worst knot.
  [[nodiscard]] double error_ns() const;
  /// What is added to the clock's time when it shows `local_ns`.
  [[nodiscard]] double offset_ns(std::int64_t local_ns) const;
  /// Mean change of the offset, in millionths.
  [[nodiscard]] double drift_ppm() const;
  /// Of the offset, at a time of the reference: it lies within [lo, hi].
  struct Bounds {
    double lo_ns = 0;
    double hi_ns = 0;
  };
  [[nodiscard]] Bounds bounds(std::int64_t local_ns) const;
  /// It takes part in no order with another clock: it was left as it was, with no bounds.
  [[nodiscard]] bool alone() const { return alone_; }

 private:
  friend class ClockAligner;
  struct Knot {
    double correction_ns = 0;
    double lo_ns = 0;
    double hi_ns = 0;
  };
  [[nodiscard]] Knot at(double reference_ns) const;
  [[nodiscard]] double line(double local_ns) const {
    return at_origin_ns_ + slope_ * (local_ns - origin_ns_);
  }

  double origin_ns_ = 0;  ///< by the clock itself
  double at_origin_ns_ = 0;
  double slope_ = 0;
  double first_knot_ns_ = 0;  ///< by the reference
  double spacing_ns_ = 1;
  std::vector<Knot> knots_;  ///< empty: no correction
  bool alone_ = false;
};

struct ClockAlignment {
  std::vector<ClockLine> clocks;    ///< the first is the reference; empty: see `unknown`
  std::string unknown;              ///< why they cannot be aligned
  std::uint32_t unknown_clock = 0;  ///< the clock that `unknown` is about
  /// Most that any two of the clocks that are not alone are apart.
  std::int64_t error_ns = 0;
};

/// Times must be nanoseconds on scales that are at most some seconds apart.
ClockAlignment align_clocks(std::uint32_t clocks, std::span<const ClockOrder> orders);

}  // namespace joulepath::analysis
