// The few functions of FreeIPMI's libfreeipmi that we use, as a table: filled from the
// library when it is installed (dlopen; nothing is linked, no header is needed to build),
// or by a test. Types and numbers as in <freeipmi/api/ipmi-api.h> of version 1.6; a unit
// test compares them with that header where it is installed.
#pragma once

#include <cstdint>

#include "core/base/result.hpp"

namespace joulepath::sensors::ipmi {

/// enum ipmi_driver_type.
inline constexpr unsigned kDriverOpenipmi = 7;
/// IPMI_WORKAROUND_FLAGS_OUTOFBAND_2_0_OPEN_SESSION_PRIVILEGE: the privilege is asked for
/// when the session is opened, too. That is plain IPMI 2.0 (section 13.17) and asks for no
/// more than is needed; without it the highest one is asked for.
inline constexpr unsigned kOpenSessionPrivilege = 0x10;

/// enum ipmi_errnum, those that are told apart.
enum FreeipmiError : int {
  kErrPermission = 3,
  kErrUsername = 4,
  kErrPassword = 5,
  kErrPrivilegeInsufficient = 7,
  kErrPrivilegeNotObtained = 8,
  kErrCipherSuite = 10,
  kErrPasswordTimeout = 11,
  kErrConnectionTimeout = 13,
  kErrSessionTimeout = 14,
  kErrDeviceNotOpen = 16,
  kErrDeviceNotSupported = 17,
  kErrDeviceNotFound = 18,
  kErrDriverBusy = 19,
  kErrDriverTimeout = 20,
  kErrMessageTimeout = 21,
  kErrCommandUnsupported = 23,
  kErrBadRmcpplusStatus = 25,
  kErrBmcBusy = 27,
  kErrOutOfMemory = 28,
  kErrHostname = 29,
  kErrIpmi = 32,
};

struct Freeipmi {
  using Context = void*;  // struct ipmi_ctx*
  Context (*create)();
  void (*destroy)(Context);
  int (*close)(Context);
  int (*errnum)(Context);
  char* (*strerror)(int errnum);
  int (*open_inband)(Context, unsigned driver_type, int disable_auto_probe,
                     std::uint16_t driver_address, std::uint8_t register_spacing,
                     const char* device, unsigned workaround_flags, unsigned flags);
  int (*open_lan_2_0)(Context, const char* host, const char* user, const char* password,
                      const unsigned char* k_g, unsigned k_g_bytes, std::uint8_t privilege,
                      std::uint8_t cipher_suite, unsigned session_timeout_ms,
                      unsigned retransmission_timeout_ms, unsigned workaround_flags,
                      unsigned flags);
  int (*command)(Context, std::uint8_t lun, std::uint8_t net_fn, const void* request,
                 unsigned request_bytes, void* reply, unsigned reply_bytes);
};

/// The installed library; it stays loaded. Error kNotFound: none, or one without these
/// functions, with what the dynamic linker says.
base::Result<Freeipmi> load_freeipmi();

}  // namespace joulepath::sensors::ipmi
