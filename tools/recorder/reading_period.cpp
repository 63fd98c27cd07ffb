#include "tools/recorder/reading_period.hpp"

#include <algorithm>

namespace joulepath::tools {

std::int64_t reading_period_ns(std::int64_t wanted_ns, std::span<const record::SensorRow> sensors) {
  for (const record::SensorRow& row : sensors)
    if (row.signal.readable && row.signal.longest_gap_ns > 0)
      wanted_ns = std::min(wanted_ns, row.signal.longest_gap_ns / 2);
  return wanted_ns;
}

}  // namespace joulepath::tools
