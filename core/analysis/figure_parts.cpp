#include "core/analysis/figure_parts.hpp"

#include <algorithm>

namespace joulepath::analysis {

Figure without(const Figure& whole, const Figure& part) {
  Figure rest = whole;
  for (const auto& why : part.missing) rest.note_missing(why);
  if (!whole.known() || !part.known()) {
    rest.basis = Basis::kUnknown;
    return rest;
  }
  rest.value = std::max(whole.value - part.value, 0.0);
  rest.lo = std::clamp(whole.lo - part.hi, 0.0, rest.value);
  rest.hi = std::max(whole.hi - part.lo, rest.value);
  rest.basis = worse(whole.basis, part.basis);
  return rest;
}

Figure capped(Figure sum, const Figure& whole) {
  if (sum.known() && whole.known()) sum.hi = std::max(std::min(sum.hi, whole.hi), sum.value);
  return sum;
}

}  // namespace joulepath::analysis
