// The recorder: one process for each node and job. Each period it reads all sensors in
// one pass, then all lanes, and appends what changed to the node's file; it flushes every
// second and ends when the last process of the session has ended, on a signal, or with
// the process that owns it (`joulepath run`).
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>

#include "core/base/file.hpp"
#include "core/base/result.hpp"
#include "core/record/session.hpp"
#include "tools/settings/settings.hpp"

namespace joulepath::tools {

struct RecorderJob {
  Settings settings;
  record::SessionPath session{};
  base::Descriptor lock;        ///< held: we are the session's recorder
  std::filesystem::path parts;  ///< where to write the node's file; empty: find a place
  pid_t owner = 0;              ///< end with this process, and not with the ranks; 0: none
  std::function<void()> ready;  ///< called once the first reading is taken and the file is there
};

/// Runs until the end. The file is closed and the session's directory removed, whatever
/// is returned. Errors are also told to the session's processes.
base::Status record_session(RecorderJob job);

}  // namespace joulepath::tools
