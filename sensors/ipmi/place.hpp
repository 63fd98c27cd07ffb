// Which BMC to ask, from the settings and the device files: the one that `ipmi-host` names,
// else the node's own device. Looks at files; talks to no BMC.
#pragma once

#include <string>

#include "sensors/api/source.hpp"
#include "sensors/ipmi/bmc.hpp"

namespace joulepath::sensors::ipmi {

struct FoundPlace {
  BmcPlace place;
  std::string name;    ///< for people: "/dev/ipmi0", "node17-bmc"
  std::string absent;  ///< not empty: there is none, and why
  std::string reason;  ///< not empty: there is one, and it may not be used, and why
  std::string remedy;
  std::string note;
};

/// `node_name` is what "%h" in the host stands for.
FoundPlace find_place(const Environment& environment, const std::string& node_name);

/// This node's name up to its first dot.
std::string short_node_name();

}  // namespace joulepath::sensors::ipmi
