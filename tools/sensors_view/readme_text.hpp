// A backend's README on a terminal of 80 columns: headings, filled paragraphs, lists, and
// tables as columns or, where they are too wide, as blocks. Only the Markdown that our own
// READMEs use.
#pragma once

#include <string>
#include <string_view>

namespace joulepath::tools {

/// The whole text, without the heading of the file itself.
std::string readme_text(std::string_view markdown);

/// The text below "## `heading`", up to the next heading of that level; empty: no such one.
std::string_view readme_section(std::string_view markdown, std::string_view heading);

}  // namespace joulepath::tools
