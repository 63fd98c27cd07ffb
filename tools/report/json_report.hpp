// The report for programs: JSON with stable, documented keys (docs/report.md). What is
// not known is null with a reason, never 0. Integers are exact.
#pragma once

#include <string>

#include "core/analysis/summary.hpp"
#include "tools/report/view_options.hpp"

namespace joulepath::report {

/// Version of the keys: grows when one is removed or changes meaning, not when one
/// is added.
inline constexpr int kJsonSchemaVersion = 2;

/// Indented by two, ends with a newline. Bytes that are no UTF-8 are replaced.
std::string json_report(const analysis::Summary& summary);

/// One view: what the run took in all, and the rows.
std::string json_view(const analysis::Summary& summary, const ViewOptions& options);

}  // namespace joulepath::report
