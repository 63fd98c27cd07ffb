#include "tools/report/layout.hpp"

#include <gtest/gtest.h>

#include <array>

namespace joulepath::report {
namespace {

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("größe"), 5u);
  EXPECT_EQ(display_width("計算"), 4u);
  EXPECT_EQ(display_width("e\xcc\x81"), 1u);  // combining accent
  EXPECT_EQ(display_width("a\xff\xfe"), 3u);  // no UTF-8
  EXPECT_EQ(display_width("\xe8\xa8"), 2u);   // cut short
}

TEST(ElideMiddle, KeepsBothEnds) {
  EXPECT_EQ(elide_middle("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(elide_middle("abcdefgh", 5), "ab…gh");
  EXPECT_EQ(elide_middle("abcdefgh", 1), "…");
  EXPECT_EQ(elide_middle("abcdefgh", 0), "");
  EXPECT_LE(display_width(elide_middle("計算計算計算", 6)), 6u);
}

TEST(ElideMiddle, ControlCharactersBecomeSpaces) {
  EXPECT_EQ(elide_middle("a\nb\x1b", 9), "a b ");
}

TEST(TableRow, CutsAndAligns) {
  constexpr std::array<Column, 2> kColumns{{{4, Align::kLeft}, {5, Align::kRight}}};
  EXPECT_EQ(table_row(kColumns, {"a", "1"}), "a        1\n");
  EXPECT_EQ(table_row(kColumns, {"abcdef", ""}), "ab…f\n");
}

TEST(Paragraph, WrapsAtTheWidth) {
  std::string words;
  for (int i = 0; i < 60; ++i) words += "word ";
  const std::string text = paragraph(words, 4);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    EXPECT_LE(end - at, kWidth);
    EXPECT_EQ(text.substr(at, 5), "    w");
    at = end + 1;
  }
}

}  // namespace
}  // namespace joulepath::report
