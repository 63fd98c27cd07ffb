#include "pmpi/src/pcontrol.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "pmpi/src/phases.hpp"
#include "pmpi/src/thread_state.hpp"

namespace joulepath::pmpi {
namespace {

/// Room for a name, and a little to see that one is too long; names are cut later.
constexpr std::size_t kLabelRoom = 128;

bool as_ipm() noexcept {
  static std::atomic<int> known{-1};
  int answer = known.load(std::memory_order_relaxed);
  if (answer < 0) {
    const char* convention = std::getenv("JOULEPATH_PCONTROL");
    answer = convention != nullptr && std::strcmp(convention, "ipm") == 0 ? 1 : 0;
    known.store(answer, std::memory_order_relaxed);
  }
  return answer == 1;
}

/// Printable ASCII, or bytes of UTF-8's longer characters.
bool printable(unsigned char c) noexcept {
  return c >= 0x20 && c != 0x7f;
}

}  // namespace

bool read_label(Arg address, char* label, std::size_t room) noexcept {
  constexpr std::size_t kPage = 4096;
  const int kept = errno;
  std::size_t got = 0;
  // Up to a page's end at a time: the next page may not be there, and need not.
  while (got < room && std::memchr(label, '\0', got) == nullptr) {
    const auto from = static_cast<std::size_t>(address) + got;
    const std::size_t wanted = std::min(room - got, kPage - from % kPage);
    iovec here{label + got, wanted};
    iovec there{reinterpret_cast<void*>(from), wanted};
    // The kernel looks before it reads: EFAULT, where a load would be a SIGSEGV.
    const ssize_t read = ::process_vm_readv(::getpid(), &here, 1, &there, 1, 0);
    if (read <= 0) break;
    got += static_cast<std::size_t>(read);
  }
  errno = kept;
  char* const end = static_cast<char*>(std::memchr(label, '\0', got));
  if (end == nullptr || end == label) return false;
  return std::all_of(label, end, [](char c) { return printable(static_cast<unsigned char>(c)); });
}

void control_profiling(ThreadState& thread, Arg level, Arg label) noexcept {
  const int asked = static_cast<int>(level);
  void* frame = __builtin_frame_address(0);
  if (!as_ipm()) {
    if (asked == 0) pause_phases(thread);
    if (asked == 1) resume_phases(thread);
    return;
  }
  if (asked != 1 && asked != -1) return;
  char name[kLabelRoom];
  if (!read_label(label, name, sizeof name)) return;
  if (asked == 1) begin_phase(thread, name, frame);
  if (asked == -1) end_phase(thread, frame);
}

}  // namespace joulepath::pmpi
