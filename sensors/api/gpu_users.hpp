// Who is on a GPU, as its driver tells: the processes, and how busy each keeps it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace joulepath::sensors {

struct GpuUser {
  std::int32_t pid = 0;  ///< as the driver numbers processes: in the host's PID namespace
  /// Of the time since the look before in which its kernels ran, 0 to 1000; -1: not told.
  std::int32_t busy_permille = -1;
};

/// All processes on one GPU at one moment.
struct GpuLook {
  std::size_t signal = 0;  ///< of the GPU: counts within the source, or Sampler::sensors()
  std::vector<GpuUser> users;
};

}  // namespace joulepath::sensors
