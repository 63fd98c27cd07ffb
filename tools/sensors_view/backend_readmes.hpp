// The README of each sensor backend, as it was when this program was built.
#pragma once

#include <string_view>

namespace joulepath::tools {

/// Markdown; empty: there is no such backend.
std::string_view backend_readme(std::string_view backend);

}  // namespace joulepath::tools
