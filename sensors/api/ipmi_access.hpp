// How the user lets us reach this node's management controller over the network. Part of
// what a backend may be given; what is done with it is in sensors/ipmi.
#pragma once

#include <filesystem>
#include <string>

namespace joulepath::sensors {

struct IpmiAccess {
  std::string host;  ///< "node17-bmc" or "10.1.0.17:623"; "%h": this node's name; empty: no LAN
  std::string user;
  /// The password is its first line. Only a file: arguments and environments are seen by others.
  std::filesystem::path password_file;
  std::string privilege = "user";  ///< to ask for: user, operator or admin
};

}  // namespace joulepath::sensors
