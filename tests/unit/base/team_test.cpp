// Ranges cover everything once, in order, and are about equal.
#include "core/base/team.hpp"

#include <gtest/gtest.h>

namespace joulepath::base {
namespace {

TEST(Team, PartsCoverEverythingOnceInOrder) {
  for (const std::size_t count : {0u, 1u, 5u, 64u, 1023u, 1024u})
    for (const int size : {1, 2, 3, 7, 2000}) {
      std::size_t at = 0;
      for (int rank = 0; rank < size; ++rank) {
        const Range part = part_of(count, rank, size);
        EXPECT_EQ(part.begin, at);
        EXPECT_LE(part.end - part.begin, count / static_cast<std::size_t>(size) + 1);
        at = part.end;
      }
      EXPECT_EQ(at, count);
    }
}

TEST(Team, OneIsAlone) {
  const Alone team;
  EXPECT_TRUE(team.alone());
  EXPECT_TRUE(team.leads());
}

}  // namespace
}  // namespace joulepath::base
