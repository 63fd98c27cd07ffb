// The middle one of some values; of an even number the upper of the two. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace joulepath::analysis {

/// At least one value.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace joulepath::analysis
