// Where a program is, as the shell would find it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace joulepath::tools {

/// A name with a slash is taken as it is; others are looked up in PATH. Nothing when
/// there is no such file that may be executed.
std::optional<std::filesystem::path> find_program(const std::string& program);

/// A file installed beside this program: the shim's library, the recorder.
std::filesystem::path beside_us(const std::string& relative);

}  // namespace joulepath::tools
