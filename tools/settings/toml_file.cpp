#include "tools/settings/toml_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include "core/base/file.hpp"

namespace joulepath::tools {

base::Result<std::map<std::string, TomlEntry>> read_toml_pairs(const std::filesystem::path& file) {
  using base::Errc;
  using base::Error;
  const auto text = base::read_file(file);
  if (!text) return text.error();
  std::map<std::string, TomlEntry> entries;
  try {
    const toml::table table = toml::parse(*text, file.string());
    for (const auto& [key, node] : table) {
      const unsigned line = node.source().begin.line;
      TomlEntry entry{{}, line};
      if (const auto* string = node.as_string()) {
        entry.text = string->get();
      } else if (const auto* integer = node.as_integer()) {
        entry.text = fmt::format("{}", integer->get());
      } else if (const auto* number = node.as_floating_point()) {
        entry.text = fmt::format("{}", number->get());
      } else {
        return Error{Errc::kFormat,
                     fmt::format("setting \"{}\" must be text or a number", key.str()),
                     fmt::format("{}:{}", file.string(), line),
                     0,
                     {}};
      }
      entries.emplace(std::string(key.str()), std::move(entry));
    }
  } catch (const toml::parse_error& error) {
    return Error{Errc::kFormat,
                 fmt::format("is not TOML: {}", error.description()),
                 fmt::format("{}:{}", file.string(), error.source().begin.line),
                 0,
                 {}};
  }
  return entries;
}

}  // namespace joulepath::tools
