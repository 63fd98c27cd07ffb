// DCMI "Get Power Reading": the request, and what a reply says. Bytes as on the wire, from
// the command byte on. Pure functions.
//
// "Data Center Manageability Interface Specification v1.5" (DCMI), section 6.6.1, table
// "Get Power Reading"; completion codes: "Intelligent Platform Management Interface
// Specification, Second Generation, v2.0" (IPMI), table 5-2.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace joulepath::sensors::ipmi {

/// Group extension requests: IPMI table 5-1. Their first data byte is DCMI's 0xDC.
inline constexpr std::uint8_t kGroupExtension = 0x2C;
/// Command 02h, DCMI, mode 01h (system power statistics), two reserved bytes.
inline constexpr std::array<std::uint8_t, 5> kGetPowerReading{0x02, 0xDC, 0x01, 0x00, 0x00};

inline constexpr std::uint8_t kInvalidCommand = 0xC1;  ///< the BMC does not know the command

struct PowerReading {
  std::uint16_t current_w = 0;
  std::uint16_t lowest_w = 0;  ///< over the statistics period, as are the next two
  std::uint16_t highest_w = 0;
  std::uint16_t average_w = 0;
  std::uint32_t period_ms = 0;  ///< "timeframe over which the controller collects statistics"
  bool active = false;          ///< power measurement is running (bit 6 of the state)
};

/// A reading, or why there is none.
struct Answer {
  PowerReading power;
  int sys_errno = 0;                 ///< 0: `power` is what the BMC said
  std::uint8_t completion_code = 0;  ///< not 0: the BMC refused with it
  std::string error;                 ///< what the library says; empty: it says nothing
};

/// EBADMSG: too short, or the reply to something else. Else the errno of the completion code.
Answer parse_power_reading(std::span<const std::uint8_t> reply);

/// "completion code 0xC1 (invalid command)".
std::string describe(std::uint8_t completion_code);

}  // namespace joulepath::sensors::ipmi
