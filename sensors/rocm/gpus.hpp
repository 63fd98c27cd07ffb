// AMD's GPUs as signals: which there are, how each can be read, and which share one figure.
// Asked once, before the first reading.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/record/signal.hpp"
#include "sensors/rocm/library.hpp"

namespace joulepath::sensors::rocm {

struct Gpu {
  Device device = 0;
  record::Signal signal;
  std::uint16_t id = 0;  ///< PCI device id; 0: not told
};

/// In the order of the PCI bus. Remarks go to `notes`.
std::vector<Gpu> find_gpus(Smi& smi, std::vector<std::string>& notes);

}  // namespace joulepath::sensors::rocm
