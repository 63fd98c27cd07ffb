// A comparison for a terminal: at most 80 columns, plain UTF-8, no colour. First whether
// energy was saved and where, then what to beware of, then every figure with its bounds.
// The same numbers as the JSON. Pure.
#pragma once

#include <cstddef>
#include <string>

#include "tools/compare/comparison.hpp"

namespace joulepath::compare {

/// At most `top` rows of phases and of functions.
std::string text_comparison(const Comparison& comparison, std::size_t top = 10);

}  // namespace joulepath::compare
