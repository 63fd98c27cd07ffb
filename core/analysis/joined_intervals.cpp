#include "core/analysis/joined_intervals.hpp"

#include <algorithm>

#include "core/analysis/usual_interval.hpp"

namespace joulepath::analysis {
namespace {

/// Width of an end over the length of an interval that leaves a fit nothing to wish for.
constexpr double kNarrow = 0.02;
/// Long intervals are all much alike: with fewer of them the uncertainty of a fit is itself
/// too uncertain (found by simulation: with 125, bounds failed in one run of fifteen).
constexpr std::size_t kFewestJoined = 160;

/// Such an end is known well enough to join intervals there.
class GoodEnds {
 public:
  explicit GoodEnds(std::span<const EnergyInterval> parts) {
    std::vector<double> widths;
    for (const EnergyInterval& part : parts)
      if (part.ends_at_edge) widths.push_back(part.end_error.width_ns);
    if (!widths.empty()) widest_ns_ = kWorseThanUsual * middle_of(widths) + 1000.0;
    std::size_t good = 0;
    double width_ns = 0.0;
    double length_ns = 0.0;
    for (const EnergyInterval& part : parts) {
      if (has(part)) {
        ++good;
      } else {
        width_ns += part.end_error.width_ns;
        length_ns += part.length_ns;
      }
    }
    worth_it_ = good >= kFewestJoined && width_ns > kNarrow * length_ns;
  }

  [[nodiscard]] bool has(const EnergyInterval& part) const {
    return part.ends_at_edge && part.end_error.width_ns <= widest_ns_;
  }
  [[nodiscard]] bool worth_it() const { return worth_it_; }

 private:
  double widest_ns_ = 0.0;
  bool worth_it_ = false;
};

void append(EnergyInterval& whole, const EnergyInterval& part) {
  whole.end = part.end;
  whole.units += part.units;
  whole.length_ns += part.length_ns;
  whole.end_error = part.end_error;
  whole.ends_at_edge = part.ends_at_edge;
}

}  // namespace

std::vector<JoinedInterval> join_at_edges(std::span<const EnergyInterval> parts) {
  const GoodEnds good(parts);
  std::vector<JoinedInterval> joined;
  joined.reserve(parts.size());
  for (std::size_t at = 0; at < parts.size(); ++at) {
    const bool goes_on = good.worth_it() && !joined.empty() && !good.has(joined.back().whole) &&
                         joined.back().whole.end == parts[at].begin;
    if (goes_on) {
      append(joined.back().whole, parts[at]);
      ++joined.back().count;
    } else {
      joined.push_back({parts[at], at, 1});
    }
  }
  return joined;
}

}  // namespace joulepath::analysis
