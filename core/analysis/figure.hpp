// A joule figure: a value, the bounds that hold the truth, and how it came about.
// A figure that is not known has no value: it says why, and is never a zero.
// SI units throughout. Plain values, no thread of their own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace joulepath::analysis {

/// How a figure came about, best first: a sum takes the worst of its parts.
enum class Basis {
  kMeasured,    ///< difference of a device's own counter
  kAveraged,    ///< from readings of power, mostly averaged by the device
  kFitted,      ///< measured, then split among takers by powers that a fit determined
  kAttributed,  ///< measured, then split among takers by time or by powers not determined
  kEstimated,   ///< from a model, no sensor involved
  kUnknown,     ///< no value; `missing` says why
};

std::string_view to_string(Basis basis);
Basis worse(Basis a, Basis b);

struct Figure {
  double value = 0.0;  ///< meaningless when the basis is kUnknown, like the bounds
  double lo = 0.0;
  double hi = 0.0;
  Basis basis = Basis::kUnknown;
  /// What this figure does not hold although it should, and why: each said once.
  std::vector<std::string> missing;

  [[nodiscard]] bool known() const { return basis != Basis::kUnknown; }
  /// Adds a part. One that is not known adds its reasons, not a zero.
  void add(const Figure& part);
  void note_missing(const std::string& why);
  /// "why; why"; empty when nothing is missing.
  [[nodiscard]] std::string missing_text() const;
};

Figure unknown_figure(std::string why);
/// Exactly nothing, known to be so.
Figure zero_figure(Basis basis);

}  // namespace joulepath::analysis
