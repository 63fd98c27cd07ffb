#include "tools/recorder/trace_form.hpp"

namespace joulepath::tools {

trace::Form trace_form(std::string_view setting, const std::filesystem::path& parts) {
  if (setting == "whole") return trace::Form::kWhole;
  if (setting == "master") return trace::Form::kMaster;
  std::size_t nodes = 0;
  std::uintmax_t bytes = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(parts, error)) {
    if (entry.path().extension() != ".h5") continue;
    std::error_code gone;
    const std::uintmax_t size = entry.file_size(gone);
    ++nodes;
    if (!gone) bytes += size;
    if (nodes > kMostNodesWhole || bytes > kMostBytesWhole) return trace::Form::kMaster;
  }
  return trace::Form::kWhole;
}

}  // namespace joulepath::tools
