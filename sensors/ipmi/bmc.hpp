// One management controller (BMC), through the node's own device or over the LAN, and its
// power reading. Opens by itself, closes after an error and opens again at the next
// question. Calls take from a millisecond to seconds; used by one thread at a time.
#pragma once

#include <cstdint>
#include <string>

#include "sensors/ipmi/dcmi.hpp"
#include "sensors/ipmi/freeipmi.hpp"

namespace joulepath::sensors::ipmi {

/// Where it is: a device, else a host.
struct BmcPlace {
  std::string device;  ///< "/dev/ipmi0"; empty: over the LAN
  std::string host;
  std::string user;
  std::string password;
  std::uint8_t privilege = 2;  ///< IPMI 2.0 section 6.8: user 2, operator 3, administrator 4
};

class Bmc {
 public:
  Bmc(const Freeipmi& library, BmcPlace place);
  ~Bmc();
  Bmc(const Bmc&) = delete;
  Bmc& operator=(const Bmc&) = delete;

  Answer power();

 private:
  bool open(Answer& answer);
  bool open_lan(std::uint8_t cipher_suite);
  void close();
  void explain(Answer& answer) const;

  Freeipmi library_;
  BmcPlace place_;
  Freeipmi::Context context_ = nullptr;
};

}  // namespace joulepath::sensors::ipmi
