#include "core/base/message.hpp"

#include <sys/socket.h>

#include <cstring>

namespace joulepath::base {
namespace {

struct Parts {
  Parts(void* bytes, std::size_t count) : data{bytes, count} {
    head.msg_iov = &data;
    head.msg_iovlen = 1;
    head.msg_control = control;
    head.msg_controllen = sizeof control;
  }
  iovec data;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr head{};
};

}  // namespace

bool send_message(int socket, const void* bytes, std::size_t count, int descriptor) noexcept {
  Parts parts(const_cast<void*>(bytes), count);
  if (descriptor >= 0) {
    cmsghdr* rights = CMSG_FIRSTHDR(&parts.head);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
  } else {
    parts.head.msg_control = nullptr;
    parts.head.msg_controllen = 0;
  }
  return ::sendmsg(socket, &parts.head, MSG_DONTWAIT | MSG_NOSIGNAL) == static_cast<ssize_t>(count);
}

Message receive_message(int socket, void* bytes, std::size_t count, int flags) noexcept {
  Parts parts(bytes, count);
  Message message;
  message.bytes = ::recvmsg(socket, &parts.head, flags | MSG_CMSG_CLOEXEC);
  const cmsghdr* rights = message.bytes >= 0 ? CMSG_FIRSTHDR(&parts.head) : nullptr;
  if (rights == nullptr || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS)
    return message;
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(rights), sizeof descriptor);
  message.descriptor = Descriptor(descriptor);
  return message;
}

}  // namespace joulepath::base
