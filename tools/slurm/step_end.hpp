// The end of a step: one line for the job's output with what it used, and where the trace is.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace joulepath::tools {

struct StepEnd {
  std::string what;  ///< "12.0"; "12": the launchers that job's script started
  bool launchers = false;
  std::string output;     ///< as the setting
  std::size_t nodes = 0;  ///< of the step; 0: not known
  bool asked = false;     ///< for this very step: that nothing was recorded is worth a line
  std::chrono::milliseconds patience{5000};  ///< for files of other nodes to appear

  [[nodiscard]] std::string job() const { return what.substr(0, what.find('.')); }
};

/// Waits for the recorders, joins the nodes' files where that is still to be done, and sums up.
/// Nothing for a script that started no launcher.
std::vector<std::string> lines_at_end(const StepEnd& end);

/// Whether the trace of the step `end.what` is there, with all its nodes, and nobody writes to it
/// any more. Waits for nothing.
bool is_whole(const StepEnd& end);

}  // namespace joulepath::tools
