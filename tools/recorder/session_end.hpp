// The end of a session: leaving it without missing a process that is just joining.
#pragma once

#include <filesystem>

#include "core/base/file.hpp"
#include "core/record/session.hpp"

namespace joulepath::tools {

enum class SessionEnd {
  kLeft,    ///< nobody will join: the directory is gone
  kJoined,  ///< a process joined meanwhile and counts on us; `lock` is held anew
  kTaken,   ///< a process joined, and another recorder was started for it
};

/// Leaving is two steps, in this order (core/record/session.cpp tells why it is safe).
/// First the lock file is removed: who comes now elects a recorder of its own.
void withdraw_lock(const record::SessionPath& session);
/// Then the channels are looked for once more; where there are some, the lock is asked for
/// again, against a recorder that may have been started meanwhile.
SessionEnd settle_session(const record::SessionPath& session, base::Descriptor& lock);
/// Both steps.
SessionEnd leave_session(const record::SessionPath& session, base::Descriptor& lock);

/// Tells the processes of a session why nothing is recorded, and stays until they have
/// ended, so that none of them starts another recorder that would fail as well.
void refuse_session(const record::SessionPath& session, base::Descriptor& lock,
                    const std::string& message);

}  // namespace joulepath::tools
