// Giving up what a daemon no longer needs once its sensors and socket are open.
#pragma once

#include <sys/types.h>

#include "core/base/result.hpp"

namespace joulepath::daemon {

/// Becomes the user for good, without groups, capabilities and any way to get them back, and
/// forbids itself to run programs, to trace, to mount and to load modules (seccomp). Of a
/// process that is not root it changes no user. Every step must succeed: else an error, and the
/// process must end.
base::Status drop_privileges(uid_t user, gid_t group);

}  // namespace joulepath::daemon
