#include "pmpi/src/device_files.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>

namespace joulepath::pmpi {
namespace {

constexpr unsigned kFiles = 64;  // bits of an answer

void ask(const char* prefix, unsigned first, Access access, std::uint64_t& open,
         std::uint64_t& refused) noexcept {
  for (unsigned n = 0; n < kFiles; ++n) {
    char path[64];
    std::snprintf(path, sizeof path, "%s%u", prefix, first + n);
    if (access(path, R_OK | W_OK) == 0)
      open |= std::uint64_t{1} << n;
    else if (errno == EPERM)  // a file's mode that forbids it is EACCES
      refused |= std::uint64_t{1} << n;
  }
}

}  // namespace

void ask_for_devices(record::DeviceAnswers& answers, Access access) noexcept {
  answers = {};
  // The group may refuse this one as well (EPERM); without a driver it is not there.
  if (access("/dev/nvidiactl", F_OK) == 0 || errno == EPERM)
    ask("/dev/nvidia", 0, access, answers.nvidia_open, answers.nvidia_refused);
  if (access("/dev/dri", F_OK) == 0)
    ask("/dev/dri/renderD", record::kFirstRenderMinor, access, answers.render_open,
        answers.render_refused);
}

}  // namespace joulepath::pmpi
