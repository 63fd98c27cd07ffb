// Whether two figures differ, and by how much. A difference is one only where its bounds say
// so: they are those of both figures, [after.lo - before.hi, after.hi - before.lo], so nothing
// that both may have in common makes them narrower. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/analysis/figure.hpp"

namespace joulepath::compare {

enum class Verdict {
  kLess,          ///< after is surely less than before
  kMore,          ///< surely more
  kWithinBounds,  ///< the bounds of the difference hold 0
  kOnlyBefore,    ///< not there after
  kOnlyAfter,     ///< not there before
  kUnknown,       ///< one of the figures is
  kNotAlike,      ///< the figures are not of the same things
};

/// "less", "more", "within the bounds", "only before", "only after", "unknown", "not alike".
std::string_view to_string(Verdict verdict);

/// A part of before: -0.25 is a quarter less.
struct RelativeChange {
  double value = 0.0;
  double lo = 0.0;
  std::optional<double> hi;  ///< none: before may be nothing
};

struct Difference {
  std::optional<analysis::Figure> before;  ///< none: not there
  std::optional<analysis::Figure> after;
  std::optional<analysis::Figure> change;  ///< after less before; none without a difference
  std::optional<RelativeChange> relative;  ///< none: no change, or before is nothing
  Verdict verdict = Verdict::kUnknown;
  std::string reason;  ///< why it is unknown or not alike

  /// Beyond the bounds.
  [[nodiscard]] bool sure() const { return verdict == Verdict::kLess || verdict == Verdict::kMore; }
};

/// `not_alike`: why the two must not be subtracted; empty: they may. One that is estimated and
/// one that is not never are.
Difference difference(std::optional<analysis::Figure> before, std::optional<analysis::Figure> after,
                      const std::string& not_alike = {});

/// One figure for the runs of a side: their mean, with bounds that hold the truth of each run,
/// so that how much they differ is in them. Unknown where one of them is.
analysis::Figure joined(std::span<const analysis::Figure> runs);

}  // namespace joulepath::compare
