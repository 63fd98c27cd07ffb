// The power domains of one Intel GPU: which there are, and which of them contain others, so
// that a card and its tiles are never added. Asked once, before the first reading.
#pragma once

#include <string>
#include <vector>

#include "core/record/signal.hpp"
#include "sensors/levelzero/library.hpp"

namespace joulepath::sensors::levelzero {

struct Domain {
  Power handle = nullptr;
  record::Signal signal;
};

struct Card {
  std::string pci;
  std::vector<Domain> domains;  ///< the whole first; empty: the driver shows none
};

/// Error: it does not say who it is, or is no GPU.
base::Result<Card> describe(const Library& library, Device device);

}  // namespace joulepath::sensors::levelzero
