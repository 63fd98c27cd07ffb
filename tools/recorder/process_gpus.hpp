// Which of the node's GPUs a process may use: from the environment that it was started with
// (/proc/PID/environ) and what its control group lets it open. Where that cannot be told, all
// that it may be.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/record/channel_layout.hpp"
#include "sensors/sampler/sampler.hpp"
#include "tools/recorder/openable_gpus.hpp"

namespace joulepath::tools {

struct UsableGpus {
  std::string gpus;    ///< "0000:81:00.0,...": PCI addresses, a UUID where there is none
  std::string reason;  ///< why the list may be too long; empty: it is what the process sees
};

class ProcessGpus {
 public:
  /// `gpus`: all of the node that the backends found, readable or not.
  explicit ProcessGpus(std::span<const sensors::FoundGpu> gpus, DeviceRoots roots = {});
  /// What the process was started with; later changes of its own are not seen. `answers`: what
  /// it was told when it asked for the device files.
  [[nodiscard]] UsableGpus of(std::int32_t pid, const record::DeviceAnswers& answers) const;

 private:
  [[nodiscard]] UsableGpus all(std::string reason) const;

  std::vector<sensors::FoundGpu> gpus_;  ///< each once: its vendor's library before others
  DeviceRoots roots_;
};

}  // namespace joulepath::tools
