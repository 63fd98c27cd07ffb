// The processes on one card, by NVML's lists, and how busy each keeps it, by its samples of
// utilization. Owned and called by one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "sensors/api/gpu_users.hpp"
#include "sensors/nvml/library.hpp"

namespace joulepath::sensors::nvml {

class CardUsers {
 public:
  /// All processes that compute on the card, those of MPS as well; each once, by pid. False:
  /// the driver does not tell (too old, or refused). How busy a process was is the mean of
  /// the driver's samples since the last call; none of them names one that did nothing.
  bool look(const Library& library, Device card, std::vector<GpuUser>& users);

 private:
  bool list(const Library& library, Device card, std::vector<GpuUser>& users);
  void add_busy(const Library& library, Device card, std::vector<GpuUser>& users);

  std::vector<ProcessInfo> processes_;
  std::vector<ProcessSample> samples_;
  unsigned long long last_us_ = 0;  ///< stamp of the newest sample seen
};

}  // namespace joulepath::sensors::nvml
