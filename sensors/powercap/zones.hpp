// The RAPL zones under <sysfs>/class/powercap: which there are, what they are called,
// how they nest and where they wrap. Reads names and ranges, never a counter.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/record/signal.hpp"

namespace joulepath::sensors::powercap {

struct Zone {
  std::string entry;          ///< "intel-rapl:0:1"; unique
  std::string parent;         ///< entry of the zone around it; empty: none
  std::filesystem::path dir;  ///< where its attributes are
  std::string name;           ///< "package-0-die-1", "dram"; empty: cannot be read
};

/// All zones of all control types "intel-rapl" and "intel-rapl-..." (mmio, tpmi), each
/// once though sysfs shows a nested zone in two places; "intel-rapl" first, then by
/// number. Error: the folder is missing or may not be listed.
base::Result<std::vector<Zone>> find_zones(const std::filesystem::path& powercap_dir);

/// The numbers of "intel-rapl:0:1a", which are hexadecimal: powercap_register_zone()
/// names its device "%s:%x" (Linux drivers/powercap/powercap_sys.c). nullopt: not a
/// zone of RAPL.
std::optional<std::vector<std::uint32_t>> zone_numbers(std::string_view entry);

/// What a zone's name says. The number of a zone is the order in which it was
/// registered and says nothing of the socket: only the name does.
struct ZoneName {
  record::Domain domain = record::Domain::kOther;
  int socket = -1;  ///< physical package id; -1: the name does not tell
};
ZoneName parse_name(std::string_view name);

/// Where the counter wraps, in uJ: the kernel gives the largest value it can show,
/// which is 2^32 - 1 counts of the hardware's 32-bit register (see
/// get_max_energy_counter() in drivers/powercap/intel_rapl_common.c); zero follows one
/// count later. 262143328850 gives 262143328911. 0 for a range of 0.
[[nodiscard]] std::uint64_t modulus_of(std::uint64_t max_energy_range_uj);

}  // namespace joulepath::sensors::powercap
