#include "core/analysis/cpu_cores.hpp"

#include <charconv>

#include "core/base/number_list.hpp"
#include "core/base/split.hpp"

namespace joulepath::analysis {
namespace {

std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto [behind, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && behind == end ? std::optional(number) : std::nullopt;
}

/// The value of an attribute of a tag; empty: it has none.
std::string_view attribute(std::string_view tag, std::string_view name) {
  for (std::size_t at = tag.find(name); at != std::string_view::npos; at = tag.find(name, at + 1)) {
    const std::string_view rest = tag.substr(at + name.size());
    if (at == 0 || tag[at - 1] != ' ' || !rest.starts_with("=\"")) continue;
    return rest.substr(2, rest.find('"', 2) - 2);
  }
  return {};
}

/// An object of the topology that is open: what lies in it is its part.
struct Open {
  std::string_view type;
  int number = -1;
  std::optional<std::uint32_t> core;
};

int number_of(const std::vector<Open>& open, std::string_view type) {
  for (const Open& object : open)
    if (object.type == type) return object.number;
  return -1;
}

}  // namespace

std::vector<std::int32_t> parse_cpus(std::string_view list) {
  std::vector<std::int32_t> cpus;
  for (const std::string_view part : base::split(list, ','))
    if (const auto numbers = base::parse_number_list(part))
      cpus.insert(cpus.end(), numbers->begin(), numbers->end());
  return cpus;
}

CpuCores::CpuCores(std::string_view topology_xml) {
  std::vector<Open> open;
  for (std::size_t at = topology_xml.find('<'); at != std::string_view::npos;
       at = topology_xml.find('<', at + 1)) {
    std::string_view tag = topology_xml.substr(at + 1);
    tag = tag.substr(0, tag.find('>'));
    if (tag == "/object" && !open.empty()) open.pop_back();
    if (!tag.starts_with("object ")) continue;
    Open object{attribute(tag, "type"), number_in(attribute(tag, "os_index")).value_or(-1), {}};
    if (object.type == "Core") {
      object.core = static_cast<std::uint32_t>(cores_.size());
      cores_.push_back({number_of(open, "Package"), number_of(open, "Die"), object.number});
    }
    if (object.type == "PU")
      for (const Open& around : open)
        if (around.core) core_of_cpu_[object.number] = *around.core;
    if (!tag.ends_with('/')) open.push_back(object);
  }
}

std::optional<std::uint32_t> CpuCores::of_cpu(std::int32_t cpu) const {
  const auto known = core_of_cpu_.find(cpu);
  return known != core_of_cpu_.end() ? std::optional(known->second) : std::nullopt;
}

std::optional<std::uint32_t> CpuCores::of_device(std::string_view device) const {
  constexpr std::string_view kPackage = "package-";
  constexpr std::string_view kCore = "/core-";
  const std::size_t slash = device.find(kCore);
  if (!device.starts_with(kPackage) || slash == std::string_view::npos) return std::nullopt;
  const auto package = number_in(device.substr(kPackage.size(), slash - kPackage.size()));
  const std::string_view numbers = device.substr(slash + kCore.size());
  const std::size_t dash = numbers.find('-');
  const bool has_die = dash != std::string_view::npos;
  const auto die = has_die ? number_in(numbers.substr(0, dash)) : std::nullopt;
  const auto number = number_in(has_die ? numbers.substr(dash + 1) : numbers);
  if (!package || !number || (has_die && !die)) return std::nullopt;
  std::optional<std::uint32_t> found;
  for (std::uint32_t core = 0; core < cores_.size(); ++core) {
    const Core& one = cores_[core];
    if (one.package != *package || one.number != *number || (die && one.die != *die)) continue;
    if (found) return std::nullopt;  // two cores of that name
    found = core;
  }
  return found;
}

}  // namespace joulepath::analysis
