#include "sensors/powercap/zones.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <system_error>
#include <tuple>

#include "core/base/file.hpp"

namespace joulepath::sensors::powercap {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRapl = "intel-rapl";

bool is_control_type(std::string_view name) {
  if (!name.starts_with(kRapl)) return false;
  const std::string_view rest = name.substr(kRapl.size());
  return rest.empty() || (rest.front() == '-' && rest.size() > 1);
}

std::string_view control_type(std::string_view entry) {
  return entry.substr(0, entry.find(':'));
}

/// The whole of `text` as a number in `base`.
template <class Number>
std::optional<Number> number(std::string_view text, int base) {
  Number value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

using Found = std::map<std::string, fs::path>;

template <class Visit>
std::error_code each_entry(const fs::path& dir, Visit visit) {
  std::error_code failed;
  for (fs::directory_iterator at(dir, failed), end; !failed && at != end; at.increment(failed))
    visit(at->path());
  return failed;
}

/// Zones inside `dir` whose own name is `outer`. Names grow with depth, so this ends
/// whatever links there are.
void collect_nested(const fs::path& dir, const std::string& outer, Found& found) {
  each_entry(dir, [&](const fs::path& path) {
    const std::string name = path.filename().string();
    if (!name.starts_with(outer + ":") || !zone_numbers(name)) return;
    found.emplace(name, path);
    collect_nested(path, name, found);
  });
}

std::string parent_of(const std::string& entry, const Found& found) {
  std::string parent = entry.substr(0, entry.rfind(':'));
  return found.contains(parent) ? parent : std::string();
}

bool before(const Zone& a, const Zone& b) {
  return std::tuple(control_type(a.entry), *zone_numbers(a.entry)) <
         std::tuple(control_type(b.entry), *zone_numbers(b.entry));
}

}  // namespace

std::optional<std::vector<std::uint32_t>> zone_numbers(std::string_view entry) {
  const auto colon = entry.find(':');
  if (colon == std::string_view::npos || !is_control_type(entry.substr(0, colon)))
    return std::nullopt;
  std::vector<std::uint32_t> numbers;
  std::string_view rest = entry.substr(colon);
  while (!rest.empty()) {
    rest.remove_prefix(1);  // the colon
    const std::string_view part = rest.substr(0, rest.find(':'));
    const auto value = number<std::uint32_t>(part, 16);
    if (!value) return std::nullopt;
    numbers.push_back(*value);
    rest.remove_prefix(part.size());
  }
  return numbers;
}

base::Result<std::vector<Zone>> find_zones(const fs::path& powercap_dir) {
  Found found;
  std::vector<fs::path> outer;
  // The flat names first: they are the paths that people and documents use.
  const std::error_code failed = each_entry(powercap_dir, [&](const fs::path& path) {
    const std::string name = path.filename().string();
    if (zone_numbers(name)) found.emplace(name, path);
    if (zone_numbers(name) || is_control_type(name)) outer.push_back(path);
  });
  if (failed) return base::system_error("cannot list", powercap_dir.string(), failed.value());
  for (const fs::path& path : outer) collect_nested(path, path.filename().string(), found);

  std::vector<Zone> zones;
  for (const auto& [entry, dir] : found) {
    const auto name = base::read_file(dir / "name");
    zones.push_back({entry, parent_of(entry, found), dir,
                     name ? std::string(base::trimmed(*name)) : std::string()});
  }
  std::sort(zones.begin(), zones.end(), before);
  return zones;
}

ZoneName parse_name(std::string_view name) {
  using record::Domain;
  if (name == "core") return {Domain::kCore, -1};
  if (name == "uncore") return {Domain::kUncore, -1};
  if (name == "dram") return {Domain::kDram, -1};
  // One for each package of several; it is the platform's all the same.
  if (name == "psys" || name.starts_with("psys-")) return {Domain::kPlatform, -1};
  constexpr std::string_view kPackage = "package-";
  if (!name.starts_with(kPackage)) return {};
  name.remove_prefix(kPackage.size());
  constexpr std::string_view kDie = "-die-";
  const auto die = name.find(kDie);
  if (die != std::string_view::npos && !number<unsigned>(name.substr(die + kDie.size()), 10))
    return {};
  const auto socket = number<unsigned>(name.substr(0, die), 10);
  if (!socket || *socket > 0xffff) return {};
  return {Domain::kPackage, static_cast<int>(*socket)};
}

std::uint64_t modulus_of(std::uint64_t max_energy_range_uj) {
  constexpr std::uint64_t kCounts = 0xffffffffu;
  constexpr std::uint64_t kHighest = 1ull << 62;  // beyond any hardware: not a range
  if (max_energy_range_uj == 0 || max_energy_range_uj > kHighest) return 0;
  const std::uint64_t count_uj = (max_energy_range_uj + kCounts / 2) / kCounts;
  return max_energy_range_uj + std::max<std::uint64_t>(count_uj, 1);
}

}  // namespace joulepath::sensors::powercap
