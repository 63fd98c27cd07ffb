// What a short command prints.
#pragma once

#include <string>
#include <vector>

namespace joulepath::tools {

/// Standard output and error of `command` (a path and its arguments), at most 64 KiB;
/// empty when it cannot be started. Its standard input is /dev/null.
std::string output_of(const std::vector<std::string>& command);

}  // namespace joulepath::tools
