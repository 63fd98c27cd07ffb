// Environments and argument lists for programs that we start.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace joulepath::tools {

/// This process's environment with `changes`; an empty value removes the variable.
std::vector<std::string> environment_with(const std::map<std::string, std::string>& changes);

/// As execve takes them: null-terminated, pointing into `texts`.
std::vector<char*> pointers(const std::vector<std::string>& texts);

}  // namespace joulepath::tools
