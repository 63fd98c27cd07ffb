// A comparison for programs: JSON with stable, documented keys (docs/compare.md).
#pragma once

#include <string>

#include "tools/compare/comparison.hpp"

namespace joulepath::compare {

/// Version of the keys: grows when one is removed or changes meaning, not when one is added.
inline constexpr int kJsonSchemaVersion = 1;

std::string json_comparison(const Comparison& comparison);

}  // namespace joulepath::compare
