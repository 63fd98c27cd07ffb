// Replies to DCMI's Get Power Reading, byte by byte, and FreeIPMI's header beside our table.
#include "sensors/ipmi/dcmi.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <random>
#include <vector>

#include "sensors/ipmi/freeipmi.hpp"

#if __has_include(<freeipmi/api/ipmi-api.h>)
#define JOULEPATH_HAS_FREEIPMI 1
#include <freeipmi/api/ipmi-api.h>
#include <freeipmi/spec/ipmi-netfn-spec.h>
#endif

namespace joulepath::sensors::ipmi {
namespace {

/// 0x0123 W now, 0x0045 to 0x0678 W, 0x0201 W on average over 0x00012345 ms, active.
const std::vector<std::uint8_t> kReply{0x02, 0x00, 0xDC, 0x23, 0x01, 0x45, 0x00, 0x78, 0x06, 0x01,
                                       0x02, 0x11, 0x22, 0x33, 0x44, 0x45, 0x23, 0x01, 0x00, 0x40};

TEST(DcmiReply, EveryFieldHasItsPlace) {
  const Answer answer = parse_power_reading(kReply);
  EXPECT_EQ(answer.sys_errno, 0);
  EXPECT_EQ(answer.completion_code, 0);
  EXPECT_EQ(answer.power.current_w, 0x0123);
  EXPECT_EQ(answer.power.lowest_w, 0x0045);
  EXPECT_EQ(answer.power.highest_w, 0x0678);
  EXPECT_EQ(answer.power.average_w, 0x0201);
  EXPECT_EQ(answer.power.period_ms, 0x00012345u);
  EXPECT_TRUE(answer.power.active);
}

TEST(DcmiReply, OnlyBitSixSaysActive) {
  auto reply = kReply;
  reply.back() = 0xBF;
  EXPECT_FALSE(parse_power_reading(reply).power.active);
  reply.back() = 0xFF;
  EXPECT_TRUE(parse_power_reading(reply).power.active);
}

TEST(DcmiReply, CutShortAtAnyByteItIsNoReading) {
  for (std::size_t size = 0; size < kReply.size(); ++size) {
    const std::vector<std::uint8_t> cut(kReply.begin(),
                                        kReply.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(parse_power_reading(cut).sys_errno, EBADMSG) << size;
  }
}

TEST(DcmiReply, AnotherCommandOrGroupIsNoReading) {
  auto reply = kReply;
  reply[0] = 0x03;
  EXPECT_EQ(parse_power_reading(reply).sys_errno, EBADMSG);
  reply = kReply;
  reply[2] = 0xDD;
  EXPECT_EQ(parse_power_reading(reply).sys_errno, EBADMSG);
}

TEST(DcmiReply, ARefusalKeepsItsCode) {
  const std::pair<std::uint8_t, int> codes[] = {{0xC0, EBUSY},     {0xC1, EOPNOTSUPP},
                                                {0xC3, ETIMEDOUT}, {0xCB, ENODATA},
                                                {0xD4, EACCES},    {0xFF, EIO}};
  for (const auto& [code, sys_errno] : codes) {
    const Answer answer = parse_power_reading(std::vector<std::uint8_t>{0x02, code});
    EXPECT_EQ(answer.sys_errno, sys_errno) << int{code};
    EXPECT_EQ(answer.completion_code, code);
  }
  EXPECT_EQ(describe(0xC1), "completion code 0xC1 (invalid command)");
  EXPECT_EQ(describe(0x8F), "completion code 0x8F");
}

TEST(DcmiReply, RandomBytesAreReadingsOnlyWhereTheFormSaysSo) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::uint8_t> reply(random() % 40);
    for (auto& byte : reply) byte = static_cast<std::uint8_t>(random());
    if (reply.size() > 2 && round % 2 == 0) reply[0] = 0x02, reply[1] = 0, reply[2] = 0xDC;
    const bool well_formed =
        reply.size() >= 20 && reply[0] == 0x02 && reply[1] == 0 && reply[2] == 0xDC;
    EXPECT_EQ(parse_power_reading(reply).sys_errno == 0, well_formed);
  }
}

TEST(FreeipmiTable, IsThatOfTheInstalledHeader) {
#ifndef JOULEPATH_HAS_FREEIPMI
  GTEST_SKIP() << "freeipmi/api/ipmi-api.h is not installed (libfreeipmi-dev)";
#else
  static_assert(sizeof(ipmi_driver_type_t) == sizeof(unsigned));
  // A call through each, with the types of the table, has to compile.
  [[maybe_unused]] const auto calls = [](const Freeipmi& table, ipmi_ctx_t context) {
    decltype(&ipmi_cmd_raw) raw = [](ipmi_ctx_t, std::uint8_t, std::uint8_t, const void*, unsigned,
                                     void*, unsigned) { return 0; };
    decltype(&ipmi_ctx_open_outofband_2_0) lan =
        [](ipmi_ctx_t, const char*, const char*, const char*, const unsigned char*, unsigned,
           std::uint8_t, std::uint8_t, unsigned, unsigned, unsigned, unsigned) { return 0; };
    decltype(&ipmi_ctx_open_inband) inband = [](ipmi_ctx_t, ipmi_driver_type_t, int, std::uint16_t,
                                                std::uint8_t, const char*, unsigned,
                                                unsigned) { return 0; };
    raw(context, 0, 0, nullptr, 0, nullptr, 0);
    lan(context, "", "", "", nullptr, 0, 0, 0, 0, 0, 0, 0);
    inband(context, IPMI_DEVICE_OPENIPMI, 1, 0, 0, "", 0, 0);
    table.command(context, 0, 0, nullptr, 0, nullptr, 0);
    table.open_lan_2_0(context, "", "", "", nullptr, 0, 0, 0, 0, 0, 0, 0);
    table.open_inband(context, IPMI_DEVICE_OPENIPMI, 1, 0, 0, "", 0, 0);
  };
  EXPECT_EQ(kDriverOpenipmi, unsigned{IPMI_DEVICE_OPENIPMI});
  EXPECT_EQ(kOpenSessionPrivilege,
            unsigned{IPMI_WORKAROUND_FLAGS_OUTOFBAND_2_0_OPEN_SESSION_PRIVILEGE});
  EXPECT_EQ(kGroupExtension, IPMI_NET_FN_GROUP_EXTENSION_RQ);
  const std::pair<int, int> numbers[] = {
      {kErrPermission, IPMI_ERR_PERMISSION},
      {kErrUsername, IPMI_ERR_USERNAME_INVALID},
      {kErrPassword, IPMI_ERR_PASSWORD_INVALID},
      {kErrPrivilegeInsufficient, IPMI_ERR_PRIVILEGE_LEVEL_INSUFFICIENT},
      {kErrPrivilegeNotObtained, IPMI_ERR_PRIVILEGE_LEVEL_CANNOT_BE_OBTAINED},
      {kErrCipherSuite, IPMI_ERR_CIPHER_SUITE_ID_UNAVAILABLE},
      {kErrPasswordTimeout, IPMI_ERR_PASSWORD_VERIFICATION_TIMEOUT},
      {kErrConnectionTimeout, IPMI_ERR_CONNECTION_TIMEOUT},
      {kErrSessionTimeout, IPMI_ERR_SESSION_TIMEOUT},
      {kErrDeviceNotOpen, IPMI_ERR_DEVICE_NOT_OPEN},
      {kErrDeviceNotSupported, IPMI_ERR_DEVICE_NOT_SUPPORTED},
      {kErrDeviceNotFound, IPMI_ERR_DEVICE_NOT_FOUND},
      {kErrDriverBusy, IPMI_ERR_DRIVER_BUSY},
      {kErrDriverTimeout, IPMI_ERR_DRIVER_TIMEOUT},
      {kErrMessageTimeout, IPMI_ERR_MESSAGE_TIMEOUT},
      {kErrCommandUnsupported, IPMI_ERR_COMMAND_INVALID_OR_UNSUPPORTED},
      {kErrBadRmcpplusStatus, IPMI_ERR_BAD_RMCPPLUS_STATUS_CODE},
      {kErrBmcBusy, IPMI_ERR_BMC_BUSY},
      {kErrOutOfMemory, IPMI_ERR_OUT_OF_MEMORY},
      {kErrHostname, IPMI_ERR_HOSTNAME_INVALID},
      {kErrIpmi, IPMI_ERR_IPMI_ERROR}};
  for (const auto& [ours, theirs] : numbers) EXPECT_EQ(ours, theirs);
#endif
}

}  // namespace
}  // namespace joulepath::sensors::ipmi
