// Reads a flat TOML file of settings: key = value, values as text with their lines.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/base/result.hpp"

namespace joulepath::tools {

struct TomlEntry {
  std::string text;
  unsigned line = 0;
};

/// kNotFound, kPermission; kFormat with the line for what is not TOML, is a table, or
/// holds a value that is neither text nor a number.
base::Result<std::map<std::string, TomlEntry>> read_toml_pairs(const std::filesystem::path& file);

}  // namespace joulepath::tools
