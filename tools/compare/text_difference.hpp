// A difference as text: in a line, and as two lines of a table of 80 columns. Pure.
#pragma once

#include <string>

#include "tools/compare/difference.hpp"

namespace joulepath::compare {

/// "-195.0 J [-197.0, -193.0], -15.1 % [-15.3, -14.9]"; of one that has a change.
std::string change_line(const Difference& difference, const std::string& unit);

/// The heads of the columns, in two lines.
std::string table_head(const std::string& title);

/// Before with the change, under it the verdict and after with the change in per cent.
std::string difference_rows(const std::string& label, const Difference& difference,
                            const std::string& unit);

}  // namespace joulepath::compare
