// Which of a vendor's GPUs a process's control group lets it open: from what the kernel answered
// the process (record::DeviceAnswers) to PCI addresses, by the minor numbers of device files.
// What nobody asked, or the kernel did not answer, is an error and never a guess.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/base/result.hpp"
#include "core/record/channel_layout.hpp"

namespace joulepath::tools {

struct DeviceRoots {
  std::filesystem::path proc = "/proc";
  std::filesystem::path sysfs = "/sys";
};

/// Whether the process may open it for reading and writing, of each of the vendor's GPUs of the
/// node, by its PCI address as sysfs writes it. Error: it cannot be told of each, and why.
using OpenableGpus = base::Result<std::map<std::string, bool>>;
OpenableGpus openable_nvidia_gpus(const record::DeviceAnswers& answers, const DeviceRoots& roots);
OpenableGpus openable_amd_gpus(const record::DeviceAnswers& answers, const DeviceRoots& roots);
OpenableGpus openable_intel_gpus(const record::DeviceAnswers& answers, const DeviceRoots& roots);

}  // namespace joulepath::tools
