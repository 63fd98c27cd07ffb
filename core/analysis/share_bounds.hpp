// What is certain about the share of a group (a phase, a rank, a function ...) in the energy
// of intervals, however it was split: in an interval with one group of a kind, that group
// took it all; in a mixed one, a group took no more than its time at the highest power seen,
// and no less than what the others cannot have taken. Units are a counter's, as doubles.
//
// The range of powers is that of intervals with a single group, with the same number of
// lanes, if there were enough of them, and a quarter as wide again (an eighth on each side), as the
// extremes are rarely among those that were seen. A group that was never alone may have drawn
// anything up to what no device of the kind exceeds: phases shorter than the counter's period may
// hide any power.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/analysis/group_times.hpp"

namespace joulepath::analysis {

struct BoundedInterval {
  std::uint64_t begin = 0;  ///< ticks [begin, end)
  std::uint64_t end = 0;
  std::span<const GroupTime> groups;  ///< each group once, those of one kind together
  double units = 0.0;
  double end_units = 0.0;     ///< what one end may be off
  double absent_units = 0.0;  ///< at most so much was used while no lane was there
  double relative_end = 0.0;  ///< width of both ends over the interval's length
  std::uint32_t lanes = 1;
  bool usual = true;  ///< the fit is of such
};

/// Sums over all windows.
struct GroupBounds {
  double lo = 0.0;
  double hi = 0.0;
  bool active = false;  ///< took part in some interval
  bool fitted = true;   ///< the fit determined it wherever it was not alone
};

class ShareBounds {
 public:
  /// `cap`: most units per ns that a device of the kind can use; infinite: not known.
  ShareBounds(const GroupLayout& layout, double cap) : layout_(layout), cap_(cap) {}

  /// Half the width of what the fit says about a group's share; nothing: it does not say.
  using FitWidth = std::function<std::optional<double>(std::uint32_t group)>;

  /// Intervals in the order of time. `shares`: what each group was given of the usual ones, and of
  /// the others.
  void add_window(std::span<const BoundedInterval> intervals, std::span<const double> shares,
                  std::span<const double> other_shares, const FitWidth& fit_width);

  [[nodiscard]] std::vector<GroupBounds> bounds() const;

 private:
  struct Range {
    double lo = 0.0;
    double hi = 0.0;
    std::uint64_t looks = 0;  ///< intervals it comes from
  };
  struct Window {
    double lo = 0.0;
    double hi = 0.0;
    bool active = false;
    bool mixed = false;
  };
  static constexpr std::uint64_t kNoTick = ~std::uint64_t{0};
  struct Group {
    GroupBounds sum;
    bool alone = false;  ///< it was alone in some interval
    // Of its last stretch of intervals, one after the other, in which it was alone.
    std::uint64_t stretch_end = kNoTick;  ///< behind its last tick
    double stretch_units = 0.0;           ///< what was allowed for its ends
    double last_end_units = 0.0;          ///< of its last interval
    Window usual;
    Window others;

    Window& window(const BoundedInterval& interval) { return interval.usual ? usual : others; }
    /// What its end may be off beyond that.
    [[nodiscard]] double unallowed() const {
      return last_end_units > stretch_units ? last_end_units - stretch_units : 0.0;
    }
  };
  static void settle(Group& group, Window window, double share, std::optional<double> fit_width);
  [[nodiscard]] std::size_t kind_of(std::uint32_t group) const;
  void note_power(const BoundedInterval& interval);
  void bound(const BoundedInterval& interval);
  void bound_kind(const BoundedInterval& interval, std::span<const GroupTime> groups,
                  std::size_t kind);
  Range& range(std::size_t kind, std::uint32_t lanes);
  template <class Visit>
  void by_kind(const BoundedInterval& interval, Visit visit) const;

  GroupLayout layout_;
  double cap_;
  std::vector<Group> groups_;
  std::array<std::vector<Range>, kGroupKinds> ranges_;  ///< by number of lanes
};

}  // namespace joulepath::analysis
