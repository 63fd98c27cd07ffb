// Runs the user's program as a shell would: our terminal, our standard streams, signals
// to the program and not to us.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/result.hpp"

namespace joulepath::tools {

/// How a program ended: by itself with a status, or by a signal.
struct ProgramEnd {
  int status = 0;
  int signal = 0;  ///< 0: it ended by itself
};

/// Waits for its end. SIGINT and SIGQUIT of the terminal reach the program alone; a
/// SIGTERM or SIGHUP sent to us is passed on to it. kNotFound when it cannot be found.
base::Result<ProgramEnd> run_program(const std::vector<std::string>& command,
                                     const std::map<std::string, std::string>& variables);

/// Ends this process as the program ended: same status, or the same signal.
[[noreturn]] void end_like(const ProgramEnd& end);

}  // namespace joulepath::tools
