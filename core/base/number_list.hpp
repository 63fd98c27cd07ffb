// Numbers as lists of ranges, for people and for facts in a trace.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace joulepath::base {

/// "0-3,8" of rising numbers.
std::string number_list(std::span<const std::int32_t> numbers);

/// The numbers of such a list, as sysfs writes it: "0,2", "0-3", "0-3,8". In rising order, each
/// once. nullopt: not such a list, empty, or with a number of 2^16 or more.
std::optional<std::vector<std::int32_t>> parse_number_list(std::string_view text);

}  // namespace joulepath::base
