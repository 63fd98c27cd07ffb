// A part of what a counter counted, and the bounds that hold it.
#pragma once

#include <vector>

namespace joulepath::analysis {

struct Counted {
  double value = 0.0;
  double lo = 0.0;
  double hi = 0.0;

  void add(const Counted& part) {
    value += part.value;
    lo += part.lo;
    hi += part.hi;
  }
};

/// Of several counters, each to its own; `sum` grows to what `parts` has.
inline void add_each(std::vector<Counted>& sum, const std::vector<Counted>& parts) {
  if (sum.size() < parts.size()) sum.resize(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) sum[i].add(parts[i]);
}

}  // namespace joulepath::analysis
