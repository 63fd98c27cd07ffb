// Which GPUs of a node the job's processes may use, as the trace says it: whose energy a GPU's
// is, and whether it is the job's at all. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/record/tables.hpp"

namespace joulepath::analysis {

/// GPUs that have a counted signal of their own, each once.
[[nodiscard]] std::vector<std::string> gpus_with_signals(const record::NodeTables& node);

/// Whether two processes that may use it were there at the same time.
[[nodiscard]] bool is_shared(const record::NodeTables& node, std::string_view gpu);

/// Takes the GPUs that no process of the job may use out of what is counted. Without any
/// process nothing is known of the job's use, and all stay.
void leave_out_others_gpus(record::NodeTables& node);

inline constexpr std::string_view kOthersGpu = "no process of the job may use this GPU";

}  // namespace joulepath::analysis
