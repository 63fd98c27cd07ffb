// One piece of work by as many processes as there are: those that a launcher started, or copies of
// this one; else by this process alone.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/team.hpp"

namespace joulepath::tools {

struct TogetherOptions {
  bool alone = false;  ///< whatever a launcher says
  int jobs = 0;        ///< copies of this process; 0: as many as a launcher started
  int wait_s = 120;    ///< for processes that do not come, or fall silent
};

struct SharedWork {
  std::string name;  ///< equal for all that do the same
  /// To meet in, of which the first that can be written to is taken.
  std::vector<std::filesystem::path> folders;
  /// Its value is what to do in process 0 when all is over: it shows the outcome and returns the
  /// exit code.
  std::function<base::Result<std::function<int()>>(base::Team&)> part;
};

/// The exit code. Other processes than 0 end with 0, and say nothing: what there is to say comes
/// from process 0. Errors: the work's, and kIo where processes do not find each other or are lost.
/// To be called before the process has threads.
base::Result<int> work_together(const TogetherOptions& options, const SharedWork& work);

}  // namespace joulepath::tools
