// What is said over joulepathd's socket (AF_UNIX, SOCK_SEQPACKET): one request of fixed size, one
// reply, the end. Who asks is told by the kernel (SO_PEERCRED), never by the message.
#pragma once

#include <cstdint>

namespace joulepath::sensors::board {

/// Below the run folder, which only root can make.
inline constexpr const char* kSocket = "joulepath/socket";

enum class Verb : std::uint16_t {
  kMap = 1,      ///< any user that is admitted: the board, as a descriptor beside the reply
  kAdmit = 2,    ///< root: `uid` may have the board while `job` runs
  kDismiss = 3,  ///< root: `job` is over
};

struct Request {
  std::uint32_t magic;  ///< kRequestMagic
  std::uint16_t version;
  std::uint16_t verb;
  std::uint32_t uid;  ///< of kAdmit and kDismiss, else 0
  std::uint32_t job;  ///< the same
};
static_assert(sizeof(Request) == 16);

struct Reply {
  std::uint32_t magic;
  std::int32_t sys_errno;  ///< 0: done; EPERM, EINVAL, EAGAIN
};
static_assert(sizeof(Reply) == 8);

inline constexpr std::uint32_t kRequestMagic = 0x5242706a;
inline constexpr std::uint16_t kRequestVersion = 1;

}  // namespace joulepath::sensors::board
