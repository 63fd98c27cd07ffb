#include "core/analysis/usual_interval.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace joulepath::analysis {
namespace {

/// Intervals whose ends are known much worse than usual, or that lack many looks at the lanes
/// in between, only disturb a fit; what it says does not hold for them.
constexpr double kLongerThanUsual = 10.0;

}  // namespace

double middle_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

UsualInterval::UsualInterval(std::span<const JoinedInterval> intervals) {
  std::vector<double> widths;
  std::vector<double> lengths;
  for (const auto& [interval, first, count] : intervals) {
    widths.push_back(interval.end_error.width_ns);
    lengths.push_back(interval.length_ns);
  }
  width_ns_ = middle_of(widths);
  length_ns_ = middle_of(lengths);
  for (const auto& [interval, first, count] : intervals) {
    if (!holds(interval)) continue;
    furthest_ns_ = std::max(furthest_ns_, interval.furthest_ns());
    if (interval.length_ns > 0.0)
      lowest_ = std::min(lowest_, static_cast<double>(interval.units) / interval.length_ns);
  }
}

bool UsualInterval::holds(const EnergyInterval& interval) const {
  const double most_ns = kWorseThanUsual * width_ns_ + 1000.0;
  return interval.begin_error.width_ns <= most_ns && interval.end_error.width_ns <= most_ns &&
         interval.length_ns <= kLongerThanUsual * length_ns_;
}

double UsualInterval::lowest_power() const {
  return std::isinf(lowest_) ? 0.0 : lowest_;
}

}  // namespace joulepath::analysis
