// Text in columns on a terminal of 80: widths are counted in columns, not bytes, and
// nothing is ever wider than it was given. Knows nothing of energy.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace joulepath::report {

inline constexpr std::size_t kWidth = 80;

/// Columns that UTF-8 text takes; a byte that is no UTF-8 takes one.
std::size_t display_width(std::string_view text);

/// At most `width` columns: the middle gives way to "…". Control characters become
/// spaces, so that a command's newline does not break a line.
std::string elide_middle(std::string_view text, std::size_t width);

enum class Align { kLeft, kRight };

struct Column {
  std::size_t width = 0;
  Align align = Align::kLeft;
};

/// Cells cut and padded to their columns, one space between, no trailing space.
std::string table_row(std::span<const Column> columns, const std::vector<std::string>& cells);

/// Words in lines of at most kWidth columns, each line indented; ends with a newline.
std::string paragraph(std::string_view text, std::size_t indent);

}  // namespace joulepath::report
