#include "tools/recorder/period_finder.hpp"

#include <algorithm>
#include <cmath>

namespace joulepath::tools {

void PeriodFinder::seen(const Edge& edge) {
  if (count_ != 0 && edge.lo_ns < edges_[count_ - 1].hi_ns) {
    count_ = 0;
    return;
  }
  if (count_ == kKept) {
    std::shift_left(edges_.begin(), edges_.end(), 1);
    --count_;
  }
  edges_[count_++] = edge;
}

std::optional<double> PeriodFinder::periods() const {
  if (count_ < kEnough) return std::nullopt;
  std::array<std::int64_t, kKept> steps{};
  const std::size_t step_count = count_ - 1;
  for (std::size_t at = 0; at < step_count; ++at)
    steps[at] = edges_[at + 1].middle_ns() - edges_[at].middle_ns();
  auto sorted = steps;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(step_count / 2);
  std::nth_element(sorted.begin(), middle,
                   sorted.begin() + static_cast<std::ptrdiff_t>(step_count));
  const auto usual = static_cast<double>(*middle);
  if (usual <= 0) return std::nullopt;
  constexpr double kJitter = 0.2;  // of a period; beyond it, updates come when they like
  double periods = 0;
  for (std::size_t at = 0; at < step_count; ++at) {
    const double multiple = std::round(static_cast<double>(steps[at]) / usual);
    const double off_ns = std::abs(static_cast<double>(steps[at]) - multiple * usual);
    const auto width_ns = static_cast<double>(edges_[at].hi_ns - edges_[at].lo_ns +
                                              edges_[at + 1].hi_ns - edges_[at + 1].lo_ns);
    if (multiple < 1 || off_ns > kJitter * usual + width_ns / 2) return std::nullopt;
    periods += multiple;
  }
  return periods;
}

std::optional<std::int64_t> PeriodFinder::period_ns() const {
  const auto count = periods();
  if (!count) return std::nullopt;
  const std::int64_t span_ns = edges_[count_ - 1].middle_ns() - edges_[0].middle_ns();
  return std::llround(static_cast<double>(span_ns) / *count);
}

std::optional<std::int64_t> PeriodFinder::settled_period_ns() const {
  const auto count = count_ == kKept ? periods() : std::nullopt;
  if (!count) return std::nullopt;
  const std::int64_t longest_ns = edges_[count_ - 1].hi_ns - edges_[0].lo_ns;
  return std::llround(static_cast<double>(longest_ns) / *count);
}

}  // namespace joulepath::tools
