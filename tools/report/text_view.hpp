// Views as tables of at most 80 columns.
#pragma once

#include <string>

#include "tools/report/view.hpp"

namespace joulepath::report {

/// What ran, the table, and what it adds up to.
std::string text_view(const analysis::Summary& summary, const ViewOptions& options);

/// Head and rows, those that lie in another indented under it.
std::string view_table(const View& view);

/// "unknown, because ..." for every reason once, at most a few; empty without any.
std::string unknown_notes(const View& view);

}  // namespace joulepath::report
