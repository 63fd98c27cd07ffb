#include "sensors/ipmi/bmc.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace joulepath::sensors::ipmi {
namespace {

/// A session that is silent for so long is over; FreeIPMI's own 20 s would let the recorder
/// wait too long for a BMC that is not there.
constexpr unsigned kSessionTimeoutMs = 4000;
constexpr unsigned kRetransmissionMs = 500;

/// IPMI 2.0 table 22-20: suite 17 (SHA-256) is what newer BMCs insist on, 3 (SHA-1) what all
/// must have.
constexpr std::uint8_t kCipherSuites[] = {17, 3};

int errno_of(int errnum) {
  switch (errnum) {
    case kErrPermission:
    case kErrUsername:
    case kErrPassword:
    case kErrPrivilegeInsufficient:
    case kErrPrivilegeNotObtained: return EACCES;
    case kErrPasswordTimeout:
    case kErrConnectionTimeout:
    case kErrSessionTimeout:
    case kErrDriverTimeout:
    case kErrMessageTimeout: return ETIMEDOUT;
    case kErrDeviceNotOpen:
    case kErrDeviceNotSupported:
    case kErrDeviceNotFound: return ENODEV;
    case kErrDriverBusy:
    case kErrBmcBusy: return EBUSY;
    case kErrCommandUnsupported: return EOPNOTSUPP;
    case kErrOutOfMemory: return ENOMEM;
    case kErrHostname: return EHOSTUNREACH;
    default: return EIO;
  }
}

/// Another cipher suite may do better. A BMC that does not know one says so in several ways.
bool about_the_cipher(int errnum) {
  return errnum == kErrCipherSuite || errnum == kErrBadRmcpplusStatus || errnum == kErrIpmi;
}

}  // namespace

Bmc::Bmc(const Freeipmi& library, BmcPlace place) : library_(library), place_(std::move(place)) {}

Bmc::~Bmc() {
  close();
}

void Bmc::close() {
  if (context_ == nullptr) return;
  library_.close(context_);
  library_.destroy(context_);
  context_ = nullptr;
}

void Bmc::explain(Answer& answer) const {
  const int errnum = library_.errnum(context_);
  answer.sys_errno = errno_of(errnum);
  const char* text = library_.strerror(errnum);
  answer.error = text != nullptr ? text : "error " + std::to_string(errnum);
}

bool Bmc::open_lan(std::uint8_t cipher_suite) {
  return library_.open_lan_2_0(context_, place_.host.c_str(), place_.user.c_str(),
                               place_.password.c_str(), nullptr, 0, place_.privilege, cipher_suite,
                               kSessionTimeoutMs, kRetransmissionMs, kOpenSessionPrivilege, 0) == 0;
}

bool Bmc::open(Answer& answer) {
  if (context_ != nullptr) return true;
  context_ = library_.create();
  if (context_ == nullptr) {
    answer.sys_errno = ENOMEM;
    return false;
  }
  bool opened = false;
  if (!place_.device.empty()) {
    opened =
        library_.open_inband(context_, kDriverOpenipmi, 1, 0, 0, place_.device.c_str(), 0, 0) == 0;
  } else {
    for (const std::uint8_t suite : kCipherSuites) {
      opened = open_lan(suite);
      if (opened || !about_the_cipher(library_.errnum(context_))) break;
    }
  }
  if (!opened) {
    explain(answer);
    close();
  }
  return opened;
}

Answer Bmc::power() {
  Answer answer;
  if (!open(answer)) return answer;
  std::array<std::uint8_t, 64> reply{};
  const int got = library_.command(context_, 0, kGroupExtension, kGetPowerReading.data(),
                                   kGetPowerReading.size(), reply.data(), reply.size());
  if (got < 0) {
    explain(answer);
    close();
    return answer;
  }
  return parse_power_reading(
      std::span(reply).first(std::min(static_cast<std::size_t>(got), reply.size())));
}

}  // namespace joulepath::sensors::ipmi
