// What the kernel says of a power PMU under
// <sysfs>/bus/event_source/devices/power (or power_core): type, CPUs to open it on, events with
// their scale. Reads descriptions, opens no event.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/record/signal.hpp"

namespace joulepath::sensors::perf {

struct Event {
  std::string name;  ///< "energy-pkg"
  std::uint64_t config = 0;
  record::Domain domain = record::Domain::kOther;
  double joules_per_count = 0;
  std::string unit;  ///< "2^-32 J"
};

struct Pmu {
  std::uint32_t type = 0;
  std::vector<int> cpus;  ///< one for each package or die; of power_core: for each core
  std::vector<Event> events;
  std::vector<std::string> notes;  ///< events that cannot be used, and why
};

/// Error: kNotFound, there is no such PMU; kFormat, it does not describe itself as the
/// kernel's documents say.
base::Result<Pmu> read_pmu(const std::filesystem::path& folder);

/// The number to put into perf_event_attr::config for "event=0x02", with each term's
/// place in it from format/<term> ("config:0-7"). nullopt: a term is not of that kind.
std::optional<std::uint64_t> config_of(std::string_view event,
                                       const std::filesystem::path& format_folder);

}  // namespace joulepath::sensors::perf
