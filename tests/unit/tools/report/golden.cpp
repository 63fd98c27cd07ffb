#include "golden.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace joulepath::report::testing {

void expect_golden(const std::string& text, const std::string& name) {
  const std::string path = std::string(JOULEPATH_GOLDEN_DIR "/").append(name);
  const char* update = std::getenv("JOULEPATH_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") {
    std::ofstream(path) << text;
    GTEST_SKIP() << "wrote " << path;
  }
  const std::ifstream file(path);
  ASSERT_TRUE(file) << path << ": run once with JOULEPATH_UPDATE_GOLDEN=1";
  std::ostringstream wanted;
  wanted << file.rdbuf();
  EXPECT_EQ(text, wanted.str()) << "from " << path;
}

}  // namespace joulepath::report::testing
