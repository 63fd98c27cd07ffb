#include "core/analysis/common_time.hpp"

#include <algorithm>
#include <cmath>

namespace joulepath::analysis {

std::int64_t clock_offset_ns(const std::vector<record::ClockRow>& clock, std::int64_t t_ns) {
  const auto after =
      std::upper_bound(clock.begin(), clock.end(), t_ns,
                       [](std::int64_t t, const record::ClockRow& row) { return t < row.t_ns; });
  if (after == clock.begin()) return clock.empty() ? 0 : clock.front().offset_ns;
  const record::ClockRow& before = *(after - 1);
  if (after == clock.end()) return before.offset_ns;
  const double part =
      static_cast<double>(t_ns - before.t_ns) / static_cast<double>(after->t_ns - before.t_ns);
  return before.offset_ns +
         std::llround(part * static_cast<double>(after->offset_ns - before.offset_ns));
}

void CommonTime::add(const record::NodeTables& node) {
  const std::int64_t start_ns = node.info.start_monotonic_ns;
  if (!first_utc_ns_) first_utc_ns_ = node.info.start_utc_ns;
  Node& added = nodes_.emplace_back();
  added.clock = node.clock;
  const std::int64_t by_utc_ns = node.info.start_utc_ns - *first_utc_ns_ - start_ns;
  if (node.clock.empty()) {
    added.to_start_ns = by_utc_ns;
    return;
  }
  // By the UTC of the first that is aligned; the others then have no say.
  if (!aligned_to_start_ns_)
    aligned_to_start_ns_ = by_utc_ns - clock_offset_ns(node.clock, start_ns);
  added.to_start_ns = *aligned_to_start_ns_;
}

std::int64_t CommonTime::since_start_ns(std::size_t node, std::int64_t t_ns) const {
  const Node& one = nodes_[node];
  return t_ns + clock_offset_ns(one.clock, t_ns) + one.to_start_ns;
}

}  // namespace joulepath::analysis
