// Compares text with a file of the test's folder golden/. With JOULEPATH_UPDATE_GOLDEN=1 in the
// environment the file is written instead: look at the difference before keeping it.
#pragma once

#include <string>

namespace joulepath::report::testing {

void expect_golden(const std::string& text, const std::string& name);

}  // namespace joulepath::report::testing
