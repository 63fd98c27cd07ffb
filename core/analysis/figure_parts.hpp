// Parts of a figure, with bounds that hold whatever the split.
#pragma once

#include "core/analysis/figure.hpp"

namespace joulepath::analysis {

/// `part` of `whole` taken away: unknown where either is.
Figure without(const Figure& whole, const Figure& part);

/// A sum of parts of `whole` cannot be more than that can be: lowers the upper bound.
Figure capped(Figure sum, const Figure& whole);

}  // namespace joulepath::analysis
