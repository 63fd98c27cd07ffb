#include "tools/sensors_view/readme_text.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include "core/base/file.hpp"
#include "tools/report/layout.hpp"

namespace joulepath::tools {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::string_view kCodeIndent = "    ";

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

/// Code marks and stars for emphasis say nothing on a terminal.
std::string plain(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '`' || text.substr(at, 2) == "**") {
      if (text[at] == '*') ++at;
      continue;
    }
    out += text[at];
  }
  return out;
}

bool is_list_item(std::string_view line) {
  if (line.starts_with("- ")) return true;
  const auto digits = line.find_first_not_of("0123456789");
  return digits != 0 && digits != std::string_view::npos && line.substr(digits, 2) == ". ";
}

/// Items hang: what follows their first line stands below its text.
std::string list_item(const std::string& text) {
  const std::string_view words = text;
  const std::size_t mark = words.find(' ') + 1;
  std::string body = report::paragraph(words.substr(mark), kIndent + mark);
  return body.replace(kIndent, mark, words.substr(0, mark));
}

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  line = base::trimmed(line);
  if (line.starts_with('|')) line.remove_prefix(1);
  if (line.ends_with('|')) line.remove_suffix(1);
  std::string cell;
  for (std::size_t at = 0; at <= line.size(); ++at) {
    if (at == line.size() || (line[at] == '|' && (at == 0 || line[at - 1] != '\\'))) {
      cells.push_back(plain(base::trimmed(cell)));
      cell.clear();
    } else if (line.substr(at, 2) != "\\|") {
      cell += line[at];
    }
  }
  return cells;
}

bool is_rule(const std::vector<std::string>& cells) {
  return std::all_of(cells.begin(), cells.end(), [](const std::string& cell) {
    return cell.find_first_not_of("-: ") == std::string::npos;
  });
}

using Rows = std::vector<std::vector<std::string>>;

std::string as_blocks(const Rows& rows) {
  std::string text;
  for (std::size_t row = 1; row < rows.size(); ++row) {
    text += report::paragraph(rows[row].front(), kIndent);
    for (std::size_t at = 1; at < rows[row].size(); ++at) {
      const std::string head = at < rows[0].size() ? rows[0][at] : std::string();
      text += report::paragraph((head.empty() ? "" : head + ": ") + rows[row][at], 2 * kIndent);
    }
  }
  return text;
}

std::string as_table(const Rows& rows) {
  std::vector<report::Column> columns;
  std::size_t width = kIndent;
  for (const auto& row : rows)
    for (std::size_t at = 0; at < row.size(); ++at) {
      if (columns.size() <= at) columns.emplace_back();
      columns[at].width = std::max(columns[at].width, report::display_width(row[at]));
    }
  for (report::Column& column : columns) width += ++column.width + 1;
  if (width > report::kWidth + 2) return as_blocks(rows);
  std::string text;
  for (const auto& row : rows) {
    const bool empty =
        std::all_of(row.begin(), row.end(), [](const std::string& cell) { return cell.empty(); });
    if (!empty) text += std::string(kIndent, ' ') + report::table_row(columns, row);
  }
  return text;
}

std::string heading(std::string_view line) {
  const auto words = base::trimmed(line.substr(line.find_first_not_of('#')));
  return plain(words) + "\n";
}

/// Reads Markdown line by line; what belongs together is written when it is over.
class Reader {
 public:
  void line(std::string_view line) {
    if (line.starts_with("```")) {
      end_block();
      verbatim_ = !verbatim_;
    } else if (verbatim_ || (filled_.empty() && line.starts_with(kCodeIndent))) {
      end_block();
      if (wants_gap_) gap();
      if (!verbatim_) line.remove_prefix(kCodeIndent.size());
      out_ += std::string(kIndent, ' ').append(line) + "\n";
    } else if (line.starts_with("# ")) {
      end_block();
    } else if (line.starts_with('#')) {
      end_block();
      gap();
      out_ += heading(line);
      headed_ = true;
    } else if (line.starts_with('|')) {
      if (table_.empty()) end_block();
      auto cells = cells_of(line);
      if (!is_rule(cells)) table_.push_back(std::move(cells));
    } else if (base::trimmed(line).empty()) {
      end_block();
      wants_gap_ = true;
    } else {
      if (is_list_item(line) || !table_.empty()) end_block();
      if (!filled_.empty()) filled_ += ' ';
      filled_ += plain(base::trimmed(line));
    }
  }

  std::string finish() {
    end_block();
    return std::move(out_);
  }

 private:
  void gap() {
    if (!out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
    wants_gap_ = false;
  }

  void end_block() {
    if (table_.empty() && filled_.empty()) return;
    if (wants_gap_ && !headed_) gap();
    wants_gap_ = headed_ = false;
    if (!table_.empty()) out_ += as_table(table_);
    if (!filled_.empty())
      out_ += is_list_item(filled_) ? list_item(filled_) : report::paragraph(filled_, kIndent);
    table_.clear();
    filled_.clear();
  }

  std::string out_;
  std::string filled_;  ///< of a paragraph or an item that goes on
  Rows table_;
  bool verbatim_ = false;
  bool wants_gap_ = false;
  bool headed_ = false;  ///< the last line written is a heading
};

}  // namespace

std::string readme_text(std::string_view markdown) {
  Reader reader;
  while (!markdown.empty()) reader.line(take_line(markdown));
  return reader.finish();
}

std::string_view readme_section(std::string_view markdown, std::string_view heading) {
  bool inside = false;
  const char* begin = markdown.data();
  while (!markdown.empty()) {
    const std::string_view line = take_line(markdown);
    if (!line.starts_with("## ")) continue;
    if (inside) return {begin, static_cast<std::size_t>(line.data() - begin)};
    if (base::trimmed(line.substr(3)) != heading) continue;
    inside = true;
    begin = markdown.data();
  }
  if (!inside) return {};
  return {begin, static_cast<std::size_t>(markdown.data() - begin)};
}

}  // namespace joulepath::tools
