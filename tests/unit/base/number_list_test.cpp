// Lists of numbers from text as the kernel writes it.
#include "core/base/number_list.hpp"

#include <gtest/gtest.h>

namespace joulepath::base {
namespace {

using Numbers = std::vector<std::int32_t>;

TEST(NumberList, AsSysfsWritesIt) {
  EXPECT_EQ(parse_number_list("0\n"), Numbers{0});
  EXPECT_EQ(parse_number_list("0,2\n"), (Numbers{0, 2}));
  EXPECT_EQ(parse_number_list("0-3,8"), (Numbers{0, 1, 2, 3, 8}));
  EXPECT_EQ(parse_number_list("4-4,1,4"), (Numbers{1, 4}));
}

TEST(NumberList, AnythingElseIsNone) {
  for (const char* text : {"", "\n", "a", "0,", ",0", "3-1", "-1", "0-", "0--2", "0 2", "0-99999",
                           "99999999999999999999"})
    EXPECT_FALSE(parse_number_list(text)) << text;
}

}  // namespace
}  // namespace joulepath::base
