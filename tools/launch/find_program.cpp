#include "tools/launch/find_program.hpp"

#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace joulepath::tools {

namespace fs = std::filesystem;

std::optional<fs::path> find_program(const std::string& program) {
  const auto executable = [](const fs::path& file) {
    std::error_code error;
    return fs::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
  };
  if (program.find('/') != std::string::npos)
    return executable(program) ? std::optional<fs::path>(program) : std::nullopt;
  const char* variable = std::getenv("PATH");
  std::istringstream folders(variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (const fs::path file = fs::path(folder.empty() ? "." : folder) / program; executable(file))
      return file;
  return std::nullopt;
}

fs::path beside_us(const std::string& relative) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return (self.parent_path() / relative).lexically_normal();
}

}  // namespace joulepath::tools
