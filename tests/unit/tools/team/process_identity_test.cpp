// A process is known as here or gone by what it wrote about itself.
#include "tools/team/process_identity.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/base/file.hpp"
#include "tests/unit/support/child.hpp"
#include "tests/unit/support/temporary_folder.hpp"

namespace joulepath::tools {
namespace {

TEST(ProcessIdentity, OwnIsNotGone) {
  EXPECT_FALSE(surely_gone(own_identity()));
}

TEST(ProcessIdentity, AnEndedChildIs) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "identity";
  ASSERT_EQ(test::run_in_child([&] {
              std::ofstream(file) << own_identity();
              return 0;
            }),
            0);
  const auto identity = base::read_file(file);
  ASSERT_TRUE(identity.ok());
  EXPECT_TRUE(surely_gone(*identity));
  EXPECT_FALSE(surely_gone(*identity + "-elsewhere")) << "of another machine nothing is known";
}

TEST(ProcessIdentity, NothingIsKnownOfNonsense) {
  EXPECT_FALSE(surely_gone(""));
  EXPECT_FALSE(surely_gone("1 2"));
}

}  // namespace
}  // namespace joulepath::tools
