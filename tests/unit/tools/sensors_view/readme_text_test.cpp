#include "tools/sensors_view/readme_text.hpp"

#include <gtest/gtest.h>

namespace joulepath::tools {
namespace {

constexpr const char* kReadme = R"(# name
One sentence that
goes on.

## Needs
- an item of a list, so long that it has to be broken into two lines on a terminal
  that is 80 wide
- `code` and **stars**

| a | b |
|---|---|
| x\|y | 2 |

    code    stays

```
cd /sys
```
## Privileges
None.
)";

TEST(ReadmeText, IsFilledAndPlain) {
  EXPECT_EQ(readme_text(kReadme), R"(  One sentence that goes on.

Needs
  - an item of a list, so long that it has to be broken into two lines on a
    terminal that is 80 wide
  - code and stars

  a    b
  x|y  2

  code    stays

  cd /sys

Privileges
  None.
)");
}

TEST(ReadmeText, AWideTableBecomesBlocks) {
  const std::string wide(60, 'w');
  EXPECT_EQ(readme_text("| id | what |\n|---|---|\n| " + wide + " | " + wide + " |\n"),
            "  " + wide + "\n    what: " + wide + "\n");
}

TEST(ReadmeText, ASectionEndsAtTheNextHeading) {
  EXPECT_EQ(readme_section("## A\none\n### in it\n## B\ntwo\n", "A"), "one\n### in it\n");
  EXPECT_EQ(readme_section("## A\none\n## B\ntwo", "B"), "two");
  EXPECT_EQ(readme_section("## A\none\n", "C"), "");
  EXPECT_EQ(readme_section("", "A"), "");
}

}  // namespace
}  // namespace joulepath::tools
