// Numbers as lists of ranges, for people and for facts in a trace.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace joulepath::base {

/// "0-3,8" of rising numbers.
std::string number_list(std::span<const std::int32_t> numbers);

}  // namespace joulepath::base
