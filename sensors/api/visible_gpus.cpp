#include "sensors/api/visible_gpus.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "core/base/file.hpp"

namespace joulepath::sensors {
namespace {

using Numbers = std::vector<std::size_t>;

std::vector<std::string> entries_of(std::string_view list) {
  std::vector<std::string> entries;
  while (!base::trimmed(list).empty()) {
    const auto comma = list.find(',');
    entries.emplace_back(base::trimmed(list.substr(0, comma)));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return entries;
}

Numbers all_of(std::span<const GpuName> gpus) {
  Numbers numbers(gpus.size());
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  return numbers;
}

/// Addresses of the same width sort as text; others do not exist in Linux.
Numbers by_bus(std::span<const GpuName> gpus) {
  Numbers numbers = all_of(gpus);
  std::sort(numbers.begin(), numbers.end(),
            [&](std::size_t a, std::size_t b) { return gpus[a].pci < gpus[b].pci; });
  return numbers;
}

VisibleGpus known(Numbers numbers) {
  std::sort(numbers.begin(), numbers.end());
  return {std::move(numbers), {}};
}
VisibleGpus unknown(std::string reason) {
  return {{}, std::move(reason)};
}

bool of_one_model(std::span<const GpuName> gpus) {
  return std::all_of(gpus.begin(), gpus.end(), [&](const GpuName& gpu) {
    return !gpu.model.empty() && gpu.model == gpus.front().model;
  });
}

/// The GPU whose UUID is, or begins with, `text`; nothing: none, or several.
std::optional<std::size_t> with_uuid(std::string_view text, std::span<const GpuName> gpus) {
  std::optional<std::size_t> found;
  for (std::size_t at = 0; at < gpus.size(); ++at) {
    if (gpus[at].uuid.empty() || !gpus[at].uuid.starts_with(text)) continue;
    if (gpus[at].uuid == text) return at;
    if (found) return std::nullopt;
    found = at;
  }
  return found;
}

bool all_have_uuids(std::span<const GpuName> gpus) {
  return std::all_of(gpus.begin(), gpus.end(),
                     [](const GpuName& gpu) { return !gpu.uuid.empty(); });
}

/// What indices count, or why that is not known.
struct IndexOrder {
  Numbers numbers;
  std::string unknown;
};

/// A list of indices and UUIDs. "Only the devices whose index is present before the invalid
/// index are visible" (CUDA C++ Programming Guide, CUDA_VISIBLE_DEVICES); a second time the
/// same device is not documented. Indices that name as many devices as there are name all.
VisibleGpus select(std::string_view name, const std::vector<std::string>& entries,
                   std::span<const GpuName> gpus, const IndexOrder& order) {
  Numbers chosen;
  std::set<std::uint64_t> indices;
  for (const std::string& entry : entries) {
    if (entry.starts_with("MIG-"))
      return unknown(std::string(name) + " names a MIG slice: its card is not known by that");
    std::optional<std::size_t> one;
    if (const auto index = base::parse_u64(entry)) {
      if (*index >= gpus.size()) break;
      if (!indices.insert(*index).second)
        return unknown(std::string(name) + " names index " + entry + " twice");
      if (order.unknown.empty()) one = order.numbers[static_cast<std::size_t>(*index)];
    } else if (entry.starts_with("GPU-")) {
      one = with_uuid(entry, gpus);
      if (!one && !all_have_uuids(gpus))
        return unknown(std::string(name) + " names " + entry + ", and not all UUIDs are known");
      if (!one) break;
    } else {
      break;
    }
    if (!one) continue;
    if (std::find(chosen.begin(), chosen.end(), *one) != chosen.end())
      return unknown(std::string(name) + " names one GPU twice");
    chosen.push_back(*one);
  }
  if (order.unknown.empty() || indices.empty()) return known(std::move(chosen));
  if (indices.size() == gpus.size() && chosen.empty()) return known(all_of(gpus));
  return unknown(std::string(name) + " uses indices: " + order.unknown);
}

}  // namespace

// "CUDA_DEVICE_ORDER: FASTEST_FIRST (default) or PCI_BUS_ID. FASTEST_FIRST causes CUDA to
// enumerate the available devices in fastest to slowest order using a simple heuristic" (CUDA
// C++ Programming Guide, CUDA Environment Variables). Equals are in the order of the bus.
VisibleGpus visible_to_cuda(const Variable& variable, std::span<const GpuName> gpus) {
  constexpr std::string_view kName = "CUDA_VISIBLE_DEVICES";
  const auto list = variable(kName);
  if (!list) return known(all_of(gpus));
  IndexOrder order{by_bus(gpus), {}};
  if (variable("CUDA_DEVICE_ORDER") != "PCI_BUS_ID" && !of_one_model(gpus))
    order.unknown =
        "the GPUs are of several models, and without CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA puts the "
        "fastest first";
  return select(kName, entries_of(*list), gpus, order);
}

// "ROCR_VISIBLE_DEVICES: a list of device indices or UUIDs that will be exposed to
// applications"; "HIP_VISIBLE_DEVICES: a list of device indices", of what is left (ROCm,
// "GPU isolation techniques"). Which device an index is, is not documented.
VisibleGpus visible_to_rocm(const Variable& variable, std::span<const GpuName> gpus) {
  constexpr std::string_view kNoOrder = "what ROCm's indices count is not documented";
  VisibleGpus visible = known(all_of(gpus));
  if (const auto list = variable("ROCR_VISIBLE_DEVICES"))
    visible = select("ROCR_VISIBLE_DEVICES", entries_of(*list), gpus, {{}, std::string(kNoOrder)});
  for (const std::string_view name : {"HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES"}) {
    const auto list = variable(name);
    if (!list || !visible.known()) continue;
    std::vector<GpuName> left;
    for (const std::size_t number : visible.gpus) left.push_back(gpus[number]);
    const VisibleGpus inner = select(name, entries_of(*list), left, {{}, std::string(kNoOrder)});
    if (!inner.known()) return inner;
    Numbers chosen;
    for (const std::size_t number : inner.gpus) chosen.push_back(visible.gpus[number]);
    return known(std::move(chosen));  // HIP heeds the other only where its own is not set
  }
  return visible;
}

// "ZE_AFFINITY_MASK: a comma-separated list of devices or sub-devices, 0, 1.0"; "0 and 1 are
// the driver's devices"; "ZE_ENABLE_PCI_ID_DEVICE_ORDER=1: forces driver to report devices
// from lowest to highest PCI bus ID"; with ZE_FLAT_DEVICE_HIERARCHY=FLAT, a driver's default,
// tiles are counted as devices (Level Zero specification, Environment Variables).
VisibleGpus visible_to_level_zero(const Variable& variable, std::span<const GpuName> gpus) {
  constexpr std::string_view kName = "ZE_AFFINITY_MASK";
  const auto mask = variable(kName);
  if (!mask || base::trimmed(*mask).empty()) return known(all_of(gpus));
  if (gpus.size() == 1) return known(all_of(gpus));
  if (variable("ZE_FLAT_DEVICE_HIERARCHY") != "COMPOSITE")
    return unknown(std::string(kName) +
                   " may count tiles: ZE_FLAT_DEVICE_HIERARCHY=COMPOSITE is not set");
  if (variable("ZE_ENABLE_PCI_ID_DEVICE_ORDER") != "1")
    return unknown(std::string(kName) +
                   " uses indices: ZE_ENABLE_PCI_ID_DEVICE_ORDER=1 is not set, and the driver's "
                   "own order is not documented");
  const Numbers order = by_bus(gpus);
  std::set<std::size_t> chosen;
  for (const std::string& entry : entries_of(*mask)) {
    const auto index = base::parse_u64(std::string_view(entry).substr(0, entry.find('.')));
    if (!index || *index >= order.size())
      return unknown(std::string(kName) + " names '" + entry + "', which is no device here");
    chosen.insert(order[static_cast<std::size_t>(*index)]);
  }
  return known({chosen.begin(), chosen.end()});
}

}  // namespace joulepath::sensors
