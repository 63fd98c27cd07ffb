#include "tools/report/layout.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace joulepath::report {
namespace {

struct Glyph {
  std::string bytes;
  std::size_t width = 1;
};

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// Unicode Standard Annex 11, East Asian Width: wide and full-width, the large blocks.
constexpr std::array<Range, 8> kWide{{{0x1100, 0x115f},
                                      {0x2e80, 0x303e},
                                      {0x3041, 0xa4cf},
                                      {0xac00, 0xd7a3},
                                      {0xf900, 0xfaff},
                                      {0xfe30, 0xfe6f},
                                      {0xff00, 0xff60},
                                      {0x1f300, 0x3fffd}}};
constexpr std::array<Range, 4> kCombining{
    {{0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}}};

template <std::size_t N>
bool within(const std::array<Range, N>& ranges, std::uint32_t point) {
  return std::any_of(ranges.begin(), ranges.end(), [point](const Range& range) {
    return point >= range.first && point <= range.last;
  });
}

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

/// Takes one glyph off the front of `text`.
Glyph take(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = sequence_length(lead);
  std::uint32_t point = length < 2 ? lead : lead & (0xffu >> (length + 1));
  bool valid = length > 0 && length <= text.size();
  for (std::size_t i = 1; valid && i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    valid = (next & 0xc0u) == 0x80u;
    point = (point << 6) | (next & 0x3fu);
  }
  Glyph glyph;
  if (!valid) {
    glyph.bytes = "?";
    text.remove_prefix(1);
    return glyph;
  }
  const bool control = point < 0x20 || (point >= 0x7f && point < 0xa0);
  glyph.bytes = control ? std::string(" ") : std::string(text.substr(0, length));
  if (within(kWide, point)) glyph.width = 2;
  if (within(kCombining, point)) glyph.width = 0;
  text.remove_prefix(length);
  return glyph;
}

std::vector<Glyph> glyphs_of(std::string_view text) {
  std::vector<Glyph> glyphs;
  while (!text.empty()) glyphs.push_back(take(text));
  return glyphs;
}

std::size_t width_of(const std::vector<Glyph>& glyphs) {
  std::size_t width = 0;
  for (const auto& glyph : glyphs) width += glyph.width;
  return width;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return width_of(glyphs_of(text));
}

std::string elide_middle(std::string_view text, std::size_t width) {
  const auto glyphs = glyphs_of(text);
  std::string out;
  if (width_of(glyphs) <= width) {
    for (const auto& glyph : glyphs) out += glyph.bytes;
    return out;
  }
  if (width == 0) return out;
  const std::size_t tail_width = (width - 1) / 2;
  std::size_t left = width - 1 - tail_width;
  std::size_t head = 0;
  for (; head < glyphs.size() && glyphs[head].width <= left; ++head) {
    left -= glyphs[head].width;
    out += glyphs[head].bytes;
  }
  out += "…";
  std::size_t right = tail_width;
  std::size_t tail = glyphs.size();
  while (tail > head && glyphs[tail - 1].width <= right) right -= glyphs[--tail].width;
  for (; tail < glyphs.size(); ++tail) out += glyphs[tail].bytes;
  return out;
}

std::string table_row(std::span<const Column> columns, const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string cell =
        elide_middle(i < cells.size() ? cells[i] : std::string(), columns[i].width);
    const std::string space(columns[i].width - display_width(cell), ' ');
    if (i > 0) line += ' ';
    line += columns[i].align == Align::kLeft ? cell + space : space + cell;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string paragraph(std::string_view text, std::size_t indent) {
  const std::size_t room = kWidth - indent;
  std::string out;
  std::string line;
  const auto flush = [&] {
    if (!line.empty()) out += std::string(indent, ' ') + line + "\n";
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string word = elide_middle(text.substr(0, space), room);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (word.empty()) continue;
    if (!line.empty() && display_width(line) + 1 + display_width(word) > room) flush();
    line += (line.empty() ? "" : " ") + word;
  }
  flush();
  return out;
}

}  // namespace joulepath::report
