// A message between processes of a node that can carry a descriptor (unix(7), SCM_RIGHTS).
#pragma once

#include <sys/types.h>

#include <cstddef>

#include "core/base/file.hpp"

namespace joulepath::base {

/// Sends `bytes` in one message and, where `descriptor` >= 0, a copy of it. Never waits and raises
/// no SIGPIPE; false when the other side is gone or its queue full.
bool send_message(int socket, const void* bytes, std::size_t count, int descriptor) noexcept;

struct Message {
  ssize_t bytes = -1;  ///< that came; -1: none, see errno
  Descriptor descriptor;
};

/// The next message, of at most `count` bytes, with the descriptor that came with it, if any
/// (close-on-exec). `flags` as of recvmsg(2): 0 waits as long as the socket's options say.
Message receive_message(int socket, void* bytes, std::size_t count, int flags) noexcept;

}  // namespace joulepath::base
