// Which NVIDIA GPUs a process's control group lets it open, where that can be read: version 1
// of control groups lists the devices (devices.list); version 2 keeps them in a BPF program,
// which tells nobody. A GPU's device file is known by its minor number.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace joulepath::tools {

/// PCI addresses, as sysfs writes them, of all of the node's GPUs that `process` (a folder of
/// /proc) may open for reading and writing. Error: it cannot be told, and why.
base::Result<std::set<std::string>> openable_nvidia_gpus(const std::filesystem::path& process,
                                                         const std::filesystem::path& proc_root,
                                                         const std::filesystem::path& sysfs_root);

}  // namespace joulepath::tools
