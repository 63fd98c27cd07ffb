#include "core/analysis/exit_line.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "core/analysis/clock_limits.hpp"
#include "core/analysis/median.hpp"

namespace joulepath::analysis {
namespace {

/// Of all pairs of points, weighted by how far they are apart: near ones tell little.
double median_slope(std::span<const ExitPoint> points) {
  std::vector<std::pair<double, double>> slopes;  // and their weights
  double whole = 0;
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      const double apart = points[j].at_ns - points[i].at_ns;
      if (apart <= 0) continue;
      slopes.emplace_back((points[j].ahead_ns - points[i].ahead_ns) / apart, apart);
      whole += apart;
    }
  std::sort(slopes.begin(), slopes.end());
  double below = 0;
  for (const auto& [slope, weight] : slopes)
    if ((below += weight) >= whole / 2) return std::clamp(slope, -kMostDrift, kMostDrift);
  return 0;
}

/// Largest distance from `slope` of one that the enclosures of all points leave.
double most_distance(std::span<const ExitPoint> points, double slope) {
  double lo = -kMostDrift, hi = kMostDrift;
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      const double apart = points[j].at_ns - points[i].at_ns;
      if (apart <= 0) continue;
      lo = std::max(lo, (points[j].lo_ns - points[i].hi_ns) / apart);
      hi = std::min(hi, (points[j].hi_ns - points[i].lo_ns) / apart);
    }
  return std::max({hi - slope, slope - lo, 0.0});
}

}  // namespace

ExitLine exit_line(std::span<const ExitPoint> points) {
  ExitLine line;
  line.slope = median_slope(points);
  std::vector<double> values;
  for (const ExitPoint& point : points) values.push_back(point.ahead_ns - line.slope * point.at_ns);
  line.offset_ns = median(values);
  for (double& value : values) value = std::abs(value - line.offset_ns);
  line.noise_ns = median(values);
  line.slope_error = most_distance(points, line.slope);
  // Of so many points the slope is known better: this is some ten standard deviations.
  constexpr std::size_t kMany = 8;
  const double span_ns = points.back().at_ns - points.front().at_ns;
  if (points.size() >= kMany && span_ns > 0)
    line.slope_error = std::min(line.slope_error, 4 * line.noise_ns / span_ns);
  return line;
}

}  // namespace joulepath::analysis
