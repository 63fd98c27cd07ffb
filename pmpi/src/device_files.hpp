// Asks the kernel which GPUs this process may open. Only a task of a control group can ask what
// that group lets through: version 2 keeps its rule in a BPF program that nobody can read.
// access(2) goes through the same check as open(2) (inode_permission() calls
// devcgroup_inode_permission(), Linux fs/namei.c) but opens nothing, so it wakes no device.
#pragma once

#include "core/record/channel_layout.hpp"

namespace joulepath::pmpi {

/// As access(2), errno included.
using Access = int (*)(const char* path, int mode);

/// Two calls where there is no GPU, at most 130 where there are; it opens nothing.
void ask_for_devices(record::DeviceAnswers& answers, Access access) noexcept;

}  // namespace joulepath::pmpi
