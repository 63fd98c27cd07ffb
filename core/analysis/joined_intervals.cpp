#include "core/analysis/joined_intervals.hpp"

#include <algorithm>

namespace joulepath::analysis {
namespace {

/// Width of an end over the length of an interval that leaves a fit nothing to wish for.
constexpr double kNarrow = 0.02;

struct Ends {
  std::size_t edges = 0;
  double plain_width_ns = 0.0;   ///< sums
  double plain_length_ns = 0.0;  ///< of the intervals that end plainly
};

Ends count_ends(std::span<const EnergyInterval> parts) {
  Ends ends;
  for (const EnergyInterval& part : parts) {
    if (part.ends_at_edge) {
      ++ends.edges;
    } else {
      ends.plain_width_ns += part.end_error.width_ns;
      ends.plain_length_ns += part.length_ns;
    }
  }
  return ends;
}

bool worth_it(const Ends& ends) {
  return ends.edges >= PowerFit::kFewestIntervals &&
         ends.plain_width_ns > kNarrow * ends.plain_length_ns;
}

void append(EnergyInterval& whole, const EnergyInterval& part) {
  whole.end = part.end;
  whole.units += part.units;
  whole.length_ns += part.length_ns;
  whole.end_error = part.end_error;
  whole.ends_at_edge = part.ends_at_edge;
}

}  // namespace

std::vector<JoinedInterval> join_at_edges(std::span<const EnergyInterval> parts) {
  const bool join = worth_it(count_ends(parts));
  std::vector<JoinedInterval> joined;
  joined.reserve(parts.size());
  for (std::size_t at = 0; at < parts.size(); ++at) {
    const bool goes_on = join && !joined.empty() && !joined.back().whole.ends_at_edge &&
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
