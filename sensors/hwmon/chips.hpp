// What is under <sysfs>/class/hwmon: the chips, where their attributes are, which device
// they belong to, and which of their attributes tell energy or power. Reads names and
// labels, never a measured value.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "sensors/api/counter_file.hpp"

namespace joulepath::sensors::hwmon {

struct Chip {
  std::string entry;          ///< "hwmon3"; a number of this boot only
  std::filesystem::path dir;  ///< where the attributes are: a path through the device
  std::string name;           ///< what the driver calls itself: "amdgpu"
  std::string device;         ///< "ACPI000D:00", "0000:03:00.0", "1-0040"; the entry if it has none
  std::string pci;            ///< the device, where it is one of PCI; else empty
};

/// All chips that have a name, by number. Error: the folder is missing or may not be listed.
base::Result<std::vector<Chip>> find_chips(const std::filesystem::path& hwmon_dir);

enum class Quantity {
  kEnergy,          ///< energyN_input, uJ
  kPower,           ///< powerN_input, uW
  kPowerAveraged,   ///< powerN_average, uW
  kVoltageCurrent,  ///< inN_input, mV, and currN_input, mA; only of an INA3221
};

struct Channel {
  Quantity quantity = Quantity::kEnergy;
  unsigned number = 0;  ///< the N
  std::string label;    ///< what the driver says it measures; empty: nothing

  /// "energy2", "power1", "in3".
  [[nodiscard]] std::string stem() const;
  /// The file that holds it; of two factors, the first.
  [[nodiscard]] std::string attribute() const;
};

/// The channels of a chip: energy, power, then voltage times current, each by number. Of
/// power both averaged and instantaneous only the averaged one, as it misses nothing
/// between readings, unless the driver says that it has none.
std::vector<Channel> find_channels(const Chip& chip, const FileCalls& calls = kSystemFileCalls);

/// The attribute without surrounding white space; empty where it cannot be read.
std::string text_of(const Chip& chip, std::string_view attribute);

}  // namespace joulepath::sensors::hwmon
