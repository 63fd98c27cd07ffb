// What a chip's channel covers, by what is documented of its driver: the domain, the
// socket, and which other channel of the machine includes it. Of a driver or a label that
// is not known here the domain is kOther, which is never counted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/record/signal.hpp"
#include "sensors/hwmon/chips.hpp"

namespace joulepath::sensors::hwmon {

/// What a channel is among the channels of the same group.
enum class Role : std::uint8_t {
  kAlone,   ///< no part of another, and no other part of it is known
  kModule,  ///< a CPU and GPU module, or a whole board: includes kPackage and kRail
  kPackage,
  kRail,  ///< a part of the package, or of the board
  kCard,  ///< a GPU card
  kCardPart,
};

struct Coverage {
  record::Domain domain = record::Domain::kOther;
  int socket = -1;
  std::string device;  ///< what to call it; the same for channels of the same joules
  Role role = Role::kAlone;
  std::string group;                  ///< channels of one group may contain each other
  std::int64_t update_period_ns = 0;  ///< 0: not known
  std::int64_t longest_gap_ns = 0;    ///< as record::Signal
};

/// `sysfs_root` is asked which package a CPU or NUMA node belongs to.
Coverage coverage_of(const Chip& chip, const Channel& channel,
                     const std::filesystem::path& sysfs_root);

/// For each of `all` the index of the channel that directly includes it; -1: none.
std::vector<int> containers(const std::vector<Coverage>& all);

}  // namespace joulepath::sensors::hwmon
