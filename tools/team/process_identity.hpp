// A process as others may know it who share a folder with it: "PID START-TIME PLACE".
#pragma once

#include <string>

namespace joulepath::tools {

std::string own_identity();

/// It was a process of this machine and is gone. False where that cannot be seen from here.
bool surely_gone(const std::string& identity);

}  // namespace joulepath::tools
