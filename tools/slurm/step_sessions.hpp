// A job's sessions on this node, as its user sees them: waiting until the recorders of those
// that are over have closed their files, and taking away what killed ones left.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace joulepath::tools {

/// Whether a session belongs to `what`, a job ("12") or one of its steps ("12.0").
bool is_session_of(std::string_view session, std::string_view what);

/// Returns when no recorder of a session whose processes have all ended runs any more, or after
/// `patience`. Sessions without any process and recorder are removed.
void settle_sessions(std::string_view what, std::chrono::milliseconds patience);

}  // namespace joulepath::tools
