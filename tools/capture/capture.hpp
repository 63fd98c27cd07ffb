// Writes what the sensor backends read of a machine's /sys and /proc into a folder, as plain
// text without names and serial numbers: a machine for tests/nodes, to be read again with
// --sysfs-root and --proc-root. Not captured: device files, vendors' libraries.
#pragma once

#include <cstddef>
#include <filesystem>

#include "core/base/result.hpp"

namespace joulepath::tools {

struct Captured {
  std::size_t files = 0;
  std::size_t refused = 0;  ///< named in FOLDER/refused.txt, with errno
};

/// `folder` must not be there, or be empty (kConflict). kIo: it cannot be written.
base::Result<Captured> capture_machine(const std::filesystem::path& sysfs_root,
                                       const std::filesystem::path& proc_root,
                                       const std::filesystem::path& folder);

}  // namespace joulepath::tools
