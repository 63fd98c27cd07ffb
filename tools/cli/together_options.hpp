// The options of commands that several processes can do together.
#pragma once

#include "tools/team/together.hpp"

namespace CLI {
class App;
}

namespace joulepath::tools {

void add_together_options(CLI::App& command, TogetherOptions& options);

}  // namespace joulepath::tools
