// Slurm's own programs, and what they say.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace joulepath::tools {

/// What `program`, looked for in PATH, prints with these arguments (tools/launch/output_of.hpp);
/// nothing if it is not there.
std::optional<std::string> said_by(const std::string& program, std::vector<std::string> arguments);

}  // namespace joulepath::tools
