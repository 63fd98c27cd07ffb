#include "tools/slurm/slurm_program.hpp"

#include "tools/launch/find_program.hpp"
#include "tools/launch/output_of.hpp"

namespace joulepath::tools {

std::optional<std::string> said_by(const std::string& program, std::vector<std::string> arguments) {
  const auto path = find_program(program);
  if (!path) return std::nullopt;
  arguments.insert(arguments.begin(), path->string());
  return output_of(arguments);
}

}  // namespace joulepath::tools
