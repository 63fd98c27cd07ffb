#include "sensors/hwmon/chips.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "core/base/file.hpp"

namespace joulepath::sensors::hwmon {
namespace {

namespace fs = std::filesystem;

/// The chip whose channels are voltage and current (Linux Documentation/hwmon/ina3221.rst).
constexpr std::string_view kIna3221 = "ina3221";
constexpr unsigned kIna3221Channels = 3;  // in4..6 are shunt voltages, in7 and curr4 sums

/// The number in "energy12_input"; nullopt: not of this form.
std::optional<unsigned> number_of(std::string_view name, std::string_view stem,
                                  std::string_view ending) {
  if (!name.starts_with(stem) || !name.ends_with(ending)) return std::nullopt;
  if (name.size() <= stem.size() + ending.size()) return std::nullopt;
  name.remove_prefix(stem.size());
  name.remove_suffix(ending.size());
  if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
    return std::nullopt;
  const auto number = base::parse_u64(name);
  if (!number || *number > 0xffff) return std::nullopt;
  return static_cast<unsigned>(*number);
}

/// "0000:81:00.0": domain, bus, device and function as the kernel names a PCI device
/// (pci_setup_device() in drivers/pci/probe.c, "%04x:%02x:%02x.%d"; the domain may be longer).
bool is_pci_address(std::string_view name) {
  constexpr std::string_view kForm = "hhhh:hh:hh.d";
  while (name.size() > kForm.size() && std::isxdigit(static_cast<unsigned char>(name[0])) != 0)
    name.remove_prefix(1);
  if (name.size() != kForm.size()) return false;
  for (std::size_t at = 0; at < name.size(); ++at) {
    const auto c = static_cast<unsigned char>(name[at]);
    const bool fits = kForm[at] == 'h'   ? std::isxdigit(c) != 0
                      : kForm[at] == 'd' ? std::isdigit(c) != 0
                                         : name[at] == kForm[at];
    if (!fits) return false;
  }
  return true;
}

/// Where symbolic links lead; the path itself where that cannot be told.
fs::path real(const fs::path& path) {
  std::error_code failed;
  fs::path found = fs::canonical(path, failed);
  return failed ? path : found;
}

/// A chip's attributes are in its own folder or, of drivers that register without any,
/// in its device's: the ACPI power meter keeps even its name there (Linux 6.1,
/// drivers/hwmon/acpi_power_meter.c, setup_attrs() on the ACPI device).
std::optional<Chip> chip_at(const fs::path& entry) {
  Chip chip;
  chip.entry = entry.filename().string();
  chip.device = chip.entry;
  std::error_code failed;
  const fs::path device = fs::canonical(entry / "device", failed);
  if (!failed) chip.device = device.filename().string();
  if (is_pci_address(chip.device)) chip.pci = chip.device;
  for (const fs::path& dir : {real(entry), failed ? entry / "device" : device}) {
    const auto name = base::read_file(dir / "name");
    if (!name || base::trimmed(*name).empty()) continue;
    chip.dir = dir;
    chip.name = base::trimmed(*name);
    return chip;
  }
  return std::nullopt;
}

std::set<std::string> names_in(const fs::path& dir) {
  std::set<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator at(dir, failed), end; !failed && at != end; at.increment(failed))
    names.insert(at->path().filename().string());
  return names;
}

/// Drivers say of a sensor they list but do not have that it is not supported.
bool is_supported(const Chip& chip, const std::string& attribute, const FileCalls& calls) {
  CounterFile file({(chip.dir / attribute).string(), {}, {}}, calls);
  if (!file.open()) return true;  // why not is told with the signal
  const int failed = file.read(0).sys_errno;
  return failed != EOPNOTSUPP && failed != EINVAL;
}

/// IBM's Active Energy Manager makes power of its energy, for which a read sleeps a second, and
/// calls limits of power powerN_average, too (Linux drivers/hwmon/ibmaem.c, aem_show_power() and
/// aem2_ro_sensors): only its energy is read.
bool has_energy_only(const Chip& chip) {
  return chip.name == "aem1" || chip.name == "aem2";
}

/// By which a channel is known; several attributes may lead to the same one.
using Key = std::pair<Quantity, unsigned>;

std::set<Key> keys_of(const Chip& chip, const std::set<std::string>& names,
                      const FileCalls& calls) {
  std::set<Key> keys;
  for (const std::string& name : names) {
    if (const auto n = number_of(name, "energy", "_input")) keys.emplace(Quantity::kEnergy, *n);
    if (has_energy_only(chip)) continue;
    if (const auto n = number_of(name, "power", "_input")) keys.emplace(Quantity::kPower, *n);
    if (const auto n = number_of(name, "power", "_average"))
      keys.emplace(Quantity::kPowerAveraged, *n);
    if (chip.name != kIna3221) continue;
    if (const auto n = number_of(name, "in", "_input");
        n && *n >= 1 && *n <= kIna3221Channels &&
        names.contains("curr" + std::to_string(*n) + "_input"))
      keys.emplace(Quantity::kVoltageCurrent, *n);
  }
  for (auto at = keys.begin(); at != keys.end();) {
    const auto [quantity, number] = *at++;
    const Key averaged{Quantity::kPowerAveraged, number};
    if (quantity != Quantity::kPower || !keys.contains(averaged)) continue;
    const bool use = is_supported(chip, "power" + std::to_string(number) + "_average", calls);
    keys.erase(use ? Key{quantity, number} : averaged);
    at = keys.upper_bound({quantity, number});
  }
  return keys;
}

}  // namespace

std::string Channel::stem() const {
  const std::string n = std::to_string(number);
  switch (quantity) {
    case Quantity::kEnergy: return "energy" + n;
    case Quantity::kPower:
    case Quantity::kPowerAveraged: return "power" + n;
    case Quantity::kVoltageCurrent: break;
  }
  return "in" + n;
}

std::string Channel::attribute() const {
  return stem() + (quantity == Quantity::kPowerAveraged ? "_average" : "_input");
}

base::Result<std::vector<Chip>> find_chips(const fs::path& hwmon_dir) {
  std::vector<std::pair<unsigned, fs::path>> entries;
  std::error_code failed;
  for (fs::directory_iterator at(hwmon_dir, failed), end; !failed && at != end;
       at.increment(failed))
    if (const auto number = number_of(at->path().filename().string(), "hwmon", ""))
      entries.emplace_back(*number, at->path());
  if (failed) return base::system_error("cannot list", hwmon_dir.string(), failed.value());
  std::sort(entries.begin(), entries.end());
  std::vector<Chip> chips;
  for (const auto& [number, path] : entries)
    if (auto chip = chip_at(path)) chips.push_back(std::move(*chip));
  return chips;
}

std::vector<Channel> find_channels(const Chip& chip, const FileCalls& calls) {
  std::vector<Channel> channels;
  for (const auto& [quantity, number] : keys_of(chip, names_in(chip.dir), calls)) {
    Channel channel{quantity, number, {}};
    channel.label = text_of(chip, channel.stem() + "_label");
    channels.push_back(std::move(channel));
  }
  return channels;
}

std::string text_of(const Chip& chip, std::string_view attribute) {
  const auto text = base::read_file(chip.dir / attribute);
  return text ? std::string(base::trimmed(*text)) : std::string();
}

}  // namespace joulepath::sensors::hwmon
