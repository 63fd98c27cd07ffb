// Which signals are read together, in one pass, with which lanes. Signals of one socket
// form a group: its fastest counter leads, and at its update the others of the socket and
// the lanes of the processes that may run there are read. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/record/rows.hpp"

namespace joulepath::tools {

/// Bit n: socket n (physical package id, up to 63).
using SocketMask = std::uint64_t;
inline constexpr SocketMask kAllSockets = ~SocketMask{0};

/// "0,1" as in ProcessRow::sockets. Not known, or beyond what the mask holds: all.
SocketMask sockets_of(const std::string& list);

struct SensorGroup {
  std::vector<std::uint16_t> sensors;  ///< without the leader
  std::optional<std::uint16_t> leader;
  /// A pass reads the lanes that may run on one of these.
  SocketMask sockets = kAllSockets;
};

/// Every readable sensor is in one group, every lane in at least one group's passes. What
/// is of no one socket concerns all lanes: it goes with the last group, which then reads
/// them all. With the signals of one socket only, or of none, there is one group.
std::vector<SensorGroup> group_sensors(std::span<const record::SensorRow> sensors);

}  // namespace joulepath::tools
