#include "core/analysis/reading_ends.hpp"

#include <algorithm>

namespace joulepath::analysis {

KnownEnd ReadingEnds::known_end(const record::SampleRow& row, std::int64_t lanes_ns) {
  // A plain reading may be as old as the counter's period; an edge was seen in its interval.
  std::int64_t from_ns = row.edge != 0 ? row.t_lo_ns : row.t_lo_ns - period_ns_;
  if (before_change_ns_ != 0) from_ns = std::max(from_ns, before_change_ns_);
  before_change_ns_ = 0;
  if (changed_) still_ns_ = 0;
  changed_ = false;
  from_ns = std::min(from_ns, row.t_hi_ns);
  KnownEnd end;
  end.middle_ns = from_ns + (row.t_hi_ns - from_ns) / 2;
  end.error.width_ns = static_cast<double>(row.t_hi_ns - from_ns);
  if (lanes_ns != 0) end.error.shift_ns = static_cast<double>(lanes_ns - end.middle_ns);
  return end;
}

}  // namespace joulepath::analysis
