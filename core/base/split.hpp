// Text taken apart at a separator.
#pragma once

#include <string_view>
#include <vector>

namespace joulepath::base {

/// The pieces of `text`, empty ones too; behind a separator at the end there is none more.
/// They live as long as what `text` is of.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace joulepath::base
