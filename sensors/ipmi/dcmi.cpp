#include "sensors/ipmi/dcmi.hpp"

#include <cerrno>
#include <cstddef>

namespace joulepath::sensors::ipmi {
namespace {

struct CompletionCode {
  std::uint8_t code;
  int sys_errno;
  const char* text;
};

/// IPMI table 5-2. What is not here is an error of the device.
constexpr CompletionCode kCodes[] = {
    {0xC0, EBUSY, "node busy"},
    {kInvalidCommand, EOPNOTSUPP, "invalid command"},
    {0xC2, EOPNOTSUPP, "command invalid for the given LUN"},
    {0xC3, ETIMEDOUT, "timeout while processing the command"},
    {0xC4, EBUSY, "out of space"},
    {0xC7, EOPNOTSUPP, "request data length invalid"},
    {0xCB, ENODATA, "requested sensor, data or record not present"},
    {0xCC, EOPNOTSUPP, "invalid data field in the request"},
    {0xD4, EACCES, "insufficient privilege level"},
    {0xD5, EOPNOTSUPP, "not supported in the present state"},
    {0xD6, EOPNOTSUPP, "command disabled"},
};

const CompletionCode* find(std::uint8_t code) {
  for (const CompletionCode& known : kCodes)
    if (known.code == code) return &known;
  return nullptr;
}

/// Least significant byte first: IPMI section 5.
template <class Number>
Number number_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  Number value = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;)
    value = static_cast<Number>(value << 8 | bytes[at + i]);
  return value;
}

/// Offsets in a reply, from the command byte on.
constexpr std::size_t kGroupAt = 2, kCurrentAt = 3, kLowestAt = 5, kHighestAt = 7, kAverageAt = 9,
                      kPeriodAt = 15, kStateAt = 19, kReplyBytes = 20;
constexpr std::uint8_t kActiveBit = 1u << 6;

}  // namespace

Answer parse_power_reading(std::span<const std::uint8_t> reply) {
  Answer answer;
  if (reply.size() < 2 || reply[0] != kGetPowerReading[0]) {
    answer.sys_errno = EBADMSG;
    return answer;
  }
  if (answer.completion_code = reply[1]; answer.completion_code != 0) {
    const CompletionCode* known = find(answer.completion_code);
    answer.sys_errno = known != nullptr ? known->sys_errno : EIO;
    return answer;
  }
  if (reply.size() < kReplyBytes || reply[kGroupAt] != kGetPowerReading[1]) {
    answer.sys_errno = EBADMSG;
    return answer;
  }
  answer.power = {
      number_at<std::uint16_t>(reply, kCurrentAt), number_at<std::uint16_t>(reply, kLowestAt),
      number_at<std::uint16_t>(reply, kHighestAt), number_at<std::uint16_t>(reply, kAverageAt),
      number_at<std::uint32_t>(reply, kPeriodAt),  (reply[kStateAt] & kActiveBit) != 0};
  return answer;
}

std::string describe(std::uint8_t completion_code) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text = "completion code 0x";
  text += kDigits[completion_code >> 4];
  text += kDigits[completion_code & 0xf];
  if (const CompletionCode* known = find(completion_code))
    text.append(" (").append(known->text).append(")");
  return text;
}

}  // namespace joulepath::sensors::ipmi
