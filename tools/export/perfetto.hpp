// A timeline in the JSON trace event format, which ui.perfetto.dev and chrome://tracing open:
// a process for each rank with its threads, calls and phases as slices, messages as arrows,
// and power as counters.
// Format: "Trace Event Format", Google, 2016 (the document that Perfetto refers to).
#pragma once

#include <filesystem>

#include "core/base/result.hpp"
#include "tools/export/timeline.hpp"

namespace joulepath::tools {

/// Writes `output` whole or not at all. kIo where it cannot; kConflict where it is there.
base::Status write_perfetto(const Timeline& timeline, const std::filesystem::path& output);

}  // namespace joulepath::tools
