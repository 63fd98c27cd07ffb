// Which GPUs of a node a process may use, from its environment: CUDA_VISIBLE_DEVICES,
// ROCR_VISIBLE_DEVICES with HIP_VISIBLE_DEVICES, ZE_AFFINITY_MASK. GPUs are known by UUID and
// PCI address; an index is only believed where the vendor documents what it counts. What
// cannot be told is unknown, with the reason, and never a guess. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace joulepath::sensors {

struct GpuName {
  std::string uuid;   ///< as the vendor's tools show it: "GPU-8f1e..."; empty: not known
  std::string pci;    ///< "0000:81:00.0"
  std::string model;  ///< "NVIDIA A100-SXM4-40GB"
};

struct VisibleGpus {
  std::vector<std::size_t> gpus;  ///< numbers in the list that was given, each once, rising
  std::string unknown;            ///< why it is not known which; empty: it is

  [[nodiscard]] bool known() const { return unknown.empty(); }
};

/// A variable of the process's environment; nothing: it is not set.
using Variable = std::function<std::optional<std::string>(std::string_view name)>;

/// `gpus`: all of the vendor's that the process's cgroups let it open, whatever the variables
/// say.
[[nodiscard]] VisibleGpus visible_to_cuda(const Variable& variable, std::span<const GpuName> gpus);
[[nodiscard]] VisibleGpus visible_to_rocm(const Variable& variable, std::span<const GpuName> gpus);
[[nodiscard]] VisibleGpus visible_to_level_zero(const Variable& variable,
                                                std::span<const GpuName> gpus);

}  // namespace joulepath::sensors
