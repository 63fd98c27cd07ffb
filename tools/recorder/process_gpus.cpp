#include "tools/recorder/process_gpus.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "core/base/file.hpp"
#include "core/base/split.hpp"
#include "sensors/api/visible_gpus.hpp"

namespace joulepath::tools {
namespace {

using sensors::FoundGpu;
using sensors::Variable;
using sensors::VisibleGpus;

/// Whose library lists all GPUs that the vendor's variables count.
struct Vendor {
  std::string_view source;
  std::array<std::string_view, 3> variables;
  VisibleGpus (*visible)(const Variable&, std::span<const sensors::GpuName>);
  decltype(&openable_nvidia_gpus) openable;  ///< which of them a control group lets through
};
constexpr std::array kVendors{
    Vendor{"nvml", {"CUDA_VISIBLE_DEVICES"}, sensors::visible_to_cuda, openable_nvidia_gpus},
    Vendor{"rocm",
           {"ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES"},
           sensors::visible_to_rocm,
           openable_amd_gpus},
    Vendor{"levelzero", {"ZE_AFFINITY_MASK"}, sensors::visible_to_level_zero, openable_intel_gpus}};

const Vendor* vendor_of(const FoundGpu& gpu) {
  const auto found = std::find_if(kVendors.begin(), kVendors.end(), [&](const Vendor& vendor) {
    return vendor.source == gpu.source;
  });
  return found != kVendors.end() ? &*found : nullptr;
}

/// A large job's environment is longer than base::read_file() takes unasked.
constexpr std::size_t kMostEnvironment = std::size_t{8} << 20;

Variable variables_in(const std::string& environment) {
  return [&environment](std::string_view name) -> std::optional<std::string> {
    for (const std::string_view entry : base::split(environment, '\0'))
      if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
        return std::string(entry.substr(name.size() + 1));
    return std::nullopt;
  };
}

/// The groups that limit devices: version 1's own hierarchy ("4:devices:/path") and version 2's
/// only one ("0::/path"; cgroups(7)). A machine may have both, and both limit.
std::string device_groups(const std::filesystem::path& process) {
  const auto text = base::read_file(process / "cgroup");
  if (!text) return {};
  std::string groups;
  for (const std::string_view line : base::split(*text, '\n'))
    if (line.starts_with("0::") || line.find(":devices:") != std::string_view::npos)
      groups.append(line).append(1, '\n');
  return groups;
}

/// UUIDs mean the same in every control group.
bool names_only_uuids(const std::optional<std::string>& list) {
  if (!list) return false;
  const auto names = base::split(*list, ',');
  return std::all_of(names.begin(), names.end(),
                     [](std::string_view name) { return base::trimmed(name).starts_with("GPU-"); });
}

/// A vendor's GPUs as a process counts them.
struct Counted {
  std::vector<sensors::GpuName> names;
  std::vector<std::size_t> places;  ///< parallel, among all GPUs
};

/// Those that are openable. Nothing: it is not told of each, or some are openable that are not in
/// the list, so that indices count what is not known here.
std::optional<Counted> openable_of(const Counted& counted,
                                   const std::map<std::string, bool>& openable) {
  Counted kept;
  for (std::size_t at = 0; at < counted.names.size(); ++at) {
    const auto answer = openable.find(counted.names[at].pci);
    if (answer == openable.end()) return std::nullopt;
    if (!answer->second) continue;
    kept.names.push_back(counted.names[at]);
    kept.places.push_back(counted.places[at]);
  }
  const auto all = std::count_if(openable.begin(), openable.end(),
                                 [](const auto& answer) { return answer.second; });
  if (kept.names.size() != static_cast<std::size_t>(all)) return std::nullopt;
  return kept;
}

std::string joined(std::span<const FoundGpu> gpus, const std::vector<bool>& chosen) {
  std::string text;
  for (std::size_t at = 0; at < gpus.size(); ++at) {
    if (!chosen[at]) continue;
    text += (text.empty() ? "" : ",") +
            (gpus[at].name.pci.empty() ? gpus[at].name.uuid : gpus[at].name.pci);
  }
  return text;
}

}  // namespace

ProcessGpus::ProcessGpus(std::span<const FoundGpu> gpus, DeviceRoots roots)
    : roots_(std::move(roots)) {
  for (const FoundGpu& gpu : gpus)
    if (vendor_of(gpu) != nullptr) gpus_.push_back(gpu);
  for (const FoundGpu& gpu : gpus)
    if (vendor_of(gpu) == nullptr &&
        std::none_of(gpus_.begin(), gpus_.end(), [&](const FoundGpu& known) {
          return !gpu.name.pci.empty() && known.name.pci == gpu.name.pci;
        }))
      gpus_.push_back(gpu);
}

UsableGpus ProcessGpus::all(std::string reason) const {
  return {joined(gpus_, std::vector<bool>(gpus_.size(), true)), std::move(reason)};
}

UsableGpus ProcessGpus::of(std::int32_t pid, const record::DeviceAnswers& answers) const {
  if (gpus_.empty()) return {};
  const std::filesystem::path process = roots_.proc / std::to_string(pid);
  const auto environment = base::read_file(process / "environ", kMostEnvironment);
  if (!environment) return all("its environment cannot be read: " + environment.error().message());
  const Variable variable = variables_in(*environment);
  const bool other_group = device_groups(process) != device_groups(roots_.proc / "self");

  std::vector<bool> chosen(gpus_.size(), false);
  std::string reason;
  const auto choose_all_of = [&](const Vendor* vendor, std::string why) {
    for (std::size_t at = 0; at < gpus_.size(); ++at)
      if (vendor_of(gpus_[at]) == vendor) chosen[at] = true;
    if (reason.empty()) reason = std::move(why);
  };
  for (const Vendor& vendor : kVendors) {
    Counted counted;
    for (std::size_t at = 0; at < gpus_.size(); ++at) {
      if (vendor_of(gpus_[at]) != &vendor) continue;
      counted.names.push_back(gpus_[at].name);
      counted.places.push_back(at);
    }
    if (counted.names.empty()) continue;
    if (!names_only_uuids(variable(vendor.variables.front()))) {
      const OpenableGpus openable = vendor.openable(answers, roots_);
      if (auto kept = openable ? openable_of(counted, *openable) : std::nullopt) {
        counted = *std::move(kept);
        if (counted.names.empty()) continue;  // whatever the variables say
      } else if (other_group) {
        choose_all_of(&vendor,
                      "it runs in another control group than the recorder, which may let it open "
                      "other GPUs" +
                          (openable ? "" : ": " + openable.error().message()));
        continue;
      }
    }
    const VisibleGpus visible = vendor.visible(variable, counted.names);
    if (!visible.known()) choose_all_of(&vendor, visible.unknown);
    for (const std::size_t number : visible.gpus) chosen[counted.places[number]] = true;
  }
  // GPUs of no vendor's library: the variables count devices that are not listed here.
  const bool some_left = std::any_of(gpus_.begin(), gpus_.end(),
                                     [](const FoundGpu& gpu) { return vendor_of(gpu) == nullptr; });
  if (some_left) {
    bool limited = other_group;
    for (const Vendor& vendor : kVendors)
      for (const std::string_view name : vendor.variables)
        limited |= !name.empty() && variable(name).has_value();
    choose_all_of(nullptr, limited ? "no vendor's library says which GPUs its variables name" : "");
  }
  return {joined(gpus_, chosen), std::move(reason)};
}

}  // namespace joulepath::tools
