// Whether a run's trace is made whole, or a master that links to its nodes' files. Whole is one
// file to keep; but of a large run it takes minutes after the program's end, when a batch system
// may end what is left of the job.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "core/trace/gather.hpp"

namespace joulepath::tools {

/// The most that is made whole without being asked for: some ten seconds of a core.
inline constexpr std::size_t kMostNodesWhole = 64;
inline constexpr std::uintmax_t kMostBytesWhole = 256u << 20;

/// `setting`: "whole", "master", or "auto", which goes by the number and the size of the node files
/// in `parts`.
trace::Form trace_form(std::string_view setting, const std::filesystem::path& parts);

}  // namespace joulepath::tools
