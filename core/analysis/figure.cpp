#include "core/analysis/figure.hpp"

#include <algorithm>
#include <utility>

namespace joulepath::analysis {

std::string_view to_string(Basis basis) {
  switch (basis) {
    case Basis::kMeasured: return "measured";
    case Basis::kAveraged: return "averaged";
    case Basis::kFitted: return "fitted";
    case Basis::kAttributed: return "attributed";
    case Basis::kEstimated: return "estimated";
    case Basis::kUnknown: break;
  }
  return "unknown";
}

Basis worse(Basis a, Basis b) {
  return std::max(a, b);
}

void Figure::add(const Figure& part) {
  for (const auto& why : part.missing) note_missing(why);
  if (!part.known()) return;
  if (!known()) {
    value = lo = hi = 0.0;
    basis = part.basis;
  }
  value += part.value;
  lo += part.lo;
  hi += part.hi;
  basis = worse(basis, part.basis);
}

void Figure::note_missing(const std::string& why) {
  if (!why.empty() && std::find(missing.begin(), missing.end(), why) == missing.end())
    missing.push_back(why);
}

std::string Figure::missing_text() const {
  std::string text;
  for (const auto& why : missing) text += (text.empty() ? "" : "; ") + why;
  return text;
}

Figure unknown_figure(std::string why) {
  Figure figure;
  figure.note_missing(why);
  return figure;
}

Figure zero_figure(Basis basis) {
  Figure figure;
  figure.basis = basis;
  return figure;
}

}  // namespace joulepath::analysis
